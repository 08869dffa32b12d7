import type { Pdu } from '../../spec/events.ts';
import type { JsonObject } from '../../spec/json.ts';
import { redactEvent } from '../../spec/redaction.ts';
import { getRoomVersion } from '../../spec/room-versions.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { expireEvent, insertExpiries, takeDueExpiries } from '../../storage/events/expiries.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { PURGED_HISTORY } from '../rooms/room-facts-cache.ts';
import { runEventReader } from './event-reader.ts';

const MARK = 'org.matrix.self_destruct_after';
const LOOK_MS = 500;
const AT_ONCE = 100;

/**
 * Lets messages expire that carry a time to (MSC2228): their content is deleted here, as a redaction would, whoever sent
 * them. The job `expire-events` of the background unit; returns the function that ends it.
 */
export function startEventExpiry(ctx: Context): () => Promise<void> {
  if (!ctx.config.enableEphemeralMessages) return async () => {};
  const stopReader = runEventReader(ctx, {
    name: 'event-expiries',
    concerns: (row) => row.stateKey === null && row.json.includes(MARK) && expiryOf(row) !== undefined,
    async take(q, rows) {
      await insertExpiries(
        q,
        rows.map(({ eventNid, roomNid, eventId, ...row }) => ({
          eventNid,
          roomNid,
          eventId,
          expiryTs: expiryOf(row) as number,
        })),
      );
    },
  });
  let looking: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    looking ??= expireDue(ctx)
      .catch((error) => ctx.log.warn({ err: error }, 'messages could not expire'))
      .finally(() => {
        looking = undefined;
      });
  }, LOOK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await Promise.all([stopReader(), looking]);
  };
}

function expiryOf(row: Pick<EventRow, 'json'>): number | undefined {
  const after = (JSON.parse(row.json) as { content?: JsonObject }).content?.[MARK];
  return Number.isSafeInteger(after) && (after as number) > 0 ? (after as number) : undefined;
}

async function expireDue(ctx: Context): Promise<void> {
  for (;;) {
    const expired = await ctx.db.tx(async (tx) => {
      const rows = await getEventsByNid(tx, await takeDueExpiries(tx, ctx.clock.now(), AT_ONCE));
      for (const row of rows) {
        const version = getRoomVersion(row.roomVersion);
        if (version)
          await expireEvent(tx, row.eventNid, JSON.stringify(redactEvent(JSON.parse(row.json) as Pdu, version)));
      }
      const rooms = [...new Set(rows.map((row) => String(row.roomNid)))];
      return { count: rows.length, changes: rooms.length > 0 ? await noteCacheChanges(tx, PURGED_HISTORY, rooms) : [] };
    });
    await publishCacheChanges(ctx, expired.changes);
    if (expired.count < AT_ONCE) return;
  }
}
