import type { Queryable } from '../../lib/storage/database.ts';
import { getRoomHead, getStateOfGroup } from '../../lib/storage/rooms/room-head.ts';

/** What the database says of a room: head, current state by id, members. */
export interface StoredRoom {
  roomNid: number;
  extremities: string[];
  /** `type\0state key` → event id, by the table of current state. */
  current: Map<string, string>;
  /** The same by the head's state group. */
  byGroup: Map<string, string>;
  members: Map<string, string>;
  depth: number;
}

/** Reads a room as it is stored. */
export async function lookAt(db: Queryable, roomId: string): Promise<StoredRoom> {
  const head = await getRoomHead(db, roomId);
  if (!head) throw new Error(`room ${roomId} is not stored`);
  const current = await db.query(
    `SELECT c.type || chr(1) || c.state_key AS key, e.event_id AS id FROM current_state c JOIN events e USING (event_nid)
     WHERE c.room_nid = $1`,
    [head.roomNid],
  );
  const members = await db.query(`SELECT user_id AS user, membership FROM memberships WHERE room_nid = $1`, [
    head.roomNid,
  ]);
  return {
    roomNid: head.roomNid,
    extremities: head.extremities.map((x) => x.eventId).sort(),
    current: new Map(current.map(({ key, id }) => [key.replace('\u0001', '\0'), id])),
    byGroup: await stateOfGroup(db, head.stateGroup),
    members: new Map(members.map(({ user, membership }) => [user, membership])),
    depth: head.depth,
  };
}

/** The state before an event, as stored: `type\0state key` → event id. */
export async function stateBefore(db: Queryable, eventId: string): Promise<Map<string, string>> {
  const [row] = await db.query(`SELECT state_group AS "group" FROM events WHERE event_id = $1`, [eventId]);
  if (!row) throw new Error(`event ${eventId} is not stored`);
  return stateOfGroup(db, row.group ?? 0);
}

async function stateOfGroup(db: Queryable, group: number): Promise<Map<string, string>> {
  if (group === 0) return new Map();
  const entries = await getStateOfGroup(db, group);
  const nids = [...entries.values()];
  const rows = await db.query(
    `SELECT event_nid AS nid, event_id AS id FROM events WHERE event_nid = ANY($1::bigint[])`,
    [nids],
  );
  const ids = new Map(rows.map(({ nid, id }) => [nid, id]));
  return new Map([...entries].map(([key, nid]) => [key, ids.get(nid) ?? `missing ${nid}`]));
}

/** A map as sorted text, for comparing. */
export function sorted(map: ReadonlyMap<string, string>): string[] {
  return [...map].map(([key, value]) => `${key.replace('\0', ' ')} = ${value}`).sort();
}
