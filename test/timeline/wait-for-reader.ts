import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../lib/domain/context.ts';
import { getReaderPosition } from '../../lib/storage/timeline/event-readers.ts';

/** Waits until a reader has taken in everything that has happened so far. */
export async function waitForReader(ctx: Context, reader: string): Promise<void> {
  const [{ position } = { position: 0 }] = await ctx.db.query<{ position: number }>(
    `SELECT position FROM stream_positions WHERE stream = 'events'`,
  );
  for (let i = 0; i < 500; i++) {
    if ((await getReaderPosition(ctx.db, reader)) >= position) return;
    await sleep(10);
  }
  throw new Error(`the reader ${reader} does not come to ${position}`);
}
