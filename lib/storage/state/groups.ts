import type { Queryable } from '../database.ts';

/** A link of the chain of groups below one of the groups asked for, without its content. */
export interface GroupLink {
  /** The group that was asked for. */
  start: number;
  stateGroup: number;
  index: number;
  /** How many entries the link holds. */
  entries: number;
}

/** What a group changes against its base; an event of 0 takes the key away. */
export interface GroupContent {
  stateGroup: number;
  types: string[];
  stateKeys: string[];
  eventNids: number[];
}

/** An entry of a room's state. */
export interface StateEntryRef {
  type: string;
  stateKey: string;
  eventNid: number;
}

/** The chains of several groups without their content, each newest first. One query. */
export async function getGroupLinks(db: Queryable, groups: number[]): Promise<GroupLink[]> {
  if (groups.length === 0) return [];
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.state_group AS start, g.state_group, g.base, g.index, cardinality(g.event_nids) AS entries, 0 AS step
       FROM state_groups g WHERE g.state_group = ANY($1::bigint[])
       UNION ALL
       SELECT c.start, g.state_group, g.base, g.index, cardinality(g.event_nids), c.step + 1
       FROM chain c JOIN state_groups g ON g.state_group = c.base)
     SELECT start, state_group AS "stateGroup", index, entries FROM chain ORDER BY start, step`,
    [groups],
  );
}

/** The content of single links. One query. */
export async function getGroupContents(db: Queryable, groups: number[]): Promise<GroupContent[]> {
  if (groups.length === 0) return [];
  return db.query(
    `SELECT state_group AS "stateGroup", types, state_keys AS "stateKeys", event_nids AS "eventNids"
     FROM state_groups WHERE state_group = ANY($1::bigint[])`,
    [groups],
  );
}

/** Some entries of a group; absent ones are left out. One query. */
export async function getEntriesOfGroup(
  db: Queryable,
  stateGroup: number,
  keys: readonly (readonly [type: string, stateKey: string])[],
): Promise<StateEntryRef[]> {
  if (keys.length === 0) return [];
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.state_group, g.base, 0 AS step FROM state_groups g WHERE g.state_group = $1
       UNION ALL
       SELECT g.state_group, g.base, c.step + 1 FROM chain c JOIN state_groups g ON g.state_group = c.base),
     found AS (
       SELECT DISTINCT ON (d.type, d.state_key) d.type, d.state_key, d.event_nid
       FROM chain c JOIN state_groups g ON g.state_group = c.state_group
       CROSS JOIN LATERAL unnest(g.types, g.state_keys, g.event_nids) AS d(type, state_key, event_nid)
       JOIN unnest($2::text[], $3::text[]) AS k(type, state_key) ON k.type = d.type AND k.state_key = d.state_key
       ORDER BY d.type, d.state_key, c.step)
     SELECT type, state_key AS "stateKey", event_nid AS "eventNid" FROM found WHERE event_nid <> 0`,
    [stateGroup, keys.map((k) => k[0]), keys.map((k) => k[1])],
  );
}

/** The whole state of a group, in no order. One query. */
export async function getEntriesOfWholeGroup(db: Queryable, stateGroup: number): Promise<StateEntryRef[]> {
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.state_group, g.base, 0 AS step FROM state_groups g WHERE g.state_group = $1
       UNION ALL
       SELECT g.state_group, g.base, c.step + 1 FROM chain c JOIN state_groups g ON g.state_group = c.base),
     found AS (
       SELECT DISTINCT ON (d.type, d.state_key) d.type, d.state_key, d.event_nid
       FROM chain c JOIN state_groups g ON g.state_group = c.state_group
       CROSS JOIN LATERAL unnest(g.types, g.state_keys, g.event_nids) AS d(type, state_key, event_nid)
       ORDER BY d.type, d.state_key, c.step)
     SELECT type, state_key AS "stateKey", event_nid AS "eventNid" FROM found WHERE event_nid <> 0`,
    [stateGroup],
  );
}
