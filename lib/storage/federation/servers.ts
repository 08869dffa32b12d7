import type { Queryable } from '../database.ts';

const SERVER = `substr(user_id, strpos(user_id, ':') + 1)`;

/** Whether another server has a user in the room. */
export async function hasRemoteMember(db: Queryable, roomNid: number, serverName: string): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM memberships WHERE room_nid = $1 AND NOT local AND membership = 'join' AND ${SERVER} = $2 LIMIT 1`,
    [roomNid, serverName],
  );
  return rows.length > 0;
}

/** Whether a user of this server is in the room. */
export async function hasLocalMember(db: Queryable, roomNid: number): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM memberships WHERE room_nid = $1 AND local AND membership = 'join' LIMIT 1`,
    [roomNid],
  );
  return rows.length > 0;
}

/** Names of all servers with a user in the room. */
export async function getRoomServers(db: Queryable, roomNid: number): Promise<string[]> {
  const rows = await db.query<{ server: string }>(
    `SELECT DISTINCT ${SERVER} AS server FROM memberships WHERE room_nid = $1 AND membership = 'join'`,
    [roomNid],
  );
  return rows.map((row) => row.server);
}

/** Ids of those of the rooms that a server has a user in, joined or invited. */
export async function getRoomsWithServer(db: Queryable, roomIds: string[], serverName: string): Promise<Set<string>> {
  const ids = roomIds.filter((id) => !id.includes('\0'));
  if (ids.length === 0) return new Set();
  const rows = await db.query<{ roomId: string }>(
    `SELECT r.room_id AS "roomId" FROM rooms r WHERE r.room_id = ANY($1::text[]) AND EXISTS (
       SELECT 1 FROM memberships m WHERE m.room_nid = r.room_nid AND NOT m.local
         AND m.membership IN ('join', 'invite') AND ${SERVER} = $2)`,
    [ids, serverName],
  );
  return new Set(rows.map((row) => row.roomId));
}

/** The first members of a room by time of joining, `except` left out. */
export async function getHeroes(db: Queryable, roomNid: number, except: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ userId: string }>(
    `SELECT user_id AS "userId" FROM memberships
     WHERE room_nid = $1 AND membership IN ('join', 'invite') AND user_id <> $2 ORDER BY position LIMIT $3`,
    [roomNid, except, limit],
  );
  return rows.map((row) => row.userId);
}

/** What users of one server were in a room at some of its states. */
export interface MembershipAt {
  stateGroup: number;
  /** The member event as it came. */
  json: string;
}

/** Member events of a server's users in state groups. One query. */
export async function getServerMembersAt(
  db: Queryable,
  stateGroups: number[],
  serverName: string,
): Promise<MembershipAt[]> {
  if (stateGroups.length === 0) return [];
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.state_group AS wanted, g.state_group, g.base, 0 AS step FROM state_groups g
       WHERE g.state_group = ANY($1::bigint[])
       UNION ALL
       SELECT c.wanted, g.state_group, g.base, c.step + 1 FROM chain c JOIN state_groups g ON g.state_group = c.base),
     found AS (
       SELECT DISTINCT ON (c.wanted, d.state_key) c.wanted, d.event_nid
       FROM chain c JOIN state_groups g ON g.state_group = c.state_group
       CROSS JOIN LATERAL unnest(g.types, g.state_keys, g.event_nids) AS d(type, state_key, event_nid)
       WHERE d.type = 'm.room.member' AND substr(d.state_key, strpos(d.state_key, ':') + 1) = $2
       ORDER BY c.wanted, d.state_key, c.step)
     SELECT f.wanted AS "stateGroup", e.json FROM found f JOIN events e ON e.event_nid = f.event_nid`,
    [stateGroups, serverName],
  );
}
