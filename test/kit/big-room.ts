import { LINKS_WITH_CONTENT, StateChain } from '../../lib/domain/rooms/state-chain.ts';
import { numberArray, textArray } from '../../lib/storage/arrays.ts';
import type { Queryable } from '../../lib/storage/database.ts';
import type { StateGroupWrite } from '../../lib/storage/events/batch-write.ts';
import { getRoomHead, getStateChain, getStateChainAfter } from '../../lib/storage/rooms/room-head.ts';

/** Numeric ids of rooms that were filled begin here, far above what sequences hand out in a test. */
const FIRST_NID = 1_000_000_000;
const GROUPS_AT_ONCE = 5_000;

let filled = 0;

/**
 * Fills a room with members and then messages, by a few statements instead of as many events: every table has the rows
 * that the event persister would have written. The room's persister must not have it in memory.
 *
 * @param room.members users `@u1:localhost` and so on join, every other one from a server of its own
 * @param room.messages how many messages its creator sends afterwards
 */
export async function fillRoom(
  db: Queryable,
  room: { roomId: string; members: number; messages: number },
): Promise<void> {
  const head = await getRoomHead(db, room.roomId);
  if (!head) throw new Error(`there is no room ${room.roomId}`);
  const { roomNid } = head;
  const first = FIRST_NID + filled++ * 10_000_000;
  const before = head.stateGroup;
  const [base] = await db.query<{ create: number; levels: number; rules: number; last: number; position: number }>(
    `SELECT max(event_nid) FILTER (WHERE type = 'm.room.create') AS create,
       max(event_nid) FILTER (WHERE type = 'm.room.power_levels') AS levels,
       max(event_nid) FILTER (WHERE type = 'm.room.join_rules') AS rules, max(event_nid) AS last,
       (SELECT position FROM stream_positions WHERE stream = 'events') AS position
     FROM events WHERE room_nid = $1`,
    [roomNid],
  );
  if (!base) throw new Error('the room has no events');
  const { members, messages } = room;
  const at = { roomNid, roomId: room.roomId, first, before, depth: head.depth, ...base };
  await insertEvents(db, at, { from: 1, to: members, members: true });
  await insertEvents(
    db,
    { ...at, before: members === 0 ? before : first + members },
    {
      from: members + 1,
      to: members + messages,
      members: false,
    },
  );
  await insertGroups(db, at, members);
  await insertState(db, at, members);
  const count = members + messages;
  await db.query(`UPDATE stream_positions SET position = position + $1 WHERE stream = 'events'`, [count]);
  await db.query(
    `UPDATE rooms SET extremities = ARRAY[$2::bigint], state_group = $3, depth = depth + $4, position = $5
     WHERE room_nid = $1`,
    [
      roomNid,
      count === 0 ? base.last : first + count,
      members === 0 ? before : first + members,
      count,
      base.position + count,
    ],
  );
  for (const table of ['events', 'state_groups', 'current_state', 'memberships', 'event_chains', 'chain_links']) {
    await db.query(`ANALYZE ${table}`);
  }
}

interface Place {
  roomNid: number;
  roomId: string;
  first: number;
  before: number;
  depth: number;
  create: number;
  levels: number;
  rules: number;
  last: number;
  position: number;
}

const USER = `'@u' || i || CASE WHEN i % 2 = 0 THEN ':localhost' ELSE ':h' || i || '.example' END`;

async function insertEvents(
  db: Queryable,
  at: Place,
  what: { from: number; to: number; members: boolean },
): Promise<void> {
  if (what.to < what.from) return;
  const { members } = what;
  await db.query(
    `INSERT INTO events (event_nid, position, room_nid, event_id, type, state_key, sender, depth, origin_server_ts,
       state_group, state_group_after, prev_nids, auth_nids, json)
     SELECT $1 + i, $2 + i, $3, '$' || $1 + i, t.type, t.key, t.sender, $4 + i, 1600000000000 + i * 1000,
       ${members ? 'CASE WHEN i = 1 THEN $5::bigint ELSE $1 + i - 1 END, $1 + i' : '$5::bigint, NULL'},
       ARRAY[p.nid], $7::bigint[],
       jsonb_strip_nulls(jsonb_build_object('type', t.type, 'state_key', t.key, 'sender', t.sender, 'room_id', $8::text,
         'depth', $4 + i, 'origin_server_ts', 1600000000000 + i * 1000, 'hashes', '{"sha256":"none"}'::jsonb,
         'signatures', '{}'::jsonb, 'content', t.content,
         'prev_events', (SELECT jsonb_build_array(coalesce((SELECT b.event_id FROM events b WHERE b.event_nid = p.nid), '$' || p.nid))),
         'auth_events', (SELECT jsonb_agg(b.event_id) FROM events b WHERE b.event_nid = ANY($7::bigint[]))))::text
     FROM generate_series($9::bigint, $10::bigint) AS s(i)
     CROSS JOIN LATERAL (SELECT CASE WHEN i = 1 THEN $6::bigint ELSE $1 + i - 1 END AS nid) AS p
     CROSS JOIN LATERAL (SELECT ${
       members
         ? `'m.room.member' AS type, ${USER} AS key, ${USER} AS sender, '{"membership":"join"}'::jsonb AS content`
         : `'m.room.message' AS type, NULL::text AS key, (SELECT creator FROM rooms WHERE room_nid = $3) AS sender,
            jsonb_build_object('msgtype', 'm.text', 'body', 'message ' || i) AS content`
     }) AS t`,
    [
      at.first,
      at.position,
      at.roomNid,
      at.depth,
      at.before,
      at.last,
      [at.create, at.levels, ...(members ? [at.rules] : [])],
      at.roomId,
      what.from,
      what.to,
    ],
  );
}

async function insertGroups(db: Queryable, at: Place, members: number): Promise<void> {
  const chain = new StateChain(await getStateChain(db, at.before, LINKS_WITH_CONTENT));
  let writes: StateGroupWrite[] = [];
  for (let i = 1; i <= members; i++) {
    const stateKey = `@u${i}${i % 2 === 0 ? ':localhost' : `:h${i}.example`}`;
    const change = { type: 'm.room.member', stateKey, eventNid: at.first + i };
    const after = chain.missing(1);
    if (after !== undefined) {
      await insertLinks(db, at.roomNid, writes);
      writes = [];
      const { group } = chain;
      if (group !== null) chain.load(group, after, await getStateChainAfter(db, group, after));
    }
    writes.push(chain.advance(at.roomNid, at.first + i, [change]));
    if (writes.length < GROUPS_AT_ONCE && i < members) continue;
    await insertLinks(db, at.roomNid, writes);
    writes = [];
  }
}

async function insertLinks(db: Queryable, roomNid: number, writes: StateGroupWrite[]): Promise<void> {
  await db.query(
    `INSERT INTO state_groups (state_group, room_nid, base, index, types, state_keys, event_nids)
       SELECT g.id, $1, g.base, g.index, g.types::text[], g.keys::text[], g.nids::bigint[]
       FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[])
         AS g(id, base, index, types, keys, nids)`,
    [
      roomNid,
      writes.map((w) => w.stateGroup),
      writes.map((w) => w.base),
      writes.map((w) => w.index),
      writes.map((w) => textArray(w.types)),
      writes.map((w) => textArray(w.stateKeys)),
      writes.map((w) => numberArray(w.eventNids)),
    ],
  );
}

async function insertState(db: Queryable, at: Place, members: number): Promise<void> {
  if (members === 0) return;
  const series = 'FROM generate_series(1, $3::bigint) AS s(i)';
  const values = [at.roomNid, at.first, members];
  await db.query(
    `INSERT INTO current_state (room_nid, type, state_key, event_nid)
     SELECT $1, 'm.room.member', ${USER}, $2 + i ${series}`,
    values,
  );
  await db.query(
    `INSERT INTO memberships (room_nid, user_id, membership, event_nid, position, sender, local)
     SELECT $1, ${USER}, 'join', $2 + i, $4 + i, ${USER}, i % 2 = 0 ${series}`,
    [...values, at.position],
  );
  await db.query(
    `INSERT INTO membership_changes (user_id, position, room_nid, event_nid, membership)
     SELECT ${USER}, $4 + i, $1, $2 + i, 'join' ${series} WHERE i % 2 = 0`,
    [...values, at.position],
  );
  await db.query(
    `INSERT INTO event_chains (event_nid, chain_id, sequence)
     SELECT $1 + i, $1 + i, 1 FROM generate_series(1, $2::bigint) AS s(i)`,
    [at.first, members],
  );
  await db.query(
    `INSERT INTO chain_links (origin_chain, origin_sequence, target_chain, target_sequence)
     SELECT $1 + i, 1, c.chain_id, c.sequence FROM generate_series(1, $2::bigint) AS s(i), event_chains c
     WHERE c.event_nid = $3`,
    [at.first, members, at.rules],
  );
}
