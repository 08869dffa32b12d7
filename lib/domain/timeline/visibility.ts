import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getErasedAmong } from '../../storage/timeline/erased-users.ts';
import { getStateAt } from '../../storage/timeline/state-at.ts';
import { readIgnoredUsers } from '../account-data/ignored-users.ts';
import type { Context } from '../context.ts';
import {
  historyVisibilityOf,
  isOwnMember,
  maySee,
  membershipAt,
  type RoomView,
  type StateBefore,
} from './room-view.ts';
import { roomViews } from './room-views.ts';

export { canSeeRoom, type RoomAccess } from './room-access.ts';

/** An event that a user may see. */
export interface VisibleEvent {
  /** The event; without its content where its sender's account was erased and the user was not there at the time. */
  row: EventRow;
  /** The user's membership at the event, for `unsigned.membership`. */
  membership: string;
}

/** Exceptions to what is shown. */
export interface VisibilityOptions {
  /** Leaves events of ignored users in. */
  keepIgnored?: boolean;
}

/**
 * The events of a room that a user may see, in the order given (client-server API, room history visibility; ignoring
 * users). Costs no query where this process follows the events stream and knows the room; else one, and two more for
 * stretches of federated rooms whose visibility is neither `shared` nor `world_readable`.
 */
export function filterVisible(
  ctx: Context,
  roomNid: number,
  userId: string,
  rows: EventRow[],
  options: VisibilityOptions = {},
): Promise<VisibleEvent[]> {
  return filterVisibleRows(ctx, userId, rows, [roomNid], options);
}

/** {@link filterVisible} for events of several rooms, in no more queries than for one. */
export function filterVisibleInRooms(ctx: Context, userId: string, rows: EventRow[]): Promise<VisibleEvent[]> {
  return filterVisibleRows(
    ctx,
    userId,
    rows,
    rows.map((row) => row.roomNid),
  );
}

async function filterVisibleRows(
  ctx: Context,
  userId: string,
  rows: EventRow[],
  roomNids: number[],
  options: VisibilityOptions = {},
): Promise<VisibleEvent[]> {
  if (rows.length === 0) return [];
  const last = rows.reduce((max, row) => Math.max(max, row.position ?? 0), 0);
  const [views, ignored] = await Promise.all([roomViews(ctx, userId, roomNids, last), readIgnoredUsers(ctx, userId)]);
  const viewOf = (row: EventRow) => views.get(row.roomNid) as RoomView;
  const wanted = options.keepIgnored ? rows : rows.filter((row) => row.stateKey !== null || !ignored.has(row.sender));
  const odd = wanted.filter((row) => inTimeline(row) && isOdd(viewOf(row), row));
  const states = odd.length > 0 ? await statesBefore(ctx, userId, odd, viewOf) : new Map<number, StateBefore>();

  const visible: VisibleEvent[] = [];
  for (const row of wanted) {
    const view = viewOf(row);
    const before = states.get(row.eventNid) ?? view.before(row.position ?? Number.POSITIVE_INFINITY);
    const sees = inTimeline(row)
      ? (view.alwaysShared && view.joined) || maySee(view, row, userId, before)
      : isOwnMember(row, userId);
    if (sees) visible.push({ row, membership: membershipAt(row, userId, before) });
  }
  return hideErased(ctx, userId, visible);
}

/** Rejected and soft-failed events are shown to nobody, and an outlier's place in the room is not known. */
function inTimeline(row: EventRow): boolean {
  return row.position !== null && row.flags === 0;
}

/** The event's position doesn't say enough: the state has to be looked up. */
function isOdd(view: RoomView, row: EventRow): boolean {
  return !view.linear && row.stateGroup !== null && !(view.alwaysShared && view.joined);
}

/** State before events by their state groups: one query, and another when member events turn up that nobody told of. */
async function statesBefore(
  ctx: Context,
  userId: string,
  rows: EventRow[],
  viewOf: (row: EventRow) => RoomView,
): Promise<Map<number, StateBefore>> {
  const groups = new Map(rows.map((row) => [row.stateGroup as number, viewOf(row)]));
  const found = await getStateAt(
    ctx.db,
    [...groups.keys()].flatMap((stateGroup) => [
      { stateGroup, type: 'm.room.history_visibility', stateKey: '' },
      { stateGroup, type: 'm.room.member', stateKey: userId },
    ]),
  );
  const unknown = found.filter(({ stateGroup, type, eventNid }) => {
    const view = groups.get(stateGroup) as RoomView;
    return (
      (type === 'm.room.member' ? view.membershipOfEvent(eventNid) : view.visibilityOfEvent(eventNid)) === undefined
    );
  });
  const loaded = new Map<number, EventRow>();
  for (const row of await getEventsByNid(ctx.db, [...new Set(unknown.map((f) => f.eventNid))])) {
    loaded.set(row.eventNid, row);
  }
  const byGroup = new Map<number, StateBefore>();
  for (const group of groups.keys()) byGroup.set(group, { visibility: 'shared', membership: 'leave' });
  for (const { stateGroup, type, eventNid } of found) {
    const view = groups.get(stateGroup) as RoomView;
    const before = byGroup.get(stateGroup) as StateBefore;
    const content = () => {
      const row = loaded.get(eventNid);
      return row ? JSON.parse(row.json).content : undefined;
    };
    if (type === 'm.room.member') {
      before.membership = view.membershipOfEvent(eventNid) ?? String(content()?.membership ?? 'leave');
    } else before.visibility = view.visibilityOfEvent(eventNid) ?? historyVisibilityOf(content());
  }
  return new Map(rows.map((row) => [row.eventNid, byGroup.get(row.stateGroup as number) as StateBefore]));
}

/** What erased users have said is shown only to those who were there. Costs a query only where somebody was not. */
async function hideErased(ctx: Context, userId: string, events: VisibleEvent[]): Promise<VisibleEvent[]> {
  const concerned = events.filter(
    ({ row, membership }) => membership !== 'join' && row.stateKey === null && row.sender !== userId,
  );
  if (concerned.length === 0) return events;
  const erased = new Set(await getErasedAmong(ctx.db, [...new Set(concerned.map(({ row }) => row.sender))]));
  if (erased.size === 0) return events;
  return events.map((event) => {
    const { row, membership } = event;
    if (membership === 'join' || row.stateKey !== null || !erased.has(row.sender)) return event;
    return { row: { ...row, redactedBy: row.redactedBy ?? 0 }, membership };
  });
}
