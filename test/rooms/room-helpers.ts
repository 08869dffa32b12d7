import { visiblePdu } from '../../lib/domain/events/client-event.ts';
import { currentContent, findRoom, membershipRowOf, type Room } from '../../lib/domain/rooms/room-lookup.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import type { EventRow } from '../../lib/storage/events/event-row.ts';
import { getRecentEvents } from '../../lib/storage/events/read-events.ts';
import type { Answer, TestServer, TestUser } from '../kit/server.ts';

/** A room id, alias or user id as a path segment. */
export const seg = encodeURIComponent;

/** The room as the server has it. */
export async function roomOf(server: TestServer, roomId: string): Promise<Room> {
  const room = await findRoom(server.ctx, roomId);
  if (!room) throw new Error(`there is no room ${roomId}`);
  return room;
}

/** Content of an event of the current state. */
export async function stateOf(
  server: TestServer,
  roomId: string,
  type: string,
  key = '',
): Promise<JsonObject | undefined> {
  return currentContent(server.ctx, (await roomOf(server, roomId)).roomNid, type, key);
}

/** `join`, `leave` and so on; undefined for nobody. */
export async function membershipIn(server: TestServer, roomId: string, userId: string): Promise<string | undefined> {
  return (await membershipRowOf(server.ctx, (await roomOf(server, roomId)).roomNid, userId))?.membership;
}

/** All events of a room, oldest first. */
export async function eventsOf(server: TestServer, roomId: string): Promise<EventRow[]> {
  const { roomNid } = await roomOf(server, roomId);
  return getRecentEvents(server.ctx.db, roomNid, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000 });
}

/** Types of a room's events, oldest first, members with their membership. */
export async function typesOf(server: TestServer, roomId: string): Promise<string[]> {
  return (await eventsOf(server, roomId)).map((row) =>
    row.type === 'm.room.member' ? `${row.type} ${String(visiblePdu(row).content['membership'])}` : row.type,
  );
}

/** `PUT …/state/{type}/{key}`. */
export function putState(user: TestUser, roomId: string, type: string, content: unknown, key = ''): Promise<Answer> {
  return user.call('PUT', `/rooms/${seg(roomId)}/state/${seg(type)}/${seg(key)}`, content);
}

/** `POST /rooms/{roomId}/{act}`. */
export function act(user: TestUser, roomId: string, what: string, body: unknown = {}): Promise<Answer> {
  return user.call('POST', `/rooms/${seg(roomId)}/${what}`, body);
}

/** Status and error code, for comparing. */
export function failure(answer: Answer): [number, string] {
  return [answer.status, answer.body?.errcode];
}
