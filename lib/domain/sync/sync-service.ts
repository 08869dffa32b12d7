import { setTimeout as sleep } from 'node:timers/promises';
import { invalidParam, MatrixError } from '../../spec/errors.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getStreamPositions } from '../../storage/streams/positions.ts';
import { ChangeIndex } from '../../streams/change-index.ts';
import type { PresenceRow, ReceiptRow, StreamName, TypingRow } from '../../streams/stream.ts';
import { formatSyncToken, type SyncToken, ZERO_TOKEN } from '../../streams/sync-token.ts';
import { readIgnoredUsers } from '../account-data/ignored-users.ts';
import type { Context } from '../context.ts';
import { jsonObject } from '../events/json-parts.ts';
import { ToDeviceAcks } from '../to-device/to-device-acks.ts';
import { newAccountData } from './account-data-section.ts';
import { indexesAt, NOWHERE } from './change-indexes.ts';
import { DeviceKeyCounts } from './device-key-counts.ts';
import { followStreams } from './follow-streams.ts';
import { Lane } from './lane.ts';
import { LazyMembers } from './lazy-members.ts';
import { RecentByRoom } from './recent-by-room.ts';
import { RecentRows } from './recent-rows.ts';
import { roomsSection } from './rooms-section.ts';
import { SlidingConnections } from './sliding/connections.ts';
import { RoomFactsKeeper } from './sliding/room-facts.ts';
import type { SyncRequest, SyncScope } from './sync-request.ts';
import { SyncResponses } from './sync-responses.ts';
import { UnreadCounter } from './unread-counter.ts';
import { UserRooms } from './user-rooms.ts';
import { userSections } from './user-sections.ts';
import { Waiters } from './waiters.ts';

/**
 * How many initial syncs are computed at the same time, so that they cannot slow the others down. Two take longer for both
 * than one after the other, and double what everybody else waits (`npm run bench -- initial-syncs`).
 */
const INITIAL_SYNCS = 1;
/** How often a sync asks the database in a process that follows nothing. */
const POLL_MS = 500;
/** How long a token may be ahead of what this process has read. */
const REACH_MS = 5_000;
const MOST_PRESENCE = 5_000;
/**
 * News that come sooner after the request than this wait for more: whoever asks again at once has just been answered, and
 * one answer with two messages costs half of two.
 */
const GATHER_MS = 20;

/** The parts of a token that are kept in the database and never go back, with the streams that they are of. */
const DURABLE: [keyof SyncToken, StreamName][] = [
  ['events', 'events'],
  ['receipts', 'receipts'],
  ['accountData', 'account_data'],
  ['toDevice', 'to_device'],
  ['deviceLists', 'device_lists'],
  ['presence', 'presence'],
  ['pushRules', 'push_rules'],
];

/**
 * Serves `/sync`: follows all streams, keeps recent timelines, wakes exactly the users concerned (design.md §5). Any
 * instance can serve any token; what it keeps only saves queries.
 */
export class SyncService {
  readonly timelines = new RecentByRoom<EventRow>();
  readonly receipts = new RecentByRoom<ReceiptRow>();
  /** Recent changes of presence; absent where the stream isn't followed. */
  presence: RecentRows<PresenceRow> | undefined;
  readonly lazyMembers = new LazyMembers();
  readonly waiters = new Waiters();
  readonly responses: SyncResponses;
  readonly keyCounts: DeviceKeyCounts;
  /** What the devices have acknowledged of their to-device messages. */
  readonly toDeviceAcks = new ToDeviceAcks();
  readonly userRooms: UserRooms;
  readonly unread: UnreadCounter;
  /** What sliding sync lists rooms by. */
  readonly roomFacts: RoomFactsKeeper;
  /** What sliding sync has sent. */
  readonly connections: SlidingConnections;
  /** Who types where, as last heard. */
  readonly typing = new Map<number, TypingRow>();
  changes = indexesAt(NOWHERE);
  /** Events that others relate to, by event id. */
  related = new ChangeIndex<string>(Number.POSITIVE_INFINITY);
  readonly #ctx: Context;
  readonly #initialSyncs = new Lane(INITIAL_SYNCS);
  readonly #wakes: { inc(): void };
  readonly #stop: (() => void)[] = [];

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.userRooms = new UserRooms(ctx.db);
    this.unread = new UnreadCounter(ctx.db, this.timelines);
    this.responses = new SyncResponses(ctx.config.syncResponseCacheMs);
    this.keyCounts = new DeviceKeyCounts(ctx.db);
    this.roomFacts = new RoomFactsKeeper(ctx.db);
    this.connections = new SlidingConnections(ctx);
    const help = 'Long polls woken by news';
    this.#wakes = ctx.metrics.backend.counter({ name: 'myelin_sync_wakes_total', help });
  }

  /** Whether this process follows the streams, so that what it keeps is current. */
  get follows(): boolean {
    return this.#stop.length > 0;
  }

  /** Starts to follow the streams; the context's hub must follow them already. */
  start(): void {
    const position = this.position();
    this.userRooms.keep = true;
    this.unread.keep = true;
    this.keyCounts.keep = true;
    this.roomFacts.keep = true;
    this.changes = indexesAt(position);
    this.related = new ChangeIndex(position.events);
    this.presence = new RecentRows(position.presence, MOST_PRESENCE);
    this.#stop.push(...followStreams(this.#ctx, this));
  }

  /** Ends following. */
  stop(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  /** Drops what is kept of a room whose events were purged. */
  forgetRoom(roomNid: number): void {
    this.timelines.forget(roomNid);
    this.receipts.forget(roomNid);
    this.typing.delete(roomNid);
    this.unread.clear();
    this.roomFacts.clear();
  }

  /** How far this process has read every stream. */
  position(): SyncToken {
    const { streams } = this.#ctx;
    return tokenOf((stream) => streams.position(stream));
  }

  /** Where a reader is who has just been told everything that was committed when this was called. */
  async now(): Promise<SyncToken> {
    if (!this.follows) return databaseToken(this.#ctx.db);
    await this.#ctx.streams.barrier();
    return this.position();
  }

  /**
   * Answers `/sync` as JSON text; waits for news up to the request's timeout.
   * @throws MatrixError 400 M_INVALID_PARAM for a `since` that this server can't have given, 503 when this process can't
   *   read the streams.
   */
  async sync(request: SyncRequest): Promise<string> {
    const compute = (at?: SyncToken) => this.#compute(request, at);
    const lane = request.since ? undefined : this.#initialSyncs;
    return (await this.poll({ ...request, atOnce: request.fullState, newsOnly: true, lane }, compute)).text;
  }

  /**
   * Computes an answer, again and again until it says something or the time is over; the first one when there is no
   * `since`.
   * @param compute makes an answer that leads to a token (absent: as far as this process has read) and says whether it is
   *   empty.
   * @throws MatrixError 400 M_INVALID_PARAM for a `since` that this server can't have given, 503 when this process can't
   *   read the streams.
   */
  async poll<Answer extends { empty: boolean }>(
    request: PollRequest,
    compute: (at?: SyncToken) => Promise<Answer>,
  ): Promise<Answer> {
    if (!this.follows) return this.#fromDatabase(request, compute);
    // What was acknowledged by any process is in the answer.
    await this.#ctx.streams.barrier();
    if (!request.since) return request.lane ? request.lane.run(() => compute()) : compute();
    await this.#reach(request.since);
    const asked = performance.now();
    const deadline = asked + request.timeoutMs;
    for (;;) {
      const { rooms } = await this.userRooms.follow(request.userId);
      // Registered before the answer is computed: what comes meanwhile is not missed.
      const alarm = new Alarm(request.signal);
      const joined: number[] = [];
      for (const room of rooms.values()) if (room.membership === 'join') joined.push(room.roomNid);
      const remove = this.waiters.add({ userId: request.userId, rooms: joined, wake: () => alarm.ring() });
      try {
        const left = () => deadline - performance.now();
        // Most long polls begin where everything has been seen.
        if (!request.newsOnly || request.atOnce || left() <= 0 || !isSame(request.since, this.position())) {
          const answer = await compute();
          if (!answer.empty || request.atOnce || left() <= 0) return answer;
        }
        const news = !request.signal.aborted && (await alarm.wait(Math.max(left(), 0)));
        // The token goes on although there is nothing to say.
        if (!news) return await compute();
        const soon = Math.min(asked + GATHER_MS, deadline) - performance.now();
        if (soon > 0) await sleep(soon);
      } finally {
        remove();
      }
      this.#wakes.inc();
    }
  }

  /** A sync in a process that follows nothing, such as a Lambda: asks the database again and again. */
  async #fromDatabase<Answer extends { empty: boolean }>(
    request: PollRequest,
    compute: (at?: SyncToken) => Promise<Answer>,
  ): Promise<Answer> {
    const deadline = performance.now() + request.timeoutMs;
    for (let before = ''; ; await sleep(POLL_MS)) {
      const now = await databaseToken(this.#ctx.db);
      if (request.since && !isReached(request.since, now)) throw unknownToken();
      if (request.since) now.typing = request.since.typing;
      const over = performance.now() + POLL_MS > deadline || request.signal.aborted;
      if (formatSyncToken(now) === before && !over) continue;
      before = formatSyncToken(now);
      const answer = await compute(now);
      if (!answer.empty || !request.since || request.atOnce || over) return answer;
    }
  }

  /** What one computation of an answer is about. `at`: where it leads; absent: as far as this process has read. */
  async scope(request: SyncRequest, at?: SyncToken): Promise<SyncScope> {
    const { userId, deviceId, since } = request;
    const ignored = await readIgnoredUsers(this.#ctx, userId);
    const own = await this.userRooms.follow(userId);
    // The position and the rooms belong together: nothing may be awaited between them.
    return {
      request,
      since: since ?? ZERO_TOKEN,
      now: at ?? this.position(),
      rooms: own.rooms,
      ignored,
      viewer: { userId, deviceId, now: this.#ctx.clock.now() },
    };
  }

  async #compute(request: SyncRequest, at?: SyncToken): Promise<{ text: string; empty: boolean }> {
    const ctx = this.#ctx;
    const { since } = request;
    const scope = await this.scope(request, at);
    const { now } = scope;
    const accountData = await newAccountData(ctx, scope);
    const rooms = await roomsSection(ctx, scope, accountData);
    const user = await userSections(ctx, scope, rooms, accountData.global);
    const origin = since ? since.origin : now.events;
    const text = jsonObject({
      next_batch: `"${formatSyncToken({ ...now, toDevice: user.toDevicePosition, origin })}"`,
      rooms: rooms.text,
      ...user.members,
    });
    return { text, empty: rooms.text === undefined && user.empty };
  }

  /** A token may come from an instance that is ahead of this one. */
  async #reach(token: SyncToken): Promise<void> {
    const { streams, db } = this.#ctx;
    if (isReached(token, this.position())) return;
    // Only a token of this server is worth waiting for.
    if (!isReached(token, await databaseToken(db))) throw unknownToken();
    const reached = await Promise.all(
      DURABLE.map(([name, stream]) => streams.waitFor(stream, token[name] as number, REACH_MS)),
    );
    if (reached.includes(false)) throw new MatrixError(503, 'M_UNKNOWN', 'This server is behind; try again.');
  }
}

/** A request that may wait for news. */
export interface PollRequest {
  userId: string;
  /** Where the reader is; absent for somebody who begins, and is answered at once. */
  since: SyncToken | undefined;
  /** How long to wait for news, in milliseconds. */
  timeoutMs: number;
  /** An empty answer is given without waiting. */
  atOnce: boolean;
  /** What the answer says depends on what has happened since, and on nothing else in the request. */
  newsOnly?: boolean;
  /** Where beginners wait their turn. */
  lane?: Lane | undefined;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** Lets one request wait for news, the end of its time or of its client. */
class Alarm {
  #ring: (news: boolean) => void = () => {};
  readonly #rung: Promise<boolean>;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#rung = new Promise((resolve) => {
      this.#ring = resolve;
    });
  }

  ring(): void {
    this.#ring(true);
  }

  /** False when the time is over. */
  async wait(ms: number): Promise<boolean> {
    const timer = setTimeout(() => this.#ring(false), ms);
    const abort = () => this.#ring(false);
    this.#signal.addEventListener('abort', abort, { once: true });
    try {
      return await this.#rung;
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', abort);
    }
  }
}

function tokenOf(position: (stream: StreamName) => number): SyncToken {
  const token: SyncToken = { ...ZERO_TOKEN, typing: position('typing') };
  for (const [name, stream] of DURABLE) token[name] = position(stream);
  return token;
}

async function databaseToken(db: Context['db']): Promise<SyncToken> {
  const positions = await getStreamPositions(db);
  return tokenOf((stream) => positions.get(stream) ?? 0);
}

function isReached(token: SyncToken, by: SyncToken): boolean {
  return DURABLE.every(([name]) => (token[name] as number) <= (by[name] as number));
}

function isSame(token: SyncToken, other: SyncToken): boolean {
  return token.typing === other.typing && DURABLE.every(([name]) => token[name] === other[name]);
}

function unknownToken(): MatrixError {
  return invalidParam('since is not a token that this server has given.');
}
