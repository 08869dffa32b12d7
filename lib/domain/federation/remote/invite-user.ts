import { badJson, forbidden, MatrixError } from '../../../spec/errors.ts';
import {
  addHashesAndSignatures,
  checkPduFormat,
  eventIdOf,
  type Pdu,
  type SignedEvent,
  type UnsignedPdu,
} from '../../../spec/events.ts';
import { randomEventId, serverNameOf } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import { checkEventSignatures } from '../event-signatures.ts';
import { clientErrorOf, FederationError } from '../federation-error.ts';
import { federationPath } from '../federation-path.ts';
import { memberTemplate } from '../handshake/member-template.ts';
import { strippedStatePdus } from '../stripped-state.ts';

/**
 * Invites a user of another server: makes the event, has that server sign it, and puts it into the room (server-server
 * API, "Inviting to a room").
 * @throws MatrixError 403 where the room or the user's server does not allow it, 502 when that server can't be reached,
 * 400 M_BAD_JSON when its answer holds no event that the room's version allows.
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
  room: Room,
  { sender, userId, content }: { sender: string; userId: string; content: JsonObject },
): Promise<SignedEvent> {
  const { version } = room;
  const { key, serverName } = ctx.signer;
  const { origin: _origin, ...template } = await memberTemplate(ctx, room, userId, content, sender);
  const own = version.eventIdFormat === 'domain' ? { event_id: randomEventId(serverName), origin: serverName } : {};
  return addHashesAndSignatures({ ...template, ...own } as unknown as UnsignedPdu, version, serverName, key);
}

/** Shows the invite to the user's server, which adds its signature. */
async function offer(ctx: Context, room: Room, event: SignedEvent, userId: string, sender: string): Promise<Pdu> {
  const server = serverNameOf(userId) ?? '';
  const { version, roomId } = room;
  const roomState = await strippedStatePdus(ctx, room, sender);
  const pdu = event.pdu as unknown as JsonObject;
  let given: unknown;
  try {
    try {
      const path = federationPath`/v2/invite/${roomId}/${event.eventId}`;
      const content = { room_version: version.id, event: pdu, invite_room_state: roomState };
      given = (await ctx.federation.client.json(server, { method: 'PUT', path, content, evenIfFailing: true }))[
        'event'
      ];
    } catch (error) {
      const isOld = error instanceof FederationError && error.isUnrecognized && version.eventIdFormat === 'domain';
      if (!isOld) throw error;
      const path = federationPath`/v1/invite/${roomId}/${event.eventId}`;
      const content = { ...pdu, unsigned: { invite_room_state: roomState } };
      const [, answer] = await ctx.federation.client.array(server, {
        method: 'PUT',
        path,
        content,
        evenIfFailing: true,
      });
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
    if (error instanceof MatrixError) throw badJson(`${server} answered with an event that is none: ${error.message}`);
    throw error;
  }
}
