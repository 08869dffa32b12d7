import { serverNameOf } from '../../../spec/ids.ts';
import type { Queryable } from '../../../storage/database.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import { getEntries, type OutboxWrite, putOutbox } from '../../../storage/federation/outbox.ts';
import type { RoomServers } from './room-servers.ts';

/**
 * Queues events for the servers that have to get them: those that were in the room before the event, with it a server
 * whose user was put out, and one whose user's invite or knock has ended. Returns the destinations.
 */
export async function distributeEvents(
  q: Queryable,
  servers: RoomServers,
  serverName: string,
  rows: readonly { row: EventRow; except?: string }[],
): Promise<Set<string>> {
  await servers.load(
    q,
    rows.map(({ row }) => row.roomNid),
  );
  const writes: OutboxWrite[] = [];
  for (const { row, except } of rows) {
    const destinations = new Set(await servers.before(q, row));
    const target = endedElsewhere(row);
    if (target !== undefined) destinations.add(target);
    destinations.delete(serverName);
    if (except !== undefined) destinations.delete(except);
    const { roomNid, eventNid } = row;
    for (const destination of destinations) {
      writes.push({ destination, position: row.position as number, roomNid, eventNid });
    }
  }
  await putOutbox(q, writes);
  return new Set(writes.map((write) => write.destination));
}

/** Whether this server may have to tell others of an event: it has made it. */
export function isOwn(row: EventRow, serverName: string): boolean {
  return row.flags === 0 && row.position !== null && serverNameOf(row.sender) === serverName;
}

/** Without the events by which this server came into rooms: whoever let it in tells the others. */
export async function withoutEntries(q: Queryable, rows: readonly EventRow[]): Promise<EventRow[]> {
  const joins = rows.filter((row) => row.type === 'm.room.member' && row.stateKey === row.sender);
  const entries = await getEntries(
    q,
    joins.map((row) => row.eventNid),
  );
  return rows.filter((row) => !entries.has(row.eventNid));
}

/** The server of somebody whose invite or knock has ended by somebody else's hand, or whom a ban keeps out. */
function endedElsewhere(row: EventRow): string | undefined {
  if (row.type !== 'm.room.member' || row.stateKey === null || row.stateKey === row.sender) return undefined;
  const { content } = JSON.parse(row.json) as { content?: { membership?: unknown } };
  const ended = content?.membership === 'leave' || content?.membership === 'ban';
  return ended ? serverNameOf(row.stateKey) : undefined;
}
