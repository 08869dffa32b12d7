import { forbidden } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { PowerLevels } from '../../spec/power-levels.ts';
import { getRoomVersion, type RoomVersion } from '../../spec/room-versions.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import {
  getCurrentStateEvent,
  getCurrentStateEvents,
  getHeardOfRoom,
  getMembership,
  getRoomFacts,
  type MembershipRow,
  type RoomFacts,
} from '../../storage/rooms/room-facts.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { roomFactsOf } from './room-facts-cache.ts';

/** A room that this server has, by what never changes about it. */
export interface Room {
  roomNid: number;
  roomId: string;
  /** Id of the room version. */
  roomVersion: string;
  version: RoomVersion;
  creator: string;
  /** Milliseconds since the epoch. */
  createdTs: number;
}

/** The room, or undefined when this server doesn't know it. Only what can't change is in the answer, so it is cached. */
export async function findRoom(ctx: Context, roomId: string): Promise<Room | undefined> {
  const cache = roomFactsOf(ctx);
  const known = cache.get(roomId);
  if (known) return known;
  if (roomId.includes('\0')) return undefined;
  const { generation } = cache;
  const facts = await getRoomFacts(ctx.db, roomId);
  if (!facts) return undefined;
  const room = withVersion(facts);
  cache.keep(room, generation);
  return room;
}

/**
 * As {@link findRoom}, but also a room of which this server has an invite or a knock and nothing else; what it says of the
 * creator is then hearsay.
 */
export async function findHeardOfRoom(ctx: Context, roomId: string): Promise<Room | undefined> {
  const room = await findRoom(ctx, roomId);
  if (room || roomId.includes('\0')) return room;
  const facts = await getHeardOfRoom(ctx.db, roomId);
  return facts && withVersion(facts);
}

function withVersion(facts: RoomFacts): Room {
  const version = getRoomVersion(facts.roomVersion);
  if (!version) throw new Error(`room ${facts.roomId} has the unknown version ${facts.roomVersion}`);
  return { ...facts, version };
}

/**
 * The room.
 * @throws MatrixError 403 M_FORBIDDEN for an unknown room: the same as for one that the asker isn't in.
 */
export async function getRoom(ctx: Context, roomId: string): Promise<Room> {
  const room = await findRoom(ctx, roomId);
  if (!room) throw forbidden(`You are not in room ${roomId}.`);
  return room;
}

/** `join`, `invite`, `leave`, `ban` or `knock`; undefined for a user who never had to do with the room. */
export async function membershipOf(ctx: Context, roomNid: number, userId: string): Promise<string | undefined> {
  return (await membershipRowOf(ctx, roomNid, userId))?.membership;
}

/** A user's membership with its event, sender and profile; undefined where there never was one. */
export async function membershipRowOf(
  ctx: Context,
  roomNid: number,
  userId: string,
): Promise<MembershipRow | undefined> {
  if (userId.includes('\0')) return undefined;
  return getMembership(ctx.db, roomNid, userId);
}

/**
 * The room, where the user is in it.
 * @throws MatrixError 403 M_FORBIDDEN for unknown rooms and for those who are not joined, alike.
 */
export async function requireJoined(ctx: Context, roomId: string, userId: string): Promise<Room> {
  const room = await getRoom(ctx, roomId);
  if ((await membershipOf(ctx, room.roomNid, userId)) !== 'join') throw forbidden(`You are not in room ${roomId}.`);
  return room;
}

/** An event of the room's current state; undefined when there is none. */
export async function currentStateEvent(
  ctx: Context,
  roomNid: number,
  type: string,
  stateKey = '',
): Promise<EventRow | undefined> {
  if (type.includes('\0') || stateKey.includes('\0')) return undefined;
  return getCurrentStateEvent(ctx.db, roomNid, type, stateKey);
}

/** Content of an event of the room's current state, redacted where it was; undefined when there is none. */
export async function currentContent(
  ctx: Context,
  roomNid: number,
  type: string,
  stateKey = '',
): Promise<JsonObject | undefined> {
  const row = await currentStateEvent(ctx, roomNid, type, stateKey);
  return row && (visiblePdu(row).content as JsonObject);
}

/** Power levels in force in a room. */
export async function powerLevelsOf(ctx: Context, room: Room): Promise<PowerLevels> {
  const rows = await getCurrentStateEvents(ctx.db, room.roomNid, [
    ['m.room.power_levels', ''],
    ['m.room.create', ''],
  ]);
  const levels = rows.find((row) => row.type === 'm.room.power_levels');
  const create = rows.find((row) => row.type === 'm.room.create');
  return new PowerLevels(levels && visiblePdu(levels), create && visiblePdu(create), room.version);
}
