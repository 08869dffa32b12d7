import type { RoomWork } from '../sort-rooms.ts';
import { leftSince, membershipAt } from '../sort-rooms.ts';
import type { SyncScope } from '../sync-request.ts';
import type { ConnectionState, SentRoom } from './connection-state.ts';
import type { ListedRoom } from './listed-rooms.ts';
import { RequiredState } from './required-state.ts';
import type { RoomConfig, SlidingRequest } from './sliding-request.ts';

/** A room that the request is about. */
export interface RelevantRoom extends ListedRoom {
  config: RoomConfig;
  /** Names of the lists that it is in the ranges of. */
  lists: string[];
  subscribed: boolean;
}

/** A room that is looked at because the reader is, or was, in it. */
export interface RoomTask {
  relevant: RelevantRoom;
  sent: SentRoom | undefined;
  work: RoomWork;
  /** The client has nothing of it yet. */
  initial: boolean;
  /** More of its past is wanted than was sent. */
  expanded: boolean;
  /** State that was not wanted before is. */
  reconfigured: boolean;
}

/** What is to be done about the rooms of a request. */
export interface RoomTasks {
  inside: RoomTask[];
  /** Invites, knocks and their ends that are new to the client. */
  outside: RelevantRoom[];
  /** Rooms whose end is told; the client has nothing of them any more. */
  gone: number[];
}

/** The rooms that lists and subscriptions name, with what is wanted of them (MSC4186, combining room configs). */
export function relevantRooms(
  request: SlidingRequest,
  rooms: ListedRoom[],
  listsOf: ReadonlyMap<number, string[]>,
): RelevantRoom[] {
  const relevant: RelevantRoom[] = [];
  for (const listed of rooms) {
    const lists = listsOf.get(listed.room.roomNid) ?? [];
    const subscription = request.subscriptions.get(listed.room.roomId);
    const configs: RoomConfig[] = lists.map((name) => request.lists.get(name) as RoomConfig);
    if (subscription) configs.push(subscription);
    if (configs.length === 0) continue;
    relevant.push({ ...listed, config: combine(configs), lists, subscribed: subscription !== undefined });
  }
  return relevant;
}

function combine(configs: RoomConfig[]): RoomConfig {
  const [first] = configs;
  if (configs.length === 1 && first) return first;
  return {
    timelineLimit: Math.max(...configs.map((config) => config.timelineLimit)),
    required: RequiredState.union(configs.map((config) => config.required)),
  };
}

/** Decides what there may be to tell of rooms. `moved`: rooms in which the reader's own receipt has moved. */
export function roomTasks(
  scope: SyncScope,
  state: ConnectionState,
  relevant: RelevantRoom[],
  listed: ListedRoom[],
  moved: ReadonlySet<number>,
): RoomTasks {
  const tasks: RoomTasks = { inside: [], outside: [], gone: [] };
  const since = scope.since.events;
  for (const room of relevant) {
    const { roomNid } = room.room;
    const sent = state.rooms.get(roomNid);
    if (room.membership === 'invite' || room.membership === 'knock') {
      const told = sent && !sent.inside && room.room.position <= (sent.sentTo ?? since);
      if (!told) tasks.outside.push(room);
      continue;
    }
    const task = insideTask(scope, room, sent);
    const news = room.membership === 'join' ? room.activity > task.work.from : task.work.to > task.work.from;
    if (news || task.initial || task.expanded || task.reconfigured || moved.has(roomNid)) tasks.inside.push(task);
  }
  // Rooms that the client has and that are in no list any more have been left, or the invite is over.
  const known = new Set(listed.map(({ room }) => room.roomNid));
  for (const [roomNid, sent] of state.rooms) {
    if (known.has(roomNid)) continue;
    const room = scope.rooms.get(roomNid);
    const membership = room && membershipAt(room, scope.now.events);
    // Ahead of this answer: the next one tells.
    if (room && membership === undefined) continue;
    tasks.gone.push(roomNid);
    if (!room || (membership !== 'leave' && membership !== 'ban') || room.position <= (sent.sentTo ?? since)) continue;
    const config = { timelineLimit: sent.timelineLimit, required: sent.required };
    const relevant = {
      room,
      membership,
      facts: undefined,
      activity: room.position,
      config,
      lists: [],
      subscribed: false,
    };
    if (sent.inside && leftSince(room, sent.sentTo ?? since)) tasks.inside.push(insideTask(scope, relevant, sent));
    else tasks.outside.push(relevant);
  }
  return tasks;
}

function insideTask(scope: SyncScope, relevant: RelevantRoom, sent: SentRoom | undefined): RoomTask {
  const { room, membership, config } = relevant;
  const joined = membership === 'join';
  const initial = !sent?.inside;
  const from = initial ? 0 : (sent.sentTo ?? scope.since.events);
  const present = joined && !initial && (room.joinedAt ?? 0) <= from;
  const to = joined ? scope.now.events : (room.leftAt as number);
  return {
    relevant,
    sent: initial ? undefined : sent,
    work: { room, joined, fresh: initial, whole: initial, present, outside: false, from, to },
    initial,
    expanded: !initial && config.timelineLimit > sent.timelineLimit,
    reconfigured: !initial && config.required.text !== sent.required.text,
  };
}
