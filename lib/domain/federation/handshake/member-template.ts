import { AuthError, type AuthEvent, authEventKeysFor, checkAuth } from '../../../spec/auth-rules.ts';
import { forbidden } from '../../../spec/errors.ts';
import type { Pdu } from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getCurrentStateEvents } from '../../../storage/rooms/room-facts.ts';
import { getRoomHead } from '../../../storage/rooms/room-head.ts';
import type { Context } from '../../context.ts';
import { previousOf } from '../../rooms/room-actor.ts';
import type { Room } from '../../rooms/room-lookup.ts';

/**
 * A membership event on top of what the room is now, to be completed and signed: by the server of a user who wants it
 * (server-server API, `GET /make_join` and its like), or by this one.
 * @param sender the user unless told
 * @throws MatrixError 403 M_FORBIDDEN where the auth rules refuse it
 */
export async function memberTemplate(
  ctx: Context,
  room: Room,
  userId: string,
  content: JsonObject,
  sender = userId,
): Promise<JsonObject> {
  const base = { type: 'm.room.member', sender, state_key: userId, content, room_id: room.roomId };
  const keys = authEventKeysFor(base, room.version);
  const [head, state] = await Promise.all([
    getRoomHead(ctx.db, room.roomId),
    getCurrentStateEvents(ctx.db, room.roomNid, [...keys, ['m.room.create', '']]),
  ]);
  const byKey = new Map(
    state.map((row) => {
      const pdu = JSON.parse(row.json) as Pdu;
      return [`${row.type}\0${row.stateKey}`, { ...pdu, room_id: room.roomId, eventId: row.eventId } as AuthEvent];
    }),
  );
  // Room versions 1 and 2 name other events with their hashes, which nobody checks any more.
  const reference = (id: string) => (room.version.eventFormat === 'pairs' ? [id, {}] : id);
  const previous = (head ? previousOf(head) : []).map((one) => reference(one.eventId));
  try {
    const asked = { ...base, prev_events: previous, eventId: '' } as AuthEvent;
    checkAuth(asked, room.version, (type, stateKey) => byKey.get(`${type}\0${stateKey}`));
  } catch (error) {
    if (error instanceof AuthError) throw forbidden(`The room does not take the event: ${error.message}.`);
    throw error;
  }
  const authIds = keys.flatMap(([type, stateKey]) => byKey.get(`${type}\0${stateKey}`)?.eventId ?? []);
  return {
    ...base,
    auth_events: [...new Set(authIds)].map(reference),
    prev_events: previous,
    depth: (head?.depth ?? 0) + 1,
    origin: ctx.serverName,
    origin_server_ts: ctx.clock.now(),
  };
}
