import type { Database } from '../../../lib/storage/database.ts';

/*
 * What Synapse keeps of a room's state, by its documentation of state groups and its public schema: a group for each
 * change of state with the difference from the group before, and the whole state again after a hundred of them; the
 * group of every event; auth events one a row; and a chain cover of auth events. Names and columns as there, so that rows
 * weigh the same.
 */

/** Tables with their indexes, in a schema of their own. */
export const SYNAPSE_TABLES = [
  'synapse.state_groups',
  'synapse.state_group_edges',
  'synapse.state_groups_state',
  'synapse.event_to_state_groups',
  'synapse.event_auth',
  'synapse.event_auth_chains',
  'synapse.event_auth_chain_links',
] as const;

/** A group whose chain of differences is this long is written whole. */
const MOST_HOPS = 100;

const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS synapse;
CREATE TABLE IF NOT EXISTS synapse.state_groups (id bigint PRIMARY KEY, room_id text NOT NULL, event_id text NOT NULL);
CREATE INDEX IF NOT EXISTS state_groups_room ON synapse.state_groups (room_id);
CREATE TABLE IF NOT EXISTS synapse.state_group_edges (state_group bigint NOT NULL, prev_state_group bigint NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS edges_unique ON synapse.state_group_edges (state_group, prev_state_group);
CREATE INDEX IF NOT EXISTS edges_prev ON synapse.state_group_edges (prev_state_group);
CREATE TABLE IF NOT EXISTS synapse.state_groups_state (state_group bigint NOT NULL, room_id text NOT NULL,
  type text NOT NULL, state_key text NOT NULL, event_id text NOT NULL);
CREATE INDEX IF NOT EXISTS states_type ON synapse.state_groups_state (state_group, type, state_key);
CREATE INDEX IF NOT EXISTS states_room ON synapse.state_groups_state USING brin (room_id) WITH (pages_per_range = 1);
CREATE TABLE IF NOT EXISTS synapse.event_to_state_groups (event_id text NOT NULL UNIQUE, state_group bigint NOT NULL);
CREATE INDEX IF NOT EXISTS event_groups ON synapse.event_to_state_groups (state_group);
CREATE TABLE IF NOT EXISTS synapse.event_auth (event_id text NOT NULL, auth_id text NOT NULL, room_id text NOT NULL);
CREATE INDEX IF NOT EXISTS event_auth_event ON synapse.event_auth (event_id);
CREATE TABLE IF NOT EXISTS synapse.event_auth_chains (event_id text PRIMARY KEY, chain_id bigint NOT NULL,
  sequence_number bigint NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS event_auth_chains_place ON synapse.event_auth_chains (chain_id, sequence_number);
CREATE TABLE IF NOT EXISTS synapse.event_auth_chain_links (origin_chain_id bigint NOT NULL,
  origin_sequence_number bigint NOT NULL, target_chain_id bigint NOT NULL, target_sequence_number bigint NOT NULL);
CREATE INDEX IF NOT EXISTS links_origin ON synapse.event_auth_chain_links (origin_chain_id, target_chain_id)`;

/**
 * Brings the tables up to date with the events that our own tables have of a room.
 * @param members stops after so many members have come, however many events there are
 */
export async function fillSynapseTables(db: Database, roomId: string, members?: number): Promise<void> {
  await db.script(SCHEMA);
  const upTo = `e.room_nid = (SELECT room_nid FROM rooms WHERE room_id = $1)
    AND NOT EXISTS (SELECT 1 FROM synapse.event_to_state_groups g WHERE g.event_id = e.event_id)`;
  const limit = members === undefined ? '' : `ORDER BY e.position LIMIT ${members + 4}`;
  await db.query(
    `WITH fresh AS (
       SELECT e.* FROM events e WHERE ${upTo} ${limit}),
     changes AS (
       SELECT coalesce((SELECT max(id) FROM synapse.state_groups), 0) + row_number() OVER (ORDER BY position) AS id, *
       FROM fresh WHERE state_key IS NOT NULL),
     groups AS (
       INSERT INTO synapse.state_groups SELECT id, $1, event_id FROM changes),
     edges AS (
       INSERT INTO synapse.state_group_edges SELECT id, id - 1 FROM changes WHERE id % ${MOST_HOPS} <> 0 AND id > 1),
     deltas AS (
       INSERT INTO synapse.state_groups_state SELECT id, $1, type, state_key, event_id FROM changes
       WHERE id % ${MOST_HOPS} <> 0),
     cited AS (
       INSERT INTO synapse.event_auth SELECT f.event_id, a.event_id, $1 FROM fresh f JOIN events a ON a.event_nid = ANY(f.auth_nids)),
     chains AS (
       INSERT INTO synapse.event_auth_chains SELECT c.event_id, v.chain_id, v.sequence
       FROM changes c JOIN event_chains v ON v.event_nid = c.event_nid),
     links AS (
       INSERT INTO synapse.event_auth_chain_links SELECT k.origin_chain, k.origin_sequence, k.target_chain, k.target_sequence
       FROM changes c JOIN event_chains v ON v.event_nid = c.event_nid
       JOIN chain_links k ON k.origin_chain = v.chain_id AND k.origin_sequence = v.sequence)
     INSERT INTO synapse.event_to_state_groups
     SELECT f.event_id, coalesce(max(c.id) OVER (ORDER BY f.position), (SELECT max(id) FROM synapse.state_groups))
     FROM fresh f LEFT JOIN changes c ON c.event_nid = f.event_nid`,
    [roomId],
  );
  // Every hundredth group is the whole state after its event.
  await db.query(
    `INSERT INTO synapse.state_groups_state
     SELECT g.id, $1, s.type, s.state_key, s.event_id FROM synapse.state_groups g
     JOIN events e ON e.event_id = g.event_id
     CROSS JOIN LATERAL (
       SELECT DISTINCT ON (p.type, p.state_key) p.type, p.state_key, p.event_id FROM events p
       WHERE p.room_nid = e.room_nid AND p.state_key IS NOT NULL AND p.position <= e.position
       ORDER BY p.type, p.state_key, p.position DESC) s
     WHERE g.id % ${MOST_HOPS} = 0
       AND NOT EXISTS (SELECT 1 FROM synapse.state_groups_state t WHERE t.state_group = g.id)`,
    [roomId],
  );
}
