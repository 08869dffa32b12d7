import type { JsonObject } from '../../spec/json.ts';
import { getCurrentStateEvents } from '../../storage/rooms/room-facts.ts';
import type { Context } from '../context.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { pduText } from './pdu-text.ts';

const TYPES = [
  'm.room.create',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.avatar',
  'm.room.name',
  'm.room.encryption',
  'm.room.topic',
];

/**
 * The events of a room that those who are invited or knock get to see, whole, so that their server can check them
 * (client-server API, stripped state; server-server API since v1.16).
 * @param memberId a member event to add: of who invites
 */
export async function strippedStatePdus(ctx: Context, room: Room, memberId?: string): Promise<JsonObject[]> {
  const keys: [string, string][] = TYPES.map((type) => [type, '']);
  if (memberId !== undefined) keys.push(['m.room.member', memberId]);
  const rows = await getCurrentStateEvents(ctx.db, room.roomNid, keys);
  return rows.map((row) => JSON.parse(pduText({ json: row.json, redacted: row.redactedBy !== null }, room.version)));
}
