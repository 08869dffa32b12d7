import type { Queryable } from '../database.ts';

/** Where a state event is on the chain cover. */
export interface ChainPlaceRow {
  eventNid: number;
  chain: number;
  sequence: number;
}

/** From `sequence` of `chain` on, `toSequence` of `toChain` is reached. */
export interface ChainLinkRow {
  chain: number;
  sequence: number;
  toChain: number;
  toSequence: number;
}

/** Events of a chain with `after < sequence <= upTo`. */
export interface ChainStretch {
  chain: number;
  after: number;
  upTo: number;
}

/** Places of events; those that are not state events are left out. One query. */
export async function getChainPlaces(db: Queryable, eventNids: number[]): Promise<ChainPlaceRow[]> {
  if (eventNids.length === 0) return [];
  return db.query(
    `SELECT event_nid AS "eventNid", chain_id AS chain, sequence FROM event_chains
     WHERE event_nid = ANY($1::bigint[])`,
    [eventNids],
  );
}

/** Every link of the given chains, of the chains that they lead to, and so on. One query. */
export async function getLinksBelow(db: Queryable, chains: number[]): Promise<ChainLinkRow[]> {
  if (chains.length === 0) return [];
  return db.query(
    `WITH RECURSIVE reached(chain) AS (
       SELECT DISTINCT c FROM unnest($1::bigint[]) AS s(c)
       UNION
       SELECT l.target_chain FROM reached r JOIN chain_links l ON l.origin_chain = r.chain)
     SELECT l.origin_chain AS chain, l.origin_sequence AS sequence, l.target_chain AS "toChain",
       l.target_sequence AS "toSequence" FROM reached r JOIN chain_links l ON l.origin_chain = r.chain`,
    [chains],
  );
}

/** The events of stretches of chains. One query. */
export async function getEventsOnChains(
  db: Queryable,
  stretches: ChainStretch[],
): Promise<{ eventNid: number; eventId: string }[]> {
  if (stretches.length === 0) return [];
  return db.query(
    `SELECT e.event_nid AS "eventNid", e.event_id AS "eventId"
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS s(chain, after, up_to)
     JOIN event_chains c ON c.chain_id = s.chain AND c.sequence > s.after AND c.sequence <= s.up_to
     JOIN events e ON e.event_nid = c.event_nid`,
    [stretches.map((s) => s.chain), stretches.map((s) => s.after), stretches.map((s) => s.upTo)],
  );
}

/** What placing further events on the chains of given events takes. */
export interface ChainEnd extends ChainPlaceRow {
  /** No event follows on the chain. */
  last: boolean;
  /** Chains that the place's links lead to, and up to where. */
  toChains: number[];
  toSequences: number[];
}

/** Columns of a {@link ChainEnd} for an event `e`; NULL for events without a place. */
export const CHAIN_END = `h.chain_id AS chain, h.sequence,
  NOT EXISTS (SELECT 1 FROM event_chains n WHERE n.chain_id = h.chain_id AND n.sequence > h.sequence) AS last,
  ARRAY(SELECT l.target_chain FROM chain_links l WHERE l.origin_chain = h.chain_id AND l.origin_sequence <= h.sequence
    ORDER BY l.target_chain, l.origin_sequence) AS "toChains",
  ARRAY(SELECT l.target_sequence::bigint FROM chain_links l
    WHERE l.origin_chain = h.chain_id AND l.origin_sequence <= h.sequence
    ORDER BY l.target_chain, l.origin_sequence) AS "toSequences"`;
