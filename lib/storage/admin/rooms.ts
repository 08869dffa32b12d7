import type { Queryable } from '../database.ts';

/** A room as lists show it. */
export interface ListedRoom {
  room_id: string;
  name: string | null;
  canonical_alias: string | null;
  joined_members: number;
  joined_local_members: number;
  version: string;
  creator: string;
  encryption: string | null;
  federatable: boolean;
  public: boolean;
  join_rules: string | null;
  guest_access: string | null;
  history_visibility: string | null;
  state_events: number;
  room_type: string | null;
}

/** Orders of {@link listRooms}, by the name that the admin API gives them. */
export const ROOM_ORDERS = {
  name: 'name',
  alphabetical: 'name',
  size: 'joined_members',
  canonical_alias: 'canonical_alias',
  joined_members: 'joined_members',
  joined_local_members: 'joined_local_members',
  version: 'version',
  creator: 'creator',
  encryption: 'encryption',
  federatable: 'federatable',
  public: 'public',
  join_rules: 'join_rules',
  guest_access: 'guest_access',
  history_visibility: 'history_visibility',
  state_events: 'state_events',
} as const;

const content = (type: string, key: string) => `(SELECT e.json::json->'content'->>'${key}' FROM current_state c
  JOIN events e ON e.event_nid = c.event_nid AND e.redacted_by IS NULL AND strpos(e.json, '\\u0000') = 0
  WHERE c.room_nid = r.room_nid AND c.type = '${type}' AND c.state_key = '')`;

const SELECT = `SELECT r.room_id, r.room_nid, ${content('m.room.name', 'name')} AS name,
  ${content('m.room.canonical_alias', 'alias')} AS canonical_alias,
  (SELECT count(*) FROM memberships m WHERE m.room_nid = r.room_nid AND m.membership = 'join') AS joined_members,
  (SELECT count(*) FROM memberships m WHERE m.room_nid = r.room_nid AND m.membership = 'join' AND m.local)
    AS joined_local_members,
  r.room_version AS version, r.creator, ${content('m.room.encryption', 'algorithm')} AS encryption,
  coalesce(${content('m.room.create', 'm.federate')}, 'true') <> 'false' AS federatable, r.is_public AS public,
  ${content('m.room.join_rules', 'join_rule')} AS join_rules,
  ${content('m.room.guest_access', 'guest_access')} AS guest_access,
  ${content('m.room.history_visibility', 'history_visibility')} AS history_visibility,
  (SELECT count(*) FROM current_state c WHERE c.room_nid = r.room_nid) AS state_events,
  ${content('m.room.create', 'type')} AS room_type
  FROM rooms r WHERE r.extremities <> '{}'`;

export interface RoomQuery {
  from: number;
  limit: number;
  order: keyof typeof ROOM_ORDERS;
  descending: boolean;
  /** Part of the name or of the canonical alias's localpart, or a room id. */
  search?: string | undefined;
  public?: boolean | undefined;
  empty?: boolean | undefined;
}

/** A page of all rooms and how many match. */
export async function listRooms(db: Queryable, query: RoomQuery): Promise<{ rooms: ListedRoom[]; total: number }> {
  const rows = await db.query<ListedRoom & { room_nid?: number; total?: number }>(
    `SELECT x.*, count(*) OVER () AS total FROM (${SELECT}) x
     WHERE ($1::text IS NULL OR x.room_id = $1 OR strpos(lower(x.name), lower($1)) > 0
         OR strpos(lower(split_part(x.canonical_alias, ':', 1)), lower($1)) > 0)
       AND ($2::boolean IS NULL OR x.public = $2) AND ($3::boolean IS NULL OR (x.joined_members = 0) = $3)
     ORDER BY ${ROOM_ORDERS[query.order]} ${query.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}, x.room_id
     LIMIT $4 OFFSET $5`,
    [query.search ?? null, query.public ?? null, query.empty ?? null, query.limit, query.from],
  );
  // Past the end there is no row that could say how many there are.
  const total =
    rows[0]?.total ??
    (query.from > 0 || query.limit === 0 ? (await listRooms(db, { ...query, from: 0, limit: 1 })).total : 0);
  return { rooms: rows.map(({ room_nid: _nid, total: _total, ...room }) => room), total };
}

/** One room. */
export async function getListedRoom(db: Queryable, roomNid: number): Promise<ListedRoom | undefined> {
  const [row] = await db.query<ListedRoom & { room_nid?: number }>(`${SELECT} AND r.room_nid = $1`, [roomNid]);
  if (!row) return undefined;
  const { room_nid: _nid, ...room } = row;
  return room;
}

/** What only a room's own page shows. */
export async function getRoomDetails(
  db: Queryable,
  roomNid: number,
): Promise<{ topic: string | null; avatar: string | null; joined_local_devices: number; forgotten: boolean }> {
  const [row] = await db.query<{
    topic: string | null;
    avatar: string | null;
    joined_local_devices: number;
    forgotten: boolean;
  }>(
    `SELECT ${content('m.room.topic', 'topic')} AS topic, ${content('m.room.avatar', 'url')} AS avatar,
       (SELECT count(*) FROM memberships m JOIN devices d ON d.user_id = m.user_id
        WHERE m.room_nid = r.room_nid AND m.membership = 'join' AND m.local) AS joined_local_devices,
       NOT EXISTS (SELECT 1 FROM memberships m WHERE m.room_nid = r.room_nid AND m.local AND NOT m.forgotten) AS forgotten
     FROM rooms r WHERE r.room_nid = $1`,
    [roomNid],
  );
  return row ?? { topic: null, avatar: null, joined_local_devices: 0, forgotten: true };
}

/** Members of a room with a membership of these. */
export async function getMembers(
  db: Queryable,
  roomNid: number,
  memberships: string[],
): Promise<{ userId: string; local: boolean }[]> {
  return db.query(
    `SELECT user_id AS "userId", local FROM memberships WHERE room_nid = $1 AND membership = ANY($2::text[]) ORDER BY user_id`,
    [roomNid, memberships],
  );
}

/** Blocks a room (whether or not this server has it), or lifts that with null. */
export async function setBlocked(db: Queryable, roomId: string, blockedBy: string | null): Promise<void> {
  await db.query(
    blockedBy === null
      ? 'DELETE FROM blocked_rooms WHERE room_id = $1 AND $2::text IS NULL'
      : `INSERT INTO blocked_rooms (room_id, blocked_by) VALUES ($1, $2)
         ON CONFLICT (room_id) DO UPDATE SET blocked_by = EXCLUDED.blocked_by`,
    [roomId, blockedBy],
  );
  await db.query('UPDATE rooms SET blocked_by = $2 WHERE room_id = $1', [roomId, blockedBy]);
}

/** Who blocked a room; null where nobody did. */
export async function getBlocker(db: Queryable, roomId: string): Promise<string | null> {
  const [row] = await db.query<{ by: string }>('SELECT blocked_by AS by FROM blocked_rooms WHERE room_id = $1', [
    roomId,
  ]);
  return row?.by ?? null;
}

/** Gives all aliases of a room to another one. */
export async function moveAliases(db: Queryable, fromNid: number, toRoomId: string): Promise<string[]> {
  const rows = await db.query<{ alias: string }>(
    `UPDATE room_aliases SET room_nid = (SELECT room_nid FROM rooms WHERE room_id = $2) WHERE room_nid = $1 RETURNING alias`,
    [fromNid, toRoomId],
  );
  return rows.map((row) => row.alias);
}
