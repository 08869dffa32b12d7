import type { Queryable } from '../database.ts';

/** An event that came by a handshake and that the room's other servers are to be told of. */
export interface Relay {
  eventNid: number;
  roomNid: number;
  /** The server that it came from, which is told nothing. */
  origin: string;
}

/** Notes an event that is to be passed on. */
export async function putRelay(db: Queryable, relay: Relay): Promise<void> {
  await db.query(
    'INSERT INTO federation_relays (event_nid, room_nid, origin) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [relay.eventNid, relay.roomNid, relay.origin],
  );
}

/** Takes some events out that are to be passed on. */
export async function takeRelays(tx: Queryable, limit: number): Promise<Relay[]> {
  return tx.query(
    `DELETE FROM federation_relays WHERE event_nid IN (
       SELECT event_nid FROM federation_relays ORDER BY event_nid LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING event_nid AS "eventNid", room_nid AS "roomNid", origin`,
    [limit],
  );
}
