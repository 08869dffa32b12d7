import { numberArray, textArray } from '../arrays.ts';
import type { BatchWrite, CurrentStateWrite, EventWrite, MembershipWrite } from './batch-write.ts';
import { numbers, texts } from './binary-arrays.ts';

/** One of the statements that a batch is put together from. It refers to `turn`, which runs before it. */
export interface BatchPart {
  name: string;
  /** Nothing to do for this batch: the part is left out. */
  empty(batch: BatchWrite): boolean;
  /** @param p the place of the part's n-th parameter, from 1 */
  sql(p: (n: number) => string): string;
  parameters(batch: BatchWrite): unknown[];
}

const flag = (value: boolean) => (value ? 1 : 0);
const column = (p: (n: number) => string, ...types: string[]) =>
  types.map((type, i) => `${p(i + 1)}::${type}[]`).join(', ');

const eventParameters = (events: EventWrite[]) => [
  numbers(events, (e) => e.row.eventNid),
  numbers(events, (e) => e.place),
  numbers(events, (e) => e.row.stateGroup),
  numbers(events, (e) => e.row.stateGroupAfter),
  numbers(events, (e) => e.row.flags),
  numbers(events, (e) => e.row.notify),
  numbers(events, (e) => e.row.replacesNid),
  numbers(events, (e) => e.row.redactedBy),
  texts(events, (e) => e.row.threadRoot),
  texts(events, (e) => (e.prevNids === null ? null : numberArray(e.prevNids))),
];
const EVENT_TYPES = ['bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'text', 'text'];
const EVENT_NAMES = `event_nid, place, state_group, state_group_after, flags, notify, replaces_nid, redacted_by, thread_root,
  prev_nids`;

// What comes to the past of a room has a place of its own before all others.
const POSITION = 'CASE WHEN e.place < 0 THEN e.place ELSE turn.base + e.place END';

const newEvents: BatchPart = {
  name: 'e',
  empty: (batch) => batch.events.length === 0,
  sql: (p) => `new_events AS (
  INSERT INTO events (event_nid, position, state_group, state_group_after, flags, notify, replaces_nid, redacted_by,
    thread_root, prev_nids, room_nid, event_id, type, state_key, sender, depth, origin_server_ts, auth_nids, txn_device,
    txn_id, json)
  SELECT e.event_nid, ${POSITION}, e.state_group, e.state_group_after, e.flags, e.notify, e.replaces_nid,
    e.redacted_by, e.thread_root, e.prev_nids::bigint[], e.room_nid, e.event_id, e.type, e.state_key, e.sender, e.depth,
    e.ts, e.auth_nids::bigint[], e.txn_device, e.txn_id, e.json
  FROM turn, unnest(${column(p, ...EVENT_TYPES, 'bigint', 'text', 'text', 'text', 'text', 'bigint', 'bigint', 'text', 'text', 'text', 'text')})
    AS e(${EVENT_NAMES}, room_nid, event_id, type, state_key, sender, depth, ts, auth_nids, txn_device, txn_id, json))`,
  parameters: ({ events }) => [
    ...eventParameters(events),
    numbers(events, (e) => e.row.roomNid),
    texts(events, (e) => e.row.eventId),
    texts(events, (e) => e.row.type),
    texts(events, (e) => e.row.stateKey),
    texts(events, (e) => e.row.sender),
    numbers(events, (e) => e.row.depth),
    numbers(events, (e) => e.row.originServerTs),
    texts(events, (e) => numberArray(e.authNids)),
    texts(events, (e) => e.row.txnDevice),
    texts(events, (e) => e.row.txnId),
    texts(events, (e) => e.row.json),
  ],
};

const storedEvents: BatchPart = {
  name: 'u',
  empty: (batch) => batch.stored.length === 0,
  sql: (p) => `stored_events AS (
  UPDATE events t SET position = ${POSITION}, state_group = e.state_group, state_group_after = e.state_group_after,
    flags = e.flags, notify = e.notify, replaces_nid = e.replaces_nid, redacted_by = e.redacted_by,
    thread_root = e.thread_root, prev_nids = coalesce(e.prev_nids::bigint[], t.prev_nids)
  FROM turn, unnest(${column(p, ...EVENT_TYPES)}) AS e(${EVENT_NAMES}) WHERE t.event_nid = e.event_nid)`,
  parameters: ({ stored }) => eventParameters(stored),
};

const newRooms: BatchPart = {
  name: 'n',
  empty: (batch) => !batch.rooms.some((r) => r.isNew),
  sql: (p) => `new_rooms AS (
  INSERT INTO rooms (room_nid, room_id, room_version, creator, created_ts, slot, extremities, state_group, depth,
    is_public, position)
  SELECT h.room_nid, h.room_id, h.room_version, h.creator, h.created_ts, h.slot, h.extremities::bigint[], h.state_group,
    h.depth, h.is_public <> 0, coalesce(turn.base + h.last_place, 0)
  FROM turn, unnest(${column(p, 'bigint', 'text', 'text', 'text', 'bigint', 'bigint', 'text', 'bigint', 'bigint', 'bigint', 'bigint')})
    AS h(room_nid, room_id, room_version, creator, created_ts, slot, extremities, state_group, depth, is_public, last_place))`,
  parameters: (batch) => {
    const rooms = batch.rooms.filter((r) => r.isNew);
    return [
      numbers(rooms, (r) => r.roomNid),
      texts(rooms, (r) => r.roomId),
      texts(rooms, (r) => r.roomVersion),
      texts(rooms, (r) => r.creator),
      numbers(rooms, (r) => r.createdTs),
      numbers(rooms, (r) => r.slot),
      texts(rooms, (r) => numberArray(r.extremities)),
      numbers(rooms, (r) => r.stateGroup),
      numbers(rooms, (r) => r.depth),
      numbers(rooms, (r) => flag(r.isPublic)),
      numbers(rooms, (r) => r.lastPlace),
    ];
  },
};

const heads: BatchPart = {
  name: 'h',
  empty: (batch) => !batch.rooms.some((r) => !r.isNew),
  sql: (p) => `heads AS (
  UPDATE rooms r SET extremities = h.extremities::bigint[], state_group = h.state_group, depth = h.depth,
    position = coalesce(turn.base + h.last_place, r.position)
  FROM turn, unnest(${column(p, 'bigint', 'text', 'bigint', 'bigint', 'bigint')})
    AS h(room_nid, extremities, state_group, depth, last_place)
  WHERE r.room_nid = h.room_nid)`,
  parameters: (batch) => {
    const rooms = batch.rooms.filter((r) => !r.isNew);
    return [
      numbers(rooms, (r) => r.roomNid),
      texts(rooms, (r) => numberArray(r.extremities)),
      numbers(rooms, (r) => r.stateGroup),
      numbers(rooms, (r) => r.depth),
      numbers(rooms, (r) => r.lastPlace),
    ];
  },
};

const groups: BatchPart = {
  name: 'g',
  empty: (batch) => batch.stateGroups.length === 0,
  sql: (p) => `groups AS (
  INSERT INTO state_groups (state_group, room_nid, base, index, types, state_keys, event_nids)
  SELECT g.state_group, g.room_nid, g.base, g.index, g.types::text[], g.state_keys::text[], g.event_nids::bigint[]
  FROM turn, unnest(${column(p, 'bigint', 'bigint', 'bigint', 'bigint', 'text', 'text', 'text')})
    AS g(state_group, room_nid, base, index, types, state_keys, event_nids))`,
  parameters: ({ stateGroups }) => [
    numbers(stateGroups, (g) => g.stateGroup),
    numbers(stateGroups, (g) => g.roomNid),
    numbers(stateGroups, (g) => g.base),
    numbers(stateGroups, (g) => g.index),
    texts(stateGroups, (g) => textArray(g.types)),
    texts(stateGroups, (g) => textArray(g.stateKeys)),
    texts(stateGroups, (g) => numberArray(g.eventNids)),
  ],
};

const stateNow = (batch: BatchWrite, gone: boolean): CurrentStateWrite[] => {
  const last = new Map(batch.currentState.map((s) => [`${s.roomNid}\0${s.type}\0${s.stateKey}`, s]));
  return [...last.values()].filter((s) => (s.eventNid === 0) === gone);
};

const state: BatchPart = {
  name: 's',
  empty: (batch) => !batch.currentState.some((s) => s.eventNid !== 0),
  sql: (p) => `state AS (
  INSERT INTO current_state (room_nid, type, state_key, event_nid)
  SELECT s.room_nid, s.type, s.state_key, s.event_nid
  FROM turn, unnest(${column(p, 'bigint', 'text', 'text', 'bigint')}) AS s(room_nid, type, state_key, event_nid)
  ON CONFLICT (room_nid, type, state_key) DO UPDATE SET event_nid = EXCLUDED.event_nid)`,
  parameters: (batch) => {
    const rows = stateNow(batch, false);
    return [
      numbers(rows, (s) => s.roomNid),
      texts(rows, (s) => s.type),
      texts(rows, (s) => s.stateKey),
      numbers(rows, (s) => s.eventNid),
    ];
  },
};

const stateGone: BatchPart = {
  name: 'd',
  empty: (batch) => !batch.currentState.some((s) => s.eventNid === 0),
  sql: (p) => `state_gone AS (
  DELETE FROM current_state c USING turn, unnest(${column(p, 'bigint', 'text', 'text')}) AS s(room_nid, type, state_key)
  WHERE c.room_nid = s.room_nid AND c.type = s.type AND c.state_key = s.state_key)`,
  parameters: (batch) => {
    const rows = stateNow(batch, true);
    return [numbers(rows, (s) => s.roomNid), texts(rows, (s) => s.type), texts(rows, (s) => s.stateKey)];
  },
};

const members: BatchPart = {
  name: 'm',
  empty: (batch) => batch.memberships.length === 0,
  sql: (p) => `members AS (
  INSERT INTO memberships AS m (room_nid, user_id, membership, event_nid, sender, display_name, avatar_url, local, position)
  SELECT w.room_nid, w.user_id, w.membership, w.event_nid, w.sender, w.display_name, w.avatar_url, w.local <> 0,
    turn.base + w.place
  FROM turn, unnest(${column(p, 'bigint', 'text', 'text', 'bigint', 'text', 'text', 'text', 'bigint', 'bigint')})
    AS w(room_nid, user_id, membership, event_nid, sender, display_name, avatar_url, local, place)
  ON CONFLICT (room_nid, user_id) DO UPDATE SET membership = EXCLUDED.membership, event_nid = EXCLUDED.event_nid,
    sender = EXCLUDED.sender, display_name = EXCLUDED.display_name, avatar_url = EXCLUDED.avatar_url,
    position = EXCLUDED.position, forgotten = m.forgotten AND EXCLUDED.membership IN ('leave', 'ban'))`,
  parameters: ({ memberships }) => {
    const rows = [...new Map(memberships.map((m) => [`${m.roomNid} ${m.userId}`, m])).values()];
    return [
      numbers(rows, (m) => m.roomNid),
      texts(rows, (m) => m.userId),
      texts(rows, (m) => m.membership),
      numbers(rows, (m) => m.eventNid),
      texts(rows, (m) => m.sender),
      texts(rows, (m) => m.displayName),
      texts(rows, (m) => m.avatarUrl),
      numbers(rows, (m) => flag(m.local)),
      numbers(rows, (m) => m.place),
    ];
  },
};

const isLocal = (m: MembershipWrite) => m.local;

const changes: BatchPart = {
  name: 'c',
  empty: (batch) => !batch.memberships.some(isLocal),
  sql: (p) => `changes AS (
  INSERT INTO membership_changes (user_id, position, room_nid, event_nid, membership, previous)
  SELECT c.user_id, turn.base + c.place, c.room_nid, c.event_nid, c.membership, c.previous
  FROM turn, unnest(${column(p, 'text', 'bigint', 'bigint', 'bigint', 'text', 'text')})
    AS c(user_id, place, room_nid, event_nid, membership, previous))`,
  parameters: (batch) => {
    const rows = batch.memberships.filter(isLocal);
    return [
      texts(rows, (m) => m.userId),
      numbers(rows, (m) => m.place),
      numbers(rows, (m) => m.roomNid),
      numbers(rows, (m) => m.eventNid),
      texts(rows, (m) => m.membership),
      texts(rows, (m) => m.previous),
    ];
  },
};

const relations: BatchPart = {
  name: 'l',
  empty: (batch) => batch.relations.length === 0,
  sql: (p) => `relations AS (
  INSERT INTO event_relations (event_nid, room_nid, relates_to, rel_type, aggregation_key, type, sender)
  SELECT l.* FROM turn, LATERAL unnest(${column(p, 'bigint', 'bigint', 'text', 'text', 'text', 'text', 'text')})
    AS l(event_nid, room_nid, relates_to, rel_type, aggregation_key, type, sender)
  ON CONFLICT (event_nid) DO NOTHING)`,
  parameters: ({ relations: rows }) => [
    numbers(rows, (r) => r.eventNid),
    numbers(rows, (r) => r.roomNid),
    texts(rows, (r) => r.relatesTo),
    texts(rows, (r) => r.relType),
    texts(rows, (r) => r.key),
    texts(rows, (r) => r.type),
    texts(rows, (r) => r.sender),
  ],
};

const pushes: BatchPart = {
  name: 'p',
  empty: (batch) => batch.pushExceptions.length === 0,
  sql: (p) => `pushes AS (
  INSERT INTO push_exceptions (user_id, room_nid, position, notify, thread_root)
  SELECT x.user_id, x.room_nid, turn.base + x.place, x.notify, x.thread_root
  FROM turn, unnest(${column(p, 'text', 'bigint', 'bigint', 'bigint', 'text')})
    AS x(user_id, room_nid, place, notify, thread_root))`,
  parameters: ({ pushExceptions: rows }) => [
    texts(rows, (r) => r.userId),
    numbers(rows, (r) => r.roomNid),
    numbers(rows, (r) => r.place),
    numbers(rows, (r) => r.notify),
    texts(rows, (r) => r.threadRoot),
  ],
};

const redactions: BatchPart = {
  name: 'r',
  empty: (batch) => batch.redactions.length === 0,
  sql: (p) => `redactions AS (
  UPDATE events t SET redacted_by = r.by_nid FROM turn, unnest(${column(p, 'bigint', 'bigint')}) AS r(target_nid, by_nid)
  WHERE t.event_nid = r.target_nid AND t.redacted_by IS NULL)`,
  parameters: ({ redactions: rows }) => [numbers(rows, (r) => r.targetNid), numbers(rows, (r) => r.byNid)],
};

const aliases: BatchPart = {
  name: 'a',
  empty: (batch) => batch.aliases.length === 0,
  sql: (p) => `aliases AS (
  INSERT INTO room_aliases (alias, room_nid, creator, created_ts)
  SELECT a.* FROM turn, LATERAL unnest(${column(p, 'text', 'bigint', 'text', 'bigint')}) AS a(alias, room_nid, creator, ts))`,
  parameters: ({ aliases: rows }) => [
    texts(rows, (a) => a.alias),
    numbers(rows, (a) => a.roomNid),
    texts(rows, (a) => a.creator),
    numbers(rows, (a) => a.ts),
  ],
};

const chains: BatchPart = {
  name: 'v',
  empty: (batch) => batch.chains.length === 0,
  sql: (p) => `chains AS (
  INSERT INTO event_chains (event_nid, chain_id, sequence)
  SELECT v.* FROM turn, LATERAL unnest(${column(p, 'bigint', 'bigint', 'bigint')}) AS v(event_nid, chain_id, sequence))`,
  parameters: ({ chains: rows }) => [
    numbers(rows, (c) => c.eventNid),
    numbers(rows, (c) => c.chain),
    numbers(rows, (c) => c.sequence),
  ],
};

const chainLinks: BatchPart = {
  name: 'k',
  empty: (batch) => batch.chainLinks.length === 0,
  sql: (p) => `chain_links_ AS (
  INSERT INTO chain_links (origin_chain, origin_sequence, target_chain, target_sequence)
  SELECT k.* FROM turn, LATERAL unnest(${column(p, 'bigint', 'bigint', 'bigint', 'bigint')})
    AS k(chain, sequence, to_chain, to_sequence))`,
  parameters: ({ chainLinks: rows }) => [
    numbers(rows, (k) => k.chain),
    numbers(rows, (k) => k.sequence),
    numbers(rows, (k) => k.toChain),
    numbers(rows, (k) => k.toSequence),
  ],
};

const corrections: BatchPart = {
  name: 'o',
  empty: (batch) => batch.corrections.length === 0,
  sql: (p) => `corrections AS (
  INSERT INTO state_corrections (room_nid, position, type, state_key, event_nid, previous_nid)
  SELECT o.room_nid, turn.base + o.place, o.type, o.state_key, o.event_nid, o.previous_nid
  FROM turn, unnest(${column(p, 'bigint', 'bigint', 'text', 'text', 'bigint', 'bigint')})
    AS o(room_nid, place, type, state_key, event_nid, previous_nid))`,
  parameters: ({ corrections: rows }) => [
    numbers(rows, (c) => c.roomNid),
    numbers(rows, (c) => c.place),
    texts(rows, (c) => c.type),
    texts(rows, (c) => c.stateKey),
    numbers(rows, (c) => c.eventNid),
    numbers(rows, (c) => c.previousNid),
  ],
};

const missing: BatchPart = {
  name: 'w',
  empty: (batch) => batch.missing.length === 0,
  sql: (p) => `missing AS (
  INSERT INTO missing_events (room_nid, event_id, wanted_by)
  SELECT w.* FROM turn, LATERAL unnest(${column(p, 'bigint', 'text', 'bigint')}) AS w(room_nid, event_id, wanted_by)
  ON CONFLICT DO NOTHING)`,
  parameters: ({ missing: rows }) => [
    numbers(rows, (m) => m.roomNid),
    texts(rows, (m) => m.eventId),
    numbers(rows, (m) => m.wantedBy),
  ],
};

const found: BatchPart = {
  name: 'f',
  empty: (batch) => batch.found.length === 0,
  sql: (p) => `found AS (
  DELETE FROM missing_events m USING turn, unnest(${column(p, 'bigint', 'text', 'bigint')}) AS f(room_nid, event_id, event_nid)
  WHERE m.room_nid = f.room_nid AND m.event_id = f.event_id RETURNING m.room_nid, m.wanted_by, f.event_nid),
  late_edges AS (
  INSERT INTO late_edges (room_nid, event_nid, prev_nid) SELECT room_nid, wanted_by, event_nid FROM found
  ON CONFLICT DO NOTHING)`,
  parameters: ({ found: rows }) => [
    numbers(rows, (f) => f.roomNid),
    texts(rows, (f) => f.eventId),
    numbers(rows, (f) => f.eventNid),
  ],
};

const held: BatchPart = {
  name: 'i',
  empty: (batch) => batch.held.length === 0,
  sql: (p) => `held AS (
  INSERT INTO held_redactions (redacts, by_nid, room_nid, has_power)
  SELECT i.redacts, i.by_nid, i.room_nid, i.has_power <> 0
  FROM turn, unnest(${column(p, 'text', 'bigint', 'bigint', 'bigint')}) AS i(redacts, by_nid, room_nid, has_power)
  ON CONFLICT DO NOTHING)`,
  parameters: ({ held: rows }) => [
    texts(rows, (h) => h.redacts),
    numbers(rows, (h) => h.byNid),
    numbers(rows, (h) => h.roomNid),
    numbers(rows, (h) => flag(h.hasPower)),
  ],
};

const released: BatchPart = {
  name: 'j',
  empty: (batch) => batch.released.length === 0,
  sql: (p) => `released AS (
  DELETE FROM held_redactions h USING turn, unnest(${column(p, 'text', 'bigint')}) AS j(redacts, by_nid)
  WHERE h.redacts = j.redacts AND h.by_nid = j.by_nid)`,
  parameters: ({ released: rows }) => [texts(rows, (r) => r.redacts), numbers(rows, (r) => r.byNid)],
};

/** All parts, in the order in which they stand in the statement. */
export const BATCH_PARTS: readonly BatchPart[] = [
  newEvents,
  storedEvents,
  newRooms,
  heads,
  groups,
  state,
  stateGone,
  members,
  changes,
  relations,
  pushes,
  redactions,
  aliases,
  chains,
  chainLinks,
  corrections,
  missing,
  found,
  held,
  released,
];
