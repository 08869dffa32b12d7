import { MatrixError, notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { StoredPushRule } from '../../spec/push-rules/index.ts';
import {
  type AccountDataWrite,
  getAccountData,
  putAccountData,
  THREAD_SUBSCRIPTION,
} from '../../storage/account-data/account-data.ts';
import { putPushRules } from '../../storage/push/push-rules.ts';
import { putThreadSubscription } from '../../storage/threads/thread-subscriptions.ts';
import { Batcher } from '../../streams/batcher.ts';
import type { AccountDataWriter } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { findRoom } from '../rooms/room-lookup.ts';

/** The account-data writer: one per server, so that a tag is added to the tags that are there. */
export class LocalAccountDataWriter implements AccountDataWriter {
  readonly #ctx: Context;
  readonly #batcher: Batcher<AccountDataWrite & { roomId: string | null }, number>;
  #tags: Promise<unknown> = Promise.resolve();

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#batcher = new Batcher((writes) => this.#commit(writes));
  }

  async set(command: Parameters<AccountDataWriter['set']>[0]): Promise<{ position: number }> {
    const json = command.content === null ? null : JSON.stringify(command.content);
    const roomNid = await this.#roomNid(command.roomId);
    return {
      position: await this.#batcher.add({
        userId: command.userId,
        roomNid,
        roomId: command.roomId,
        type: command.type,
        json,
      }),
    };
  }

  async setTag(command: Parameters<AccountDataWriter['setTag']>[0]): Promise<{ position: number }> {
    const roomNid = await this.#roomNid(command.roomId);
    const change = this.#tags.then(async () => {
      const stored = await getAccountData(this.#ctx.db, command.userId, roomNid, 'm.tag');
      const tags = ((stored ? JSON.parse(stored) : {}) as { tags?: JsonObject }).tags ?? {};
      const { [command.tag]: _old, ...others } = tags;
      const next = command.content === null ? others : { ...others, [command.tag]: command.content };
      return this.set({ userId: command.userId, roomId: command.roomId, type: 'm.tag', content: { tags: next } });
    });
    // The next change waits for this one, whether it succeeds or not.
    this.#tags = change.catch(() => {});
    return change;
  }

  async setPushRules(command: Parameters<AccountDataWriter['setPushRules']>[0]): Promise<{ position: number }> {
    const { userId, changes, version } = command;
    const position = await putPushRules(this.#ctx.db, userId, changes as StoredPushRule[], version);
    if (position === null) throw new MatrixError(409, 'M_UNKNOWN', 'The push rules were changed at the same time.');
    void this.#ctx.bus.publish({
      stream: 'push_rules',
      from: position - 1,
      to: position,
      rows: [{ position, userId }],
    });
    return { position };
  }

  async setThreadSubscription(
    command: Parameters<AccountDataWriter['setThreadSubscription']>[0],
  ): Promise<{ position: number | null }> {
    const { roomId, ...change } = command;
    const roomNid = await this.#roomNid(roomId);
    const position = await putThreadSubscription(this.#ctx.db, { ...change, roomNid });
    if (position === null) return { position };
    const row = { position, userId: command.userId, roomNid, roomId, type: THREAD_SUBSCRIPTION, json: null };
    void this.#ctx.bus.publish({ stream: 'account_data', from: position - 1, to: position, rows: [row] });
    return { position };
  }

  /** Resolves when everything taken so far is stored. */
  async drain(): Promise<void> {
    await this.#tags;
    await this.#batcher.barrier();
  }

  async #roomNid(roomId: string | null): Promise<number> {
    if (roomId === null) return 0;
    const room = await findRoom(this.#ctx, roomId);
    if (!room) throw notFound('The room is not known to this server.');
    return room.roomNid;
  }

  async #commit(writes: (AccountDataWrite & { roomId: string | null })[]): Promise<number[]> {
    const last = new Map(writes.map((w) => [`${w.userId}\0${w.roomNid}\0${w.type}`, w]));
    const kept = [...last.values()];
    const end = await putAccountData(this.#ctx.db, kept);
    const from = end - kept.length;
    const rows = kept.map((w, i) => ({ ...w, roomNid: w.roomNid === 0 ? null : w.roomNid, position: from + i + 1 }));
    void this.#ctx.bus.publish({ stream: 'account_data', from, to: end, rows });
    return writes.map(() => end);
  }
}
