import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getStreamPositions } from '../../storage/streams/positions.ts';
import { EVERYTHING } from '../../streams/caches-stream.ts';
import { ChangeIndex } from '../../streams/change-index.ts';
import type { TypingRow } from '../../streams/stream.ts';
import { formatSyncToken, type SyncToken, ZERO_TOKEN } from '../../streams/sync-token.ts';
import { readIgnoredUsers } from '../account-data/ignored-users.ts';
import { SESSIONS } from '../accounts/token-cache.ts';
import type { Context } from '../context.ts';
import { ANY_USER, changeKeys } from '../e2ee/device-list-changes.ts';
import { jsonObject } from '../events/json-parts.ts';
import { relationOf } from '../rooms/relations.ts';
import { ToDeviceAcks } from '../to-device/to-device-acks.ts';
import { EVERY_ROOM } from '../typing/typing-writer.ts';
import { DeviceKeyCounts, KEY_COUNTS } from './device-key-counts.ts';
import { LazyMembers } from './lazy-members.ts';
import { RoomTimelines } from './room-timelines.ts';
import { roomsSection } from './rooms-section.ts';
import type { SyncRequest, SyncScope } from './sync-request.ts';
import { SyncResponses } from './sync-responses.ts';
import { UserRooms } from './user-rooms.ts';
import { userSections } from './user-sections.ts';
import { Waiters } from './waiters.ts';

/** Kinds of `caches` rows that put key counts out of date: devices go with their sessions. */
const KEY_COUNT_KINDS = new Set([KEY_COUNTS, SESSIONS, EVERYTHING]);

/** What has changed where, so that a sync without news costs no query. */
export interface ChangeIndexes {
  rooms: ChangeIndex<number>;
  receipts: ChangeIndex<number>;
  accountData: ChangeIndex<string>;
  toDevice: ChangeIndex<string>;
  deviceLists: ChangeIndex<string>;
  presence: ChangeIndex<string>;
  pushRules: ChangeIndex<string>;
  /** Rooms whose members changed, in the events stream. */
  members: ChangeIndex<number>;
}

/**
 * Serves `/sync`: follows all streams, keeps recent timelines, wakes exactly the users concerned (design.md §5). Any
 * instance can serve any token; what it keeps only saves queries.
 */
export class SyncService {
  readonly timelines = new RoomTimelines();
  readonly lazyMembers = new LazyMembers();
  readonly waiters = new Waiters();
  readonly responses: SyncResponses;
  readonly keyCounts: DeviceKeyCounts;
  /** What the devices have acknowledged of their to-device messages. */
  readonly toDeviceAcks = new ToDeviceAcks();
  readonly userRooms: UserRooms;
  /** Who types where, as last heard. */
  readonly typing = new Map<number, TypingRow>();
  changes: ChangeIndexes;
  /** Events that others relate to, by event id. */
  related = new ChangeIndex<string>(Number.POSITIVE_INFINITY);
  readonly #ctx: Context;
  readonly #stop: (() => void)[] = [];

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.userRooms = new UserRooms(ctx.db);
    this.responses = new SyncResponses(ctx.config.syncResponseCacheMs);
    this.keyCounts = new DeviceKeyCounts(ctx.db);
    this.changes = indexesAt(NOWHERE);
  }

  /** Whether this process follows the streams, so that what it keeps is current. */
  get follows(): boolean {
    return this.#stop.length > 0;
  }

  /** Starts to follow the streams; the context's hub must follow them already. */
  start(): void {
    const { streams } = this.#ctx;
    this.userRooms.keep = true;
    this.keyCounts.keep = true;
    this.changes = indexesAt(this.position());
    this.related = new ChangeIndex(this.position().events);
    const { rooms, receipts, accountData, toDevice, deviceLists, presence, pushRules } = this.changes;
    this.#stop.push(
      streams.on('events', (rows) => {
        for (const row of rows) this.#noteEvent(row, rooms);
      }),
      streams.on('receipts', (rows) => {
        for (const row of rows) {
          receipts.note(row.roomNid, row.position);
          // A private receipt concerns nobody else, but its reader's counts change.
          if (row.receiptType === 'm.read.private') this.waiters.user(row.userId);
          else this.waiters.room(row.roomNid);
        }
      }),
      streams.on('account_data', (rows) => {
        for (const row of rows) {
          accountData.note(row.userId, row.position);
          this.waiters.user(row.userId);
        }
      }),
      streams.on('push_rules', (rows) => {
        for (const row of rows) {
          pushRules.note(row.userId, row.position);
          this.waiters.user(row.userId);
        }
      }),
      streams.on('to_device', (rows) => {
        for (const row of rows) {
          toDevice.note(`${row.userId} ${row.deviceId}`, row.position);
          this.waiters.user(row.userId);
        }
      }),
      streams.on('device_lists', (rows) => {
        for (const row of rows) {
          for (const key of changeKeys(row)) deviceLists.note(key, row.position);
          this.waiters.user(row.seenBy ?? row.userId);
          for (const roomNid of row.roomNids) this.waiters.room(roomNid);
        }
      }),
      streams.on('presence', (rows) => {
        for (const row of rows) {
          presence.note(ANY_USER, row.position);
          void this.#wakePeers(row.userId);
        }
      }),
      streams.on('caches', (rows) => {
        for (const row of rows) if (KEY_COUNT_KINDS.has(row.kind)) this.keyCounts.forget(row.key);
      }),
      streams.on('typing', (rows) => {
        for (const row of rows) {
          if (row.roomNid === EVERY_ROOM) this.#nobodyTypes(row);
          else this.typing.set(row.roomNid, row);
          this.waiters.room(row.roomNid);
        }
      }),
    );
  }

  /** Ends following. */
  stop(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  /** How far this process has read every stream. */
  position(): SyncToken {
    const { streams } = this.#ctx;
    return {
      events: streams.position('events'),
      receipts: streams.position('receipts'),
      accountData: streams.position('account_data'),
      toDevice: streams.position('to_device'),
      deviceLists: streams.position('device_lists'),
      presence: streams.position('presence'),
      typing: streams.position('typing'),
      pushRules: streams.position('push_rules'),
    };
  }

  /** Where a reader is who has just been told everything that was committed when this was called. */
  async now(): Promise<SyncToken> {
    if (!this.follows) return databaseToken(this.#ctx.db);
    await this.#ctx.streams.barrier();
    return this.position();
  }

  /** Answers `/sync` as JSON text; waits for news up to the request's timeout. */
  async sync(request: SyncRequest): Promise<string> {
    const ctx = this.#ctx;
    if (!this.follows) return this.#fromDatabase(request);
    // What was acknowledged by any process is in the answer.
    await ctx.streams.barrier();
    if (request.since) await this.#reach(request.since);
    const deadline = performance.now() + request.timeoutMs;
    for (;;) {
      // Registered before the answer is computed: what comes meanwhile is not missed.
      const joined = [...(await this.userRooms.of(request.userId)).values()].filter((r) => r.membership === 'join');
      let wake = () => {};
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const remove = this.waiters.add({ userId: request.userId, rooms: joined.map((r) => r.roomNid), wake });
      try {
        const now = this.position();
        const { text, empty } = await this.#compute(request, now);
        const left = deadline - performance.now();
        if (!empty || !request.since || request.fullState || left <= 0 || request.signal.aborted) return text;
        let timer: NodeJS.Timeout | undefined;
        const abort = () => wake();
        request.signal.addEventListener('abort', abort, { once: true });
        let news = true;
        await Promise.race([
          woken,
          new Promise<void>((resolve) => {
            timer = setTimeout(() => {
              news = false;
              resolve();
            }, left);
          }),
        ]);
        clearTimeout(timer);
        request.signal.removeEventListener('abort', abort);
        if (!news) return (await this.#compute(request, this.position())).text;
        if (request.signal.aborted) return text;
      } finally {
        remove();
      }
      ctx.metrics.backend.counter({ name: 'myelin_sync_wakes_total', help: 'Long polls woken by news' }).inc();
    }
  }

  /** A sync in a process that follows nothing, such as a Lambda: asks the database again and again. */
  async #fromDatabase(request: SyncRequest): Promise<string> {
    const deadline = performance.now() + request.timeoutMs;
    for (let before = ''; ; await sleep(POLL_MS)) {
      const now = await databaseToken(this.#ctx.db);
      if (request.since) now.typing = request.since.typing;
      const over = performance.now() + POLL_MS > deadline || request.signal.aborted;
      if (formatSyncToken(now) === before && !over) continue;
      before = formatSyncToken(now);
      const { text, empty } = await this.#compute(request, now);
      if (!empty || !request.since || request.fullState || over) return text;
    }
  }

  async #compute(request: SyncRequest, now: SyncToken): Promise<{ text: string; empty: boolean }> {
    const scope: SyncScope = {
      request,
      since: request.since ?? ZERO_TOKEN,
      now,
      time: this.#ctx.clock.now(),
      ignored: await readIgnoredUsers(this.#ctx, request.userId),
    };
    const rooms = await roomsSection(this.#ctx, scope);
    const user = await userSections(this.#ctx, scope, rooms);
    const next: SyncToken = { ...now, toDevice: user.toDevicePosition };
    const text = jsonObject({
      next_batch: JSON.stringify(formatSyncToken(next)),
      rooms: rooms.text,
      ...user.members,
    });
    return { text, empty: rooms.text === undefined && user.empty };
  }

  /** A token may come from an instance that is ahead of this one. */
  async #reach(token: SyncToken): Promise<void> {
    const { streams } = this.#ctx;
    await Promise.all([
      streams.waitFor('events', token.events),
      streams.waitFor('receipts', token.receipts),
      streams.waitFor('account_data', token.accountData),
      streams.waitFor('to_device', token.toDevice),
      streams.waitFor('device_lists', token.deviceLists),
      streams.waitFor('push_rules', token.pushRules),
    ]);
  }

  #noteEvent(row: EventRow, rooms: ChangeIndex<number>): void {
    const position = row.position as number;
    rooms.note(row.roomNid, position);
    this.timelines.note(row);
    if (row.json.includes('"m.relates_to"')) {
      const relation = relationOf((JSON.parse(row.json) as { content: JsonObject }).content);
      if (relation) this.related.note(relation.relatesTo, position);
    }
    // The redacted event may be among the rows that are kept.
    if (row.type === 'm.room.redaction') this.timelines.forget(row.roomNid);
    if (row.type === 'm.room.member' && row.stateKey !== null) {
      this.userRooms.note(row);
      this.changes.members.note(row.roomNid, position);
      this.waiters.user(row.stateKey);
    }
    this.waiters.room(row.roomNid);
  }

  /** The typing writer has a new owner, who knows of nobody. */
  #nobodyTypes({ position }: TypingRow): void {
    for (const [roomNid, row] of this.typing) {
      if (row.userIds.length === 0 || row.position >= position) continue;
      this.typing.set(roomNid, { ...row, position, userIds: [] });
      this.waiters.room(roomNid);
    }
  }

  async #wakePeers(userId: string): Promise<void> {
    this.waiters.user(userId);
    for (const room of (await this.userRooms.of(userId)).values()) {
      if (room.membership === 'join') this.waiters.room(room.roomNid);
    }
  }
}

/** Indexes from here on know of no change, and so exclude none. */
const NOWHERE = Object.fromEntries(
  Object.keys(ZERO_TOKEN).map((name) => [name, Number.POSITIVE_INFINITY]),
) as unknown as SyncToken;

/** How often a sync asks the database in a process that follows nothing. */
const POLL_MS = 500;

async function databaseToken(db: Context['db']): Promise<SyncToken> {
  const positions = await getStreamPositions(db);
  const of = (stream: string) => positions.get(stream) ?? 0;
  return {
    events: of('events'),
    receipts: of('receipts'),
    accountData: of('account_data'),
    toDevice: of('to_device'),
    deviceLists: of('device_lists'),
    presence: of('presence'),
    typing: of('typing'),
    pushRules: of('push_rules'),
  };
}

function indexesAt(token: SyncToken): ChangeIndexes {
  return {
    rooms: new ChangeIndex(token.events),
    receipts: new ChangeIndex(token.receipts),
    accountData: new ChangeIndex(token.accountData),
    toDevice: new ChangeIndex(token.toDevice),
    deviceLists: new ChangeIndex(token.deviceLists),
    presence: new ChangeIndex(token.presence),
    pushRules: new ChangeIndex(token.pushRules),
    members: new ChangeIndex(token.events),
  };
}
