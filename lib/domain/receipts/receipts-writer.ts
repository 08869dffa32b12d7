import { notFound } from '../../spec/errors.ts';
import { putReceipts, type ReceiptWrite } from '../../storage/receipts/receipts.ts';
import { Batcher } from '../../streams/batcher.ts';
import type { ReceiptsWriter } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { findRoom } from '../rooms/room-lookup.ts';

/** The receipts writer, with group commit. */
export class LocalReceiptsWriter implements ReceiptsWriter {
  readonly #ctx: Context;
  readonly #batcher: Batcher<ReceiptWrite, number | null>;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#batcher = new Batcher((writes) => this.#commit(writes));
  }

  async set(command: Parameters<ReceiptsWriter['set']>[0]): Promise<{ position: number | null }> {
    const room = await findRoom(this.#ctx, command.roomId);
    if (!room) throw notFound('The room is not known to this server.');
    const { userId, receiptType, eventId, threadId, ts } = command;
    return { position: await this.#batcher.add({ roomNid: room.roomNid, userId, receiptType, eventId, threadId, ts }) };
  }

  /** Resolves when everything taken so far is stored. */
  async drain(): Promise<void> {
    await this.#batcher.barrier();
  }

  async #commit(writes: ReceiptWrite[]): Promise<(number | null)[]> {
    const keyOf = (w: { roomNid: number; userId: string; receiptType: string; threadId: string | null }) =>
      `${w.roomNid}\0${w.userId}\0${w.receiptType}\0${w.threadId ?? ''}`;
    const kept = [...new Map(writes.map((w) => [keyOf(w), w])).values()];
    const { rows, position } = await putReceipts(this.#ctx.db, kept);
    if (rows.length > 0) {
      void this.#ctx.bus.publish({ stream: 'receipts', from: position - rows.length, to: position, rows });
    }
    const stored = new Map(rows.map((row) => [keyOf(row), row.position]));
    return writes.map((w) => stored.get(keyOf(w)) ?? null);
  }
}
