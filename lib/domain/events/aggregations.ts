import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { type AggregationRow, getAggregatedTargets, getAggregations } from '../../storage/timeline/aggregations.ts';
import { readIgnoredUsers } from '../account-data/ignored-users.ts';
import type { Context } from '../context.ts';
import { relationOf } from '../rooms/relations.ts';
import { roomViews } from '../timeline/room-views.ts';
import { filterVisibleInRooms } from '../timeline/visibility.ts';
import { clientEvent, type Viewer } from './client-event.ts';

/**
 * Bundled aggregations (client-server API, aggregations of child events), by numeric event id: what goes into
 * `unsigned.m.relations` of events that have children. Events without are left out. The rows may be of several rooms.
 *
 * One query when nothing relates to the events; a fixed number otherwise, however many events. Reactions are not
 * bundled (event annotations, server-side aggregation).
 */
export async function bundleAggregations(
  ctx: Context,
  userId: string,
  rows: EventRow[],
): Promise<Map<number, JsonObject>> {
  const viewer: Viewer = { userId, deviceId: null, now: ctx.clock.now() };
  const candidates = rows.filter(mayBeParent);
  const related = new Set(
    await getAggregatedTargets(
      ctx.db,
      candidates.map((row) => row.eventId),
    ),
  );
  const parents = candidates.filter((row) => related.has(row.eventId));
  if (parents.length === 0) return new Map();

  const found = await aggregate(ctx, userId, parents);
  const children = await loadChildren(ctx, userId, found);
  const threadEvents = found
    .filter((entry) => entry.relType === 'm.thread')
    .flatMap((entry) => children.get(entry.latestNid as number) ?? []);
  // The latest event of a thread shows its own edits; it can't be the root of another thread.
  const nested = await aggregate(ctx, userId, threadEvents.filter(mayBeParent));
  const nestedChildren = await loadChildren(ctx, userId, nested);
  const nestedRelations = bundle(
    nested.filter((entry) => entry.relType !== 'm.thread'),
    threadEvents,
    (row) => clientEvent(row, viewer),
    nestedChildren,
    userId,
  );
  const show = (row: EventRow) => clientEvent(row, viewer, { relations: nestedRelations.get(row.eventNid) });
  return bundle(found, parents, show, children, userId);
}

/** State events, edits and reactions have no aggregated children. */
function mayBeParent(row: EventRow): boolean {
  if (row.stateKey !== null) return false;
  if (!row.json.includes('"m.relates_to"')) return true;
  const relation = relationOf((JSON.parse(row.json) as { content: JsonObject }).content);
  return relation?.relType !== 'm.replace' && relation?.relType !== 'm.annotation';
}

async function aggregate(ctx: Context, userId: string, parents: EventRow[]): Promise<AggregationRow[]> {
  if (parents.length === 0) return [];
  const last = parents.reduce((max, row) => Math.max(max, row.position ?? 0), 0);
  const [views, ignored] = await Promise.all([
    roomViews(
      ctx,
      userId,
      parents.map((row) => row.roomNid),
      last,
    ),
    readIgnoredUsers(ctx, userId),
  ]);
  return getAggregations(
    ctx.db,
    parents.map((row) => ({
      eventId: row.eventId,
      roomNid: row.roomNid,
      sender: row.sender,
      type: row.type,
      redacted: row.redactedBy !== null,
      until: views.get(row.roomNid)?.departedAt ?? null,
    })),
    { userId, ignored: [...ignored] },
  );
}

/** The events that aggregations show, as far as the user may see them. */
async function loadChildren(ctx: Context, userId: string, found: AggregationRow[]): Promise<Map<number, EventRow>> {
  const nids = new Set(found.flatMap((entry) => (entry.latestNid === null ? [] : [entry.latestNid])));
  const rows = await getEventsByNid(ctx.db, [...nids]);
  const visible = await filterVisibleInRooms(ctx, userId, rows);
  return new Map(visible.map(({ row }) => [row.eventNid, row]));
}

function bundle(
  found: AggregationRow[],
  parents: EventRow[],
  show: (row: EventRow) => JsonObject,
  children: Map<number, EventRow>,
  userId: string,
): Map<number, JsonObject> {
  const byId = new Map(parents.map((row) => [row.eventId, row]));
  const relations = new Map<number, JsonObject>();
  for (const { target, relType, latestNid, count, participated, eventIds } of found) {
    const parent = byId.get(target) as EventRow;
    const latest = latestNid === null ? undefined : children.get(latestNid);
    let value: JsonObject | undefined;
    if (relType === 'm.reference') value = { chunk: (eventIds ?? []).map((id) => ({ event_id: id })) };
    else if (!latest) continue;
    else if (relType === 'm.replace') value = show(latest);
    else {
      value = {
        latest_event: show(latest),
        count,
        current_user_participated: participated || parent.sender === userId,
      };
    }
    const entry = relations.get(parent.eventNid) ?? {};
    entry[relType] = value;
    relations.set(parent.eventNid, entry);
  }
  return relations;
}
