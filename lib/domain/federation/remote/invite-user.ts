import { AuthError, type AuthEvent, authEventKeysFor, checkAuth } from '../../../spec/auth-rules.ts';
import { forbidden, MatrixError } from '../../../spec/errors.ts';
import {
  addHashesAndSignatures,
  checkPduFormat,
  type EventReference,
  eventIdOf,
  type Pdu,
  type SignedEvent,
  type UnsignedPdu,
} from '../../../spec/events.ts';
import { randomEventId, serverNameOf } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { getCurrentStateEvents } from '../../../storage/rooms/room-facts.ts';
import { getRoomHead } from '../../../storage/rooms/room-head.ts';
import type { Context } from '../../context.ts';
import { visiblePdu } from '../../events/client-event.ts';
import { MOST_PREVIOUS } from '../../rooms/room-actor.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import { checkEventSignatures } from '../event-signatures.ts';
import { clientErrorOf, FederationError } from '../federation-error.ts';
import { federationPath } from '../federation-path.ts';

/** Events that tell the invited user of the room. */
const SHOWN: [type: string, stateKey: string][] = [
  ['m.room.create', ''],
  ['m.room.join_rules', ''],
  ['m.room.canonical_alias', ''],
  ['m.room.avatar', ''],
  ['m.room.encryption', ''],
  ['m.room.name', ''],
  ['m.room.topic', ''],
];

/**
 * Invites a user of another server: makes the event, has that server sign it, and puts it into the room (server-server
 * API, "Inviting to a room").
 * @throws MatrixError 403 where the room or the user's server does not allow it, 502 when that server can't be reached.
 */
export async function inviteRemoteUser(
  ctx: Context,
  room: Room,
  invite: { sender: string; userId: string; content: JsonObject },
): Promise<{ eventId: string }> {
  const { userId, sender } = invite;
  const event = await draft(ctx, room, invite);
  const pdu = await offer(ctx, room, event, userId, sender);
  const [result] = await ctx.writers.events.receive({
    roomId: room.roomId,
    origin: ctx.serverName,
    pdus: [{ pdu: pdu as unknown as JsonObject }],
  });
  if (result?.status !== 'accepted') throw forbidden(result?.error ?? 'The room does not take the invite.');
  return { eventId: result.eventId };
}

/** The invite on top of what the room is now. @throws MatrixError 403 M_FORBIDDEN */
async function draft(
  ctx: Context,
  { roomId, roomNid, version }: Room,
  { sender, userId, content }: { sender: string; userId: string; content: JsonObject },
): Promise<SignedEvent> {
  const base = { type: 'm.room.member', room_id: roomId, sender, state_key: userId, content };
  const keys = authEventKeysFor(base, version);
  const [head, state] = await Promise.all([
    getRoomHead(ctx.db, roomId),
    getCurrentStateEvents(ctx.db, roomNid, [...keys, ['m.room.create', '']]),
  ]);
  const byKey = new Map(
    state.map((row): [string, AuthEvent] => [
      `${row.type}\0${row.stateKey}`,
      { ...visiblePdu(row), room_id: roomId, eventId: row.eventId } as AuthEvent,
    ]),
  );
  try {
    const asked = { ...base, prev_events: [], eventId: '' } as unknown as AuthEvent;
    checkAuth(asked, version, (type, stateKey) => byKey.get(`${type}\0${stateKey}`));
  } catch (error) {
    if (error instanceof AuthError) throw forbidden(`The room does not take the invite: ${error.message}.`);
    throw error;
  }
  const authIds = keys.flatMap(([type, stateKey]) => byKey.get(`${type}\0${stateKey}`)?.eventId ?? []);
  const previous = [...(head?.extremities ?? [])].sort((a, b) => b.depth - a.depth).slice(0, MOST_PREVIOUS);
  const references = (ids: string[]) =>
    // Room versions 1 and 2 name other events with hashes that nobody checks.
    version.eventFormat === 'pairs' ? ids.map((id): EventReference => [id, { sha256: '' }]) : ids;
  const event: UnsignedPdu = {
    ...base,
    depth: (head?.depth ?? 0) + 1,
    prev_events: references(previous.map((one) => one.eventId)),
    auth_events: references([...new Set(authIds)]),
    origin_server_ts: ctx.clock.now(),
    ...(version.eventIdFormat === 'domain' ? { event_id: randomEventId(ctx.serverName), origin: ctx.serverName } : {}),
  };
  return addHashesAndSignatures(event, version, ctx.serverName, ctx.signer.key);
}

/** Shows the invite to the user's server, which adds its signature. */
async function offer(ctx: Context, room: Room, event: SignedEvent, userId: string, sender: string): Promise<Pdu> {
  const server = serverNameOf(userId) ?? '';
  const { version, roomId, roomNid } = room;
  const shown = await getCurrentStateEvents(ctx.db, roomNid, [...SHOWN, ['m.room.member', sender]]);
  const roomState = shown.map((row) => visiblePdu(row)).map(({ unsigned: _unsigned, ...pdu }) => pdu as JsonObject);
  const pdu = event.pdu as unknown as JsonObject;
  let given: unknown;
  try {
    try {
      const path = federationPath`/v2/invite/${roomId}/${event.eventId}`;
      const content = { room_version: version.id, event: pdu, invite_room_state: roomState };
      given = (await ctx.federation.client.json(server, { method: 'PUT', path, content }))['event'];
    } catch (error) {
      const isOld = error instanceof FederationError && error.isUnrecognized && version.eventIdFormat === 'domain';
      if (!isOld) throw error;
      const path = federationPath`/v1/invite/${roomId}/${event.eventId}`;
      const content = { ...pdu, unsigned: { invite_room_state: roomState } };
      const [, answer] = await ctx.federation.client.array(server, { method: 'PUT', path, content });
      given = isJsonObject(answer) ? answer['event'] : undefined;
    }
    return await checkSigned(ctx, server, room, event, given);
  } catch (error) {
    throw clientErrorOf(error, `${userId} can't be invited`);
  }
}

/** The same event with that server's signature, which has to be right. */
async function checkSigned(ctx: Context, server: string, { version }: Room, event: SignedEvent, given: unknown) {
  const wrong = () => new FederationError(server, `${server} did not sign the invite`);
  if (!isJsonObject(given)) throw wrong();
  try {
    const pdu = checkPduFormat(given, version);
    if (eventIdOf(pdu, version) !== event.eventId) throw wrong();
    const signed = { ...event.pdu, signatures: { ...pdu.signatures, ...event.pdu.signatures } };
    const [check] = await checkEventSignatures(ctx.federation.keys, [signed], version, [server]);
    if (!check?.valid) throw wrong();
    return signed;
  } catch (error) {
    if (error instanceof MatrixError) throw wrong();
    throw error;
  }
}
