import { badJson, invalidParam, MatrixError } from '../../spec/errors.ts';
import { isUserId, randomRoomId } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../spec/room-versions.ts';
import { bindReservedAlias, freeReservedAlias, reserveRoomAlias } from '../../storage/rooms/room-aliases.ts';
import type { CreateRoomResult, NewEvent } from '../../streams/writers.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { getProfiles, isLocal, memberPart } from '../profiles/profile.ts';
import { inviteThreepid } from '../threepids/invite-threepid.ts';
import type { ThreepidAddress } from '../threepids/look-up-threepid.ts';
import { aliasOfLocalpart } from './alias-name.ts';
import { checkEvent, checkPowerLevels } from './check-event.ts';
import { creationTime } from './creation-time.ts';
import { checkInvitePermission } from './invite-permission.ts';
import { sendInvite } from './member-event.ts';
import { type InitialState, planRoom } from './plan-room.ts';
import { PRESETS, type PresetName } from './presets.ts';
import { getRoom, type Room } from './room-lookup.ts';

/** What a user asks for in `createRoom`. */
export interface RoomWish {
  roomVersion?: string | undefined;
  preset?: PresetName | undefined;
  isPublic: boolean;
  aliasLocalpart?: string | undefined;
  name?: string | undefined;
  topic?: string | undefined;
  invites: string[];
  /** Invites by an identifier, sent when the room is there. */
  threepidInvites: ThreepidAddress[];
  creationContent: JsonObject;
  initialState: InitialState[];
  powerLevelOverride: JsonObject;
  isDirect: boolean;
}

const MOST_INVITES = 500;
/** Each takes requests to an identity server. */
const MOST_THREEPID_INVITES = 20;
const MOST_STATE = 1_000;

/**
 * Makes a room with all its first events, invites of this server's users included, in one batch. Users of other servers are
 * invited when the room is there.
 * @throws MatrixError 400 M_UNSUPPORTED_ROOM_VERSION, M_ROOM_IN_USE, M_INVALID_PARAM, M_BAD_JSON, M_INVALID_ROOM_STATE;
 *   403 M_INVITE_BLOCKED; for invites of other servers' users also what these refuse with, and 502.
 */
export async function createRoom(ctx: Context, requester: Requester, wish: RoomWish): Promise<CreateRoomResult> {
  const version = supportedVersion(wish.roomVersion ?? ctx.config.defaultRoomVersion);
  // A shadow-banned user's invites reach nobody.
  const invites = requester.shadowBanned ? [] : [...new Set(wish.invites)];
  checkWish(wish, invites, version);
  for (const userId of invites) await checkInvitePermission(ctx, userId);
  const creator = requester.userId;
  const preset = PRESETS[wish.preset ?? (wish.isPublic ? 'public_chat' : 'private_chat')];
  const profiles = await getProfiles(ctx, [creator, ...invites]);
  const alias = wish.aliasLocalpart === undefined ? undefined : aliasOfLocalpart(ctx, wish.aliasLocalpart);
  const events = planRoom({
    version,
    creator,
    creatorProfile: memberPart(profiles.get(creator)),
    creationContent: withCreators(wish.creationContent, version, creator, preset.trustsInvitees ? invites : []),
    preset,
    powerLevelOverride: wish.powerLevelOverride,
    canonicalAlias: alias,
    initialState: wish.initialState,
    name: wish.name,
    topic: wish.topic,
    invites: invites
      .filter((userId) => isLocal(ctx, userId))
      .map((userId) => ({ userId, profile: profiles.get(userId) })),
    isDirect: wish.isDirect,
  });
  const created = await makeRoom(ctx, { version, creator, events, isPublic: wish.isPublic, alias });
  const content: JsonObject = wish.isDirect ? { is_direct: true } : {};
  const remote = invites.filter((userId) => !isLocal(ctx, userId));
  const room = remote.length > 0 ? await getRoom(ctx, created.roomId) : undefined;
  for (const userId of remote) {
    await sendInvite(ctx, room as Room, { sender: creator, userId, content: { ...content, membership: 'invite' } });
  }
  for (const invite of wish.threepidInvites) {
    await inviteThreepid(ctx, requester, created.roomId, { ...invite, content });
  }
  return created;
}

/**
 * The room version with that id.
 * @throws MatrixError 400 M_UNSUPPORTED_ROOM_VERSION
 */
export function supportedVersion(id: string): RoomVersion {
  const version = getRoomVersion(id);
  if (!version) {
    throw new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', `This server does not support room version ${id}.`);
  }
  return version;
}

/** Stores a room that is planned. What the auth rules refuse is the fault of the wished state: 400 M_INVALID_ROOM_STATE. */
export async function makeRoom(
  ctx: Context,
  room: {
    version: RoomVersion;
    creator: string;
    events: NewEvent[];
    isPublic: boolean;
    alias?: string | undefined;
    roomId?: string;
  },
): Promise<CreateRoomResult> {
  const { version, creator, isPublic, alias } = room;
  const [create, ...rest] = room.events as [NewEvent, ...NewEvent[]];
  const events = version.roomIdIsHash
    ? [{ ...create, originServerTs: creationTime(creator, ctx.clock.now()) }, ...rest]
    : room.events;
  // The name is kept before the room is there: two rooms that want it can't spoil each other's batch.
  if (alias !== undefined && !(await reserveRoomAlias(ctx.db, alias, creator, ctx.clock.now()))) {
    throw new MatrixError(400, 'M_ROOM_IN_USE', `The room alias ${alias} is taken.`);
  }
  const roomId = version.roomIdIsHash ? undefined : (room.roomId ?? randomRoomId(ctx.serverName));
  try {
    const command = { roomVersion: version.id, creator, events, isPublic, aliases: [] };
    const created = await ctx.writers.events.createRoom(roomId === undefined ? command : { ...command, roomId });
    if (alias !== undefined) await bindReservedAlias(ctx.db, alias, creator, created.roomId);
    return created;
  } catch (error) {
    if (alias !== undefined) await freeReservedAlias(ctx.db, alias, creator);
    if (error instanceof MatrixError && error.errcode === 'M_FORBIDDEN') {
      throw new MatrixError(400, 'M_INVALID_ROOM_STATE', `The room can't be made like that: ${error.message}.`);
    }
    throw error;
  }
}

function checkWish(wish: RoomWish, invites: string[], version: RoomVersion): void {
  if (wish.threepidInvites.length > MOST_THREEPID_INVITES) {
    throw invalidParam(`invite_3pid may hold at most ${MOST_THREEPID_INVITES} invites.`);
  }
  if (invites.length > MOST_INVITES) throw invalidParam(`invite may name at most ${MOST_INVITES} users.`);
  for (const userId of invites) {
    if (!isUserId(userId)) throw invalidParam(`invite holds ${JSON.stringify(userId)}, which is no user id.`);
  }
  if (wish.initialState.length > MOST_STATE) throw invalidParam(`initial_state may hold at most ${MOST_STATE} events.`);
  for (const event of wish.initialState) {
    if (event.type === 'm.room.create')
      throw badJson('initial_state must not hold m.room.create; see creation_content.');
    if (event.type === 'm.room.member' && event.content['membership'] === 'invite') {
      throw badJson('initial_state must not hold invites; see invite.');
    }
    checkEvent(event, version);
  }
  checkPowerLevels(wish.powerLevelOverride, version);
  const { type, 'm.federate': federate, predecessor } = wish.creationContent;
  if (type !== undefined && typeof type !== 'string') throw badJson('creation_content.type must be a string.');
  if (federate !== undefined && typeof federate !== 'boolean') {
    throw badJson('creation_content.m.federate must be true or false.');
  }
  if (predecessor !== undefined && !isJsonObject(predecessor)) {
    throw badJson('creation_content.predecessor must be an object.');
  }
}

/** The creation content with `additional_creators` (room version 12): those given and those trusted, each once. */
export function withCreators(
  creationContent: JsonObject,
  version: RoomVersion,
  creator: string,
  trusted: string[],
): JsonObject {
  if (!version.privilegedCreators) return creationContent;
  const given = creationContent['additional_creators'];
  if (given !== undefined && !(Array.isArray(given) && given.every((userId) => isUserId(userId)))) {
    throw invalidParam('additional_creators must be an array of user ids.');
  }
  const creators = new Set([...((given as string[] | undefined) ?? []), ...trusted]);
  creators.delete(creator);
  const { additional_creators: _given, ...others } = creationContent;
  return creators.size === 0 ? others : { ...others, additional_creators: [...creators] };
}
