import type { JsonObject } from '../../../spec/json.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import type { Counts } from '../../../storage/receipts/unread.ts';
import { getRoomSummaries, type RoomSummaryRow } from '../../../storage/sync/members.ts';
import { getHeroes, type HeroRow } from '../../../storage/sync/room-facts.ts';
import { readDirectRooms } from '../../account-data/direct-rooms.ts';
import type { Context } from '../../context.ts';
import { clientEventJson, visiblePdu } from '../../events/client-event.ts';
import { jsonArray, jsonObject } from '../../events/json-parts.ts';
import { strippedStates } from '../invites.ts';
import type { Timeline } from '../load-timelines.ts';
import { aggregations } from '../rooms-section.ts';
import type { RoomWork } from '../sort-rooms.ts';
import type { SyncScope } from '../sync-request.ts';
import type { SentRoom } from './connection-state.ts';
import type { RelevantRoom, RoomTask, RoomTasks } from './room-tasks.ts';
import type { SlidingRequest } from './sliding-request.ts';
import { type TaskState, taskStates } from './task-states.ts';
import { taskTimelines } from './task-timelines.ts';

/** What an answer says of rooms. */
export interface RoomResults {
  /** Room id → JSON text. */
  texts: Record<string, string>;
  /** What the client then has of the rooms that were looked at; numeric room id → state. */
  sent: Map<number, SentRoom>;
  /** Events of the timelines, by numeric room id. */
  shown: Map<number, string[]>;
}

const MOST_MEMBERS = 500;
/** State that decides what a room is called. */
const NAMING = ['m.room.name', 'm.room.avatar', 'm.room.canonical_alias'];

/** Builds the `rooms` of an answer (MSC4186, `RoomResult`). `moved`: rooms whose unread counts may have changed. */
export async function roomResults(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
  tasks: RoomTasks,
  moved: ReadonlySet<number>,
): Promise<RoomResults> {
  const results: RoomResults = { texts: {}, sent: new Map(), shown: new Map() };
  const direct = await readDirectRooms(ctx, request.userId);
  await outsideResults(ctx, scope, tasks.outside, direct, results);
  if (tasks.inside.length === 0) return results;
  const timelines = await taskTimelines(ctx, request, scope, tasks.inside);
  const states = await taskStates(ctx, scope, tasks.inside, timelines);
  const told = tasks.inside.filter((task) => {
    const { roomNid } = task.work.room;
    const state = states.get(task) as TaskState;
    const timeline = timelines.get(task) as Timeline;
    results.sent.set(roomNid, sentAfter(task, timeline, state));
    const news = timeline.shown.length > 0 || state.events.length > 0 || moved.has(roomNid);
    return task.initial || news || touchesMembers(state);
  });
  const facts = await factsOf(ctx, scope, told, states, timelines);
  for (const task of told) {
    const { roomNid, roomId } = task.work.room;
    const timeline = timelines.get(task) as Timeline;
    results.shown.set(
      roomNid,
      timeline.shown.map(({ row }) => row.eventId),
    );
    results.texts[roomId] = roomText(scope, task, timeline, states.get(task) as TaskState, facts, direct.has(roomId));
  }
  return results;
}

/** What is read of several rooms at once. */
interface Facts {
  relations: ReadonlyMap<number, JsonObject>;
  bumps: ReadonlyMap<number, number>;
  summaries: ReadonlyMap<number, RoomSummaryRow>;
  heroes: ReadonlyMap<number, HeroRow[]>;
  counts: ReadonlyMap<number, ReadonlyMap<string, Counts>>;
}

async function factsOf(
  ctx: Context,
  scope: SyncScope,
  tasks: RoomTask[],
  states: ReadonlyMap<RoomTask, TaskState>,
  timelines: ReadonlyMap<RoomTask, Timeline>,
): Promise<Facts> {
  const { userId } = scope.request;
  const joined = tasks.filter((task) => task.work.joined);
  const nidsOf = (some: RoomTask[]) => some.map((task) => task.work.room.roomNid);
  const byWork = new Map<RoomWork, Timeline>(tasks.map((task) => [task.work, timelines.get(task) as Timeline]));
  const [relations, bumps, summaryRows, counts] = await Promise.all([
    aggregations(ctx, scope, byWork),
    ctx.sync.roomFacts.bumpStamps(nidsOf(joined)),
    getRoomSummaries(
      ctx.db,
      nidsOf(joined.filter((task) => task.initial || touchesMembers(states.get(task) as TaskState))),
      userId,
    ),
    ctx.sync.unread.of(
      userId,
      joined.map((task) => task.work.room),
      scope.now.events,
      scope.ignored,
    ),
  ]);
  const nameless = new Set(nidsOf(joined.filter((task) => task.relevant.facts?.name === undefined)));
  const pairs = summaryRows
    .filter((row) => nameless.has(row.roomNid))
    .flatMap((row) =>
      (row.heroes.length > 0 ? row.heroes : row.gone).map((hero): [number, string] => [row.roomNid, hero]),
    );
  return {
    relations,
    bumps,
    summaries: new Map(summaryRows.map((row) => [row.roomNid, row])),
    heroes: Map.groupBy(await getHeroes(ctx.db, pairs), (row) => row.roomNid),
    counts,
  };
}

function roomText(
  scope: SyncScope,
  task: RoomTask,
  timeline: Timeline,
  state: TaskState,
  facts: Facts,
  isDirect: boolean,
): string {
  const { room, joined } = task.work;
  const { relevant, initial } = task;
  const event = (row: EventRow, membership?: string) =>
    clientEventJson(row, scope.viewer, { membership, relations: facts.relations.get(row.eventNid) });
  const since = scope.request.since?.events;
  const live = since === undefined ? 0 : timeline.shown.filter(({ row }) => (row.position ?? 0) > since).length;
  const summary = facts.summaries.get(room.roomNid);
  const heroes = facts.heroes.get(room.roomNid);
  const counts = facts.counts.get(room.roomNid)?.get('main');
  return jsonObject({
    ...naming(task, state),
    heroes: heroes && JSON.stringify(heroes.map(heroOf)),
    is_dm: isDirect ? 'true' : undefined,
    initial: initial ? 'true' : undefined,
    unstable_expanded_timeline: task.expanded ? 'true' : undefined,
    required_state: jsonArray(state.events.map((row) => event(row))),
    timeline: jsonArray(timeline.shown.map(({ row, membership }) => event(row, membership))),
    prev_batch: JSON.stringify(timeline.prevBatch),
    limited: String(!timeline.whole),
    num_live: String(live),
    bump_stamp: String(joined ? (facts.bumps.get(room.roomNid) ?? room.position) : room.position),
    joined_count: summary && String(summary.joined),
    invited_count: summary && String(summary.invited),
    notification_count: joined ? String(counts?.notify ?? 0) : undefined,
    highlight_count: joined ? String(counts?.highlight ?? 0) : undefined,
    ...membershipOf(relevant),
  });
}

/** Name and picture, where the client does not have them. */
function naming(task: RoomTask, state: TaskState): Record<string, string | undefined> {
  if (task.work.joined) {
    const { facts } = task.relevant;
    if (!task.initial && !state.changes.some((row) => NAMING.includes(row.type))) return {};
    return { name: text(facts?.name), avatar: text(facts?.avatar) };
  }
  const content = (type: string) => {
    const row = state.departed.find((event) => event.type === type && event.stateKey === '');
    return row && (visiblePdu(row).content as JsonObject);
  };
  return { name: text(content('m.room.name')?.['name']), avatar: text(content('m.room.avatar')?.['url']) };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? JSON.stringify(value) : undefined;
}

function heroOf({ userId, displayName, avatarUrl }: HeroRow): JsonObject {
  return {
    user_id: userId,
    ...(displayName === null ? {} : { displayname: displayName }),
    ...(avatarUrl === null ? {} : { avatar_url: avatarUrl }),
  };
}

function membershipOf({ membership, lists }: RelevantRoom): Record<string, string | undefined> {
  return { membership: JSON.stringify(membership), lists: lists.length > 0 ? JSON.stringify(lists) : undefined };
}

/** Rooms that the reader looks at from outside: invites, knocks, and their ends. */
async function outsideResults(
  ctx: Context,
  scope: SyncScope,
  rooms: RelevantRoom[],
  direct: ReadonlySet<string>,
  results: RoomResults,
): Promise<void> {
  const stripped = await strippedStates(
    ctx,
    scope,
    rooms.map(({ room }) => room),
  );
  for (const relevant of rooms) {
    const { roomNid, roomId, position } = relevant.room;
    const events = stripped.get(roomNid) ?? [];
    // When an invite or a knock is over, only that is told: the reader's own member event, which comes last.
    const open = relevant.membership === 'invite' || relevant.membership === 'knock';
    const state = JSON.stringify(open ? events : events.slice(-1));
    results.texts[roomId] = jsonObject({
      initial: 'true',
      is_dm: direct.has(roomId) ? 'true' : undefined,
      // The name in the proposal's first form, which clients read, and the one of its last.
      invite_state: state,
      stripped_state: state,
      bump_stamp: String(position),
      ...membershipOf(relevant),
    });
    results.sent.set(roomNid, {
      sentTo: undefined,
      inside: false,
      timelineLimit: 0,
      required: relevant.config.required,
      members: new Set(),
      receiptsTo: null,
      accountDataTo: null,
    });
  }
}

function touchesMembers(state: TaskState): boolean {
  return state.changes.some((row) => row.type === 'm.room.member');
}

/** What the client has of a room when it has got the answer. */
function sentAfter(task: RoomTask, timeline: Timeline, state: TaskState): SentRoom {
  const { sent } = task;
  const { timelineLimit, required } = task.relevant.config;
  // What was told earlier and has changed in a gap is out of date.
  const members = new Set(sent?.members);
  for (const row of state.changes) if (row.type === 'm.room.member') members.delete(row.stateKey as string);
  for (const userId of state.lazyMembers) members.add(userId);
  return {
    sentTo: undefined,
    inside: true,
    timelineLimit: sent && timeline.whole ? Math.max(timelineLimit, sent.timelineLimit) : timelineLimit,
    required,
    members: members.size > MOST_MEMBERS ? new Set([...members].slice(-MOST_MEMBERS)) : members,
    receiptsTo: sent ? sent.receiptsTo : null,
    accountDataTo: sent ? sent.accountDataTo : null,
  };
}
