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
