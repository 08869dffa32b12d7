import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getNearby } from '../../storage/timeline/pages.ts';
import { getStateAt } from '../../storage/timeline/state-at.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import { stateGroupAfter } from '../timeline/lazy-members.ts';
import { formatPoint, pointAfter, pointBefore } from '../timeline/tokens.ts';
import { filterVisibleInRooms, type VisibleEvent } from '../timeline/visibility.ts';

/** How much is wanted around each result. */
export interface ContextRequest {
  before: number;
  after: number;
  profiles: boolean;
}

interface Surroundings {
  before: VisibleEvent[];
  after: VisibleEvent[];
  /** Outermost events, seen or not: where to go on. */
  first: EventRow;
  last: EventRow;
}

/** What is around the results of a search. */
export interface SearchContexts {
  /** Every event that occurs. */
  events: VisibleEvent[];
  /** The context of a result as JSON text. */
  textFor(row: EventRow, write: (event: VisibleEvent) => string): string;
}

/** Loads the surroundings of all results at once. */
export async function searchContexts(
  ctx: Context,
  userId: string,
  results: VisibleEvent[],
  request: ContextRequest,
): Promise<SearchContexts> {
  const targets = results.map(({ row }) => ({
    eventNid: row.eventNid,
    roomNid: row.roomNid,
    depth: row.depth,
    position: row.position as number,
  }));
  const nearby = await getNearby(ctx.db, targets, request);
  const rows = await getEventsByNid(ctx.db, [...new Set(nearby.map((near) => near.eventNid))]);
  const byNid = new Map(rows.map((row) => [row.eventNid, row]));
  const events = await filterVisibleInRooms(ctx, userId, rows);
  const seen = new Map(events.map((event) => [event.row.eventNid, event]));
  const around = new Map<number, Surroundings>();
  for (const { row } of results) {
    const near = nearby.filter((n) => n.near === row.eventNid).sort((a, b) => a.distance - b.distance);
    const side = (sign: number) => near.filter((n) => n.distance * sign > 0).flatMap((n) => seen.get(n.eventNid) ?? []);
    around.set(row.eventNid, {
      // Nearest first on both sides.
      before: side(-1).reverse(),
      after: side(1),
      first: byNid.get(near.find((n) => n.distance < 0)?.eventNid ?? -1) ?? row,
      last: byNid.get(near.findLast((n) => n.distance > 0)?.eventNid ?? -1) ?? row,
    });
  }
  const profiles = request.profiles ? await profilesOf(ctx, results, around) : undefined;
  return {
    events,
    textFor(row, write) {
      const { before, after, first, last } = around.get(row.eventNid) as Surroundings;
      return jsonObject({
        start: JSON.stringify(formatPoint(pointBefore(first))),
        end: JSON.stringify(formatPoint(pointAfter(last))),
        events_before: jsonArray(before.map(write)),
        events_after: jsonArray(after.map(write)),
        profile_info: profiles && JSON.stringify(profiles.get(row.eventNid) ?? {}),
      });
    },
  };
}

/** Names and avatars that the senders had in the room at the end of each context. */
async function profilesOf(
  ctx: Context,
  results: VisibleEvent[],
  around: Map<number, Surroundings>,
): Promise<Map<number, Record<string, object>>> {
  const wants = results.flatMap(({ row }) => {
    const { before, after, last } = around.get(row.eventNid) as Surroundings;
    const stateGroup = stateGroupAfter(last);
    const senders = new Set([row, ...[...before, ...after].map((event) => event.row)].map((r) => r.sender));
    if (stateGroup === null) return [];
    return [...senders].map((sender) => ({ result: row.eventNid, sender, stateGroup }));
  });
  const found = await getStateAt(
    ctx.db,
    wants.map(({ stateGroup, sender }) => ({ stateGroup, type: 'm.room.member', stateKey: sender })),
  );
  const members = await getEventsByNid(ctx.db, [...new Set(found.map((f) => f.eventNid))]);
  const contents = new Map(members.map((row) => [row.eventNid, visiblePdu(row).content]));
  const nids = new Map(found.map((f) => [`${f.stateGroup} ${f.stateKey}`, f.eventNid]));
  const profiles = new Map<number, Record<string, object>>();
  for (const { result, sender, stateGroup } of wants) {
    const content = contents.get(nids.get(`${stateGroup} ${sender}`) ?? -1);
    const profile = {
      displayname: content?.['displayname'] ?? undefined,
      avatar_url: content?.['avatar_url'] ?? undefined,
    };
    profiles.set(result, { ...profiles.get(result), [sender]: profile });
  }
  return profiles;
}
