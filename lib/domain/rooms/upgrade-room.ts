import { forbidden, invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import { isUserId, randomRoomId, randomString } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { PowerLevels, privilegedCreatorsOf } from '../../spec/power-levels.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getBanNids } from '../../storage/rooms/memberships.ts';
import { moveAliases } from '../../storage/rooms/room-aliases.ts';
import { getWholeCurrentState } from '../../storage/rooms/room-facts.ts';
import { movePublicListing } from '../../storage/rooms/room-flags.ts';
import type { NewEvent } from '../../streams/writers.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { memberProfile } from '../profiles/profile.ts';
import { makeRoom, supportedVersion, withCreators } from './create-room.ts';
import { type InitialState, planRoom } from './plan-room.ts';
import { PRESETS } from './presets.ts';
import { findRoom, membershipOf, type Room } from './room-lookup.ts';
import { pretendToSend } from './shadow-ban.ts';
import { transferUserState } from './transfer-user-state.ts';
import { levelsForNewRoom, missingLevel, restrictedLevels } from './upgrade-power-levels.ts';

/** State that is taken along to the new room (client-server API, room upgrades). */
const TAKEN_ALONG = new Set([
  'm.room.join_rules',
  'm.room.name',
  'm.room.topic',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.avatar',
  'm.room.encryption',
  'm.room.server_acl',
  'm.room.policy',
]);
const BANS_AT_ONCE = 100;

/** What the old room is like. */
interface OldRoom {
  room: Room;
  state: EventRow[];
  create: JsonObject;
  levels: JsonObject | undefined;
}

/**
 * Upgrades a room (client-server API, room upgrades): makes a room of another version with the state of the old one, puts
 * a tombstone on the old one and closes it as far as the user may, and moves aliases and the directory entry.
 *
 * @returns the new room's id.
 * @throws MatrixError 400 M_UNSUPPORTED_ROOM_VERSION, 403 M_FORBIDDEN, 404 M_NOT_FOUND.
 */
export async function upgradeRoom(
  ctx: Context,
  requester: Requester,
  wish: { roomId: string; newVersion: string; additionalCreators: string[] },
): Promise<string> {
  const { userId } = requester;
  const version = supportedVersion(wish.newVersion);
  const room = await findRoom(ctx, wish.roomId);
  if (!room) throw notFound(`There is no room ${wish.roomId} on this server.`);
  if ((await membershipOf(ctx, room.roomNid, userId)) !== 'join')
    throw forbidden(`You are not in room ${wish.roomId}.`);
  for (const creator of wish.additionalCreators) {
    if (!isUserId(creator))
      throw invalidParam(`additional_creators holds ${JSON.stringify(creator)}, which is no user id.`);
  }
  const old = await readOldRoom(ctx, room);
  checkRights(old, userId);

  // Nobody is to follow a shadow-banned user anywhere.
  if (await pretendToSend(requester))
    return version.roomIdIsHash ? `!${randomString(43)}` : randomRoomId(ctx.serverName);
  const newRoomId = await replace(ctx, userId, old, version, wish.additionalCreators);
  const newRoom = (await findRoom(ctx, newRoomId)) as Room;
  await closeOldRoom(ctx, userId, old);
  await moveNames(ctx, userId, old, newRoom);
  await copyBans(ctx, userId, old, newRoom);
  await transferUserState(ctx, newRoom, userId);
  return newRoomId;
}

async function readOldRoom(ctx: Context, room: Room): Promise<OldRoom> {
  const state = await getWholeCurrentState(ctx.db, room.roomNid);
  return {
    room,
    state,
    create: contentIn(state, 'm.room.create') ?? {},
    levels: contentIn(state, 'm.room.power_levels'),
  };
}

function checkRights(old: OldRoom, userId: string): void {
  const levels = new PowerLevels(
    old.levels && { content: old.levels },
    { sender: old.room.creator, content: old.create },
    old.room.version,
  );
  if (levels.userLevel(userId) >= levels.eventLevel('m.room.tombstone', true)) return;
  throw forbidden("You don't have permission to upgrade the room.");
}

/** Makes the new room and puts the tombstone on the old one. */
async function replace(
  ctx: Context,
  userId: string,
  old: OldRoom,
  version: RoomVersion,
  additionalCreators: string[],
): Promise<string> {
  if (version.roomIdIsHash) {
    // The id is known once the room is there, so the create event can't name the tombstone (optional since 1.16).
    const events = await firstEvents(ctx, userId, old, version, { room_id: old.room.roomId }, additionalCreators);
    const { roomId } = await makeRoom(ctx, { version, creator: userId, events, isPublic: false });
    await sendState(ctx, userId, old.room, 'm.room.tombstone', tombstone(roomId));
    return roomId;
  }
  const roomId = randomRoomId(ctx.serverName);
  const { eventId } = await sendState(ctx, userId, old.room, 'm.room.tombstone', tombstone(roomId));
  try {
    const predecessor = { room_id: old.room.roomId, event_id: eventId };
    const events = await firstEvents(ctx, userId, old, version, predecessor, additionalCreators);
    await makeRoom(ctx, { version, creator: userId, events, isPublic: false, roomId });
    return roomId;
  } catch (error) {
    // The tombstone names a room that there isn't.
    await sendState(ctx, userId, old.room, 'm.room.tombstone', {});
    throw error;
  }
}

async function firstEvents(
  ctx: Context,
  userId: string,
  old: OldRoom,
  version: RoomVersion,
  predecessor: JsonObject,
  additionalCreators: string[],
): Promise<NewEvent[]> {
  const content: JsonObject = { predecessor, additional_creators: additionalCreators };
  for (const key of ['m.federate', 'type']) if (old.create[key] !== undefined) content[key] = old.create[key];
  const creationContent = withCreators(content, version, userId, []);
  if (!version.privilegedCreators) delete creationContent['additional_creators'];
  const oldCreate = { sender: old.room.creator, content: old.create };
  const levels = levelsForNewRoom({
    old: old.levels,
    from: old.room.version,
    to: version,
    upgrader: userId,
    oldCreators: privilegedCreatorsOf(oldCreate, old.room.version),
    newCreators: [userId, ...additionalCreators],
  });
  const missing = missingLevel(levels, version, userId);
  const firstLevels =
    missing === undefined ? levels : { ...levels, users: { ...(levels['users'] as JsonObject), [userId]: missing } };
  const events = planRoom({
    version,
    creator: userId,
    creatorProfile: await memberProfile(ctx, userId),
    creationContent,
    preset: PRESETS.private_chat,
    powerLevelOverride: {},
    canonicalAlias: undefined,
    initialState: [{ type: 'm.room.power_levels', stateKey: '', content: firstLevels }, ...stateTakenAlong(old)],
    name: undefined,
    topic: undefined,
    invites: [],
    isDirect: false,
  });
  // Whoever upgrades gets a level for making the room, and then the one of the old room.
  if (missing !== undefined) {
    events.push({ type: 'm.room.power_levels', stateKey: '', sender: userId, content: levels });
  }
  return events;
}

function stateTakenAlong({ state, create }: OldRoom): InitialState[] {
  const isSpace = create['type'] === 'm.space';
  return state
    .filter((row) =>
      row.stateKey === ''
        ? TAKEN_ALONG.has(row.type)
        : isSpace && row.type === 'm.space.child' && row.redactedBy === null,
    )
    .map((row) => ({ type: row.type, stateKey: row.stateKey ?? '', content: visiblePdu(row).content as JsonObject }))
    .filter((event) => event.type !== 'm.space.child' || event.content['via'] !== undefined);
}

/** Keeps everybody without a level from sending to the old room and inviting to it. */
async function closeOldRoom(ctx: Context, userId: string, old: OldRoom): Promise<void> {
  const content = restrictedLevels(old.levels ?? {}, old.room.version);
  if (content) await tryState(ctx, userId, old.room, 'm.room.power_levels', content);
}

/** Moves aliases and the entry in the directory to the new room. */
async function moveNames(ctx: Context, userId: string, old: OldRoom, newRoom: Room): Promise<void> {
  await movePublicListing(ctx.db, old.room.roomNid, newRoom.roomNid);
  await moveAliases(ctx.db, old.room.roomNid, newRoom.roomNid);
  const canonical = contentIn(old.state, 'm.room.canonical_alias');
  if (!canonical || Object.keys(canonical).length === 0) return;
  await tryState(ctx, userId, old.room, 'm.room.canonical_alias', {});
  await tryState(ctx, userId, newRoom, 'm.room.canonical_alias', canonical);
}

/** Bans whoever was banned, as far as the user may. */
async function copyBans(ctx: Context, userId: string, old: OldRoom, newRoom: Room): Promise<void> {
  const nids = await getBanNids(ctx.db, old.room.roomNid);
  for (let i = 0; i < nids.length; i += BANS_AT_ONCE) {
    const rows = await getEventsByNid(ctx.db, nids.slice(i, i + BANS_AT_ONCE));
    await Promise.all(
      rows.map((row) => {
        const content = visiblePdu(row).content as JsonObject;
        return tryState(ctx, userId, newRoom, 'm.room.member', content, row.stateKey ?? '');
      }),
    );
  }
}

function tombstone(replacement: string): JsonObject {
  return { body: 'This room has been replaced', replacement_room: replacement };
}

function contentIn(state: EventRow[], type: string): JsonObject | undefined {
  const row = state.find((r) => r.type === type && r.stateKey === '');
  return row && (visiblePdu(row).content as JsonObject);
}

function sendState(
  ctx: Context,
  sender: string,
  room: Room,
  type: string,
  content: JsonObject,
  stateKey = '',
): Promise<{ eventId: string }> {
  return ctx.writers.events.send({ roomId: room.roomId, event: { type, stateKey, sender, content } });
}

/** Sends a state event that the upgrade can do without. */
async function tryState(...args: Parameters<typeof sendState>): Promise<void> {
  try {
    await sendState(...args);
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    const [ctx, , room, type] = args;
    ctx.log.info({ err: error, roomId: room.roomId, type }, 'a room upgrade left out a state event');
  }
}
