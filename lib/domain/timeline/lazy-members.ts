import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getStateAt } from '../../storage/timeline/state-at.ts';
import type { Context } from '../context.ts';
import type { VisibleEvent } from './visibility.ts';

/** State after an event: numeric id of the group; null where it is not known. */
export function stateGroupAfter(row: EventRow): number | null {
  return row.stateGroupAfter ?? row.stateGroup;
}

/**
 * Member events of the senders of some events of one room, as they were after one of these (client-server API,
 * lazy-loading room members). Two queries.
 */
export async function lazyMembers(ctx: Context, events: VisibleEvent[], at: EventRow | undefined): Promise<EventRow[]> {
  const stateGroup = at && stateGroupAfter(at);
  if (!stateGroup) return [];
  const senders = [...new Set(events.map(({ row }) => row.sender))];
  const found = await getStateAt(
    ctx.db,
    senders.map((stateKey) => ({ stateGroup, type: 'm.room.member', stateKey })),
  );
  return getEventsByNid(
    ctx.db,
    found.map(({ eventNid }) => eventNid),
  );
}
