import { serverNameOf } from '../../spec/ids.ts';
import { getActivePresence, getPresence, putPresence, type StoredPresence } from '../../storage/presence/presence.ts';
import { Batcher } from '../../streams/batcher.ts';
import type { PresenceWriter } from '../../streams/writers.ts';
import type { Context } from '../context.ts';

/** Without a sync for so long a user is offline. Milliseconds. */
const OFFLINE_AFTER_MS = 30_000;
/** Without a word from its server for so long a user of another server is offline. */
const UNHEARD_OF_MS = 30 * 60_000;
/** Online and without doing anything for so long, a user is unavailable. */
const IDLE_AFTER_MS = 5 * 60_000;
/** Doing something counts as active right now for so long; also how exactly the last activity is told. */
const ACTIVE_FOR_MS = 60_000;
const CHECK_EVERY_MS = 5_000;

type State = Omit<StoredPresence, 'position'>;

/** The presence writer: one per server. What it knows is in memory, the last known state in the database. */
export class LocalPresenceWriter implements PresenceWriter {
  readonly #ctx: Context;
  readonly #states = new Map<string, State>();
  /** As the stream has them; small changes are kept to ourselves for a while. */
  readonly #told = new Map<string, State>();
  readonly #lastSync = new Map<string, number>();
  readonly #batcher: Batcher<State, undefined>;
  readonly #isOwner: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** @param isOwner whether this process holds the lease: one that was paused must not say who has gone meanwhile */
  constructor(ctx: Context, isOwner: () => boolean = () => true) {
    this.#ctx = ctx;
    this.#isOwner = isOwner;
    this.#batcher = new Batcher((states) => this.#commit(states));
  }

  /** Takes up who was online when the writer before ended, and starts looking for who goes. */
  async start(): Promise<void> {
    const now = this.#ctx.clock.now();
    this.#states.clear();
    this.#told.clear();
    this.#lastSync.clear();
    for (const { position: _position, ...state } of await getActivePresence(this.#ctx.db)) {
      this.#states.set(state.userId, state);
      this.#told.set(state.userId, state);
      this.#lastSync.set(state.userId, now);
    }
    this.#timer = setInterval(() => void this.check(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  /** Stops looking and stores what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#batcher.barrier();
  }

  async set({ userId, presence, statusMsg }: Parameters<PresenceWriter['set']>[0]): Promise<void> {
    if (!this.#ctx.config.presence.enabled) return;
    const before = await this.#state(userId);
    const now = this.#ctx.clock.now();
    if (presence !== 'offline') this.#lastSync.set(userId, now);
    const active = presence === 'online' || presence === 'busy';
    await this.#change(before, {
      ...before,
      presence,
      statusMsg: statusMsg === undefined ? before.statusMsg : statusMsg,
      lastActiveTs: active ? now : before.lastActiveTs,
      currentlyActive: active,
    });
  }

  async receive({ states }: Parameters<PresenceWriter['receive']>[0]): Promise<void> {
    if (!this.#ctx.config.presence.enabled) return;
    const now = this.#ctx.clock.now();
    await Promise.all(
      states.map(async (state) => {
        this.#lastSync.set(state.userId, now);
        await this.#change(await this.#state(state.userId), state);
      }),
    );
  }

  async touch({ userId, presence, active }: Parameters<PresenceWriter['touch']>[0]): Promise<void> {
    if (!this.#ctx.config.presence.enabled || presence === 'offline') return;
    if (active) return this.#active(userId);
    const now = this.#ctx.clock.now();
    this.#lastSync.set(userId, now);
    const before = await this.#state(userId);
    // What a user has said of themselves stands until they are gone; syncing only brings them back.
    if (before.presence === 'busy' || before.presence === presence) return;
    if (before.presence === 'unavailable' && presence === 'online') return;
    await this.#change(before, { ...before, presence, lastActiveTs: now, currentlyActive: presence === 'online' });
  }

  /** Doing something brings back who was idle. Who is offline stays so: only following events makes a user online. */
  async #active(userId: string): Promise<void> {
    const before = this.#states.get(userId);
    if (!before || before.presence === 'offline') return;
    const presence = before.presence === 'unavailable' ? 'online' : before.presence;
    await this.#change(before, { ...before, presence, lastActiveTs: this.#ctx.clock.now(), currentlyActive: true });
  }

  async #state(userId: string): Promise<State> {
    const known = this.#states.get(userId);
    if (known) return known;
    const [row] = await getPresence(this.#ctx.db, [userId]);
    const state: State = row
      ? { ...row }
      : { userId, presence: 'offline', statusMsg: null, lastActiveTs: 0, currentlyActive: false };
    const meanwhile = this.#states.get(userId);
    if (meanwhile) return meanwhile;
    this.#states.set(userId, state);
    return state;
  }

  async #change(before: State, after: State): Promise<void> {
    this.#states.set(after.userId, after);
    const told = this.#told.get(after.userId) ?? before;
    const same =
      told.presence === after.presence &&
      told.statusMsg === after.statusMsg &&
      told.currentlyActive === after.currentlyActive &&
      after.lastActiveTs - told.lastActiveTs < ACTIVE_FOR_MS;
    if (same) return;
    this.#told.set(after.userId, after);
    try {
      await this.#batcher.add(after);
    } catch (error) {
      if (this.#told.get(after.userId) === after) this.#told.set(after.userId, told);
      throw error;
    }
  }

  /** Looks who has gone or become idle. Resolves when that is stored. */
  async check(): Promise<void> {
    if (!this.#isOwner()) return;
    const now = this.#ctx.clock.now();
    const changes: Promise<void>[] = [];
    for (const state of this.#states.values()) {
      const isOwn = serverNameOf(state.userId) === this.#ctx.serverName;
      const gone = now - (this.#lastSync.get(state.userId) ?? 0) > (isOwn ? OFFLINE_AFTER_MS : UNHEARD_OF_MS);
      let after: State | undefined;
      if (state.presence === 'offline') {
        if (gone) {
          this.#states.delete(state.userId);
          this.#told.delete(state.userId);
          this.#lastSync.delete(state.userId);
        }
      } else if (gone) after = { ...state, presence: 'offline', currentlyActive: false };
      // Of the rest their own servers tell.
      else if (!isOwn) continue;
      else if (state.presence === 'online' && now - state.lastActiveTs > IDLE_AFTER_MS) {
        after = { ...state, presence: 'unavailable', currentlyActive: false };
      } else if (state.currentlyActive && now - state.lastActiveTs > ACTIVE_FOR_MS)
        after = { ...state, currentlyActive: false };
      if (after) changes.push(this.#change(state, after));
    }
    await Promise.all(changes).catch((error) => this.#ctx.log.warn({ err: error }, 'presence could not be stored'));
  }

  async #commit(states: State[]): Promise<undefined[]> {
    const kept = [...new Map(states.map((state) => [state.userId, state])).values()];
    const end = await putPresence(this.#ctx.db, kept);
    const from = end - kept.length;
    const rows = kept.map((state, i) => ({ ...state, position: from + i + 1 }));
    void this.#ctx.bus.publish({ stream: 'presence', from, to: end, rows });
    return states.map(() => undefined);
  }
}
