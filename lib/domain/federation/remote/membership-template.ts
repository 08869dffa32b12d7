import { MatrixError } from '../../../spec/errors.ts';
import { addHashesAndSignatures, checkPduFormat, type SignedEvent, type UnsignedPdu } from '../../../spec/events.ts';
import { randomEventId } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { getRoomVersion, ROOM_VERSIONS, type RoomVersion } from '../../../spec/room-versions.ts';
import type { Context } from '../../context.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';

/** A membership that a user of this server wants in a room of others. */
export interface WantedMembership {
  roomId: string;
  userId: string;
  membership: 'join' | 'leave' | 'knock';
  /** Further members of the event's content. */
  content: JsonObject;
}

/** The finished event, and what it was made of. */
export interface PreparedMembership {
  version: RoomVersion;
  event: SignedEvent;
}

const PATHS = {
  join: (roomId: string, userId: string) => federationPath`/v1/make_join/${roomId}/${userId}`,
  leave: (roomId: string, userId: string) => federationPath`/v1/make_leave/${roomId}/${userId}`,
  knock: (roomId: string, userId: string) => federationPath`/v1/make_knock/${roomId}/${userId}`,
};

/**
 * Gets the template of a membership from a server in the room, and makes a signed event of it (server-server API,
 * `GET /make_join` and its like).
 * @throws FederationError
 */
export async function prepareMembership(
  ctx: Context,
  server: string,
  wanted: WantedMembership,
): Promise<PreparedMembership> {
  const path = PATHS[wanted.membership](wanted.roomId, wanted.userId);
  const ver = wanted.membership === 'leave' ? undefined : [...ROOM_VERSIONS.keys()];
  const answer = await ctx.federation.client.json(server, { path: withQuery(path, { ver }), evenIfFailing: true });
  const { event, room_version: id = '1' } = answer;
  const version = typeof id === 'string' ? getRoomVersion(id) : undefined;
  if (!version) throw new FederationError(server, `${server} named a room version that is not known here`);
  if (!isJsonObject(event)) throw new FederationError(server, `${server} sent no event to complete`);
  try {
    return { version, event: complete(ctx, version, wanted, event) };
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    throw new FederationError(server, `${server} sent an event that can't be completed: ${error.message}`);
  }
}

/** Takes of a template what only its server knows, and nothing else. */
function complete(ctx: Context, version: RoomVersion, wanted: WantedMembership, template: JsonObject): SignedEvent {
  const { roomId, userId, membership } = wanted;
  const { key, serverName } = ctx.signer;
  const given = isJsonObject(template['content']) ? template['content'] : {};
  const { join_authorised_via_users_server: _own, ...content } = wanted.content;
  const vouching = version.restricted && membership === 'join' ? given['join_authorised_via_users_server'] : undefined;
  const event: UnsignedPdu = {
    type: 'm.room.member',
    room_id: roomId,
    sender: userId,
    state_key: userId,
    content: {
      ...content,
      ...(typeof vouching === 'string' ? { join_authorised_via_users_server: vouching } : {}),
      membership,
    },
    depth: template['depth'] as number,
    prev_events: template['prev_events'] as string[],
    auth_events: template['auth_events'] as string[],
    origin_server_ts: ctx.clock.now(),
    ...(version.eventIdFormat === 'domain' ? { event_id: randomEventId(serverName), origin: serverName } : {}),
  };
  const signed = addHashesAndSignatures(event, version, serverName, key);
  checkPduFormat(signed.pdu, version);
  return signed;
}
