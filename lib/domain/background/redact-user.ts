import { z } from 'zod';
import { MatrixError } from '../../spec/errors.ts';
import { getEventsOfSender } from '../../storage/admin/sender-events.ts';
import type { Context } from '../context.ts';
import { findRoom } from '../rooms/room-lookup.ts';
import { type JobHandler, startJob } from './background-job.ts';

export const REDACT_USER = 'redact_all_events';

const schema = z.object({
  userId: z.string(),
  /** The administrator. */
  by: z.string(),
  /** Rooms whose events are redacted. */
  rooms: z.array(z.string()),
  reason: z.string().nullable(),
  /** Most events a room; the newest go. */
  limit: z.number(),
  /** Redact in the administrator's name even where the user is of this server. */
  useAdmin: z.boolean(),
  /** Only what was sent after this time in milliseconds. */
  after: z.number().nullable(),
});

export type UserRedaction = z.output<typeof schema>;

/** Hands the redaction of what a user has sent to the background unit. Returns the job's id. */
export function startUserRedaction(ctx: Context, redaction: UserRedaction): Promise<string> {
  return startJob(ctx, { action: REDACT_USER, resource: redaction.userId, params: redaction });
}

const PAGE = 200;

/** Redacts what a user has sent: in the user's own name, or in the administrator's where the user is of another server. */
export const redactUser: JobHandler = async (ctx, params, control) => {
  const wish = schema.parse(params);
  const failed: Record<string, string> = { ...(control.result['failed'] as Record<string, string> | undefined) };
  const local = wish.userId.endsWith(`:${ctx.serverName}`);
  for (const roomId of wish.rooms) {
    const room = await findRoom(ctx, roomId);
    if (!room) continue;
    const sender = local && !wish.useAdmin ? wish.userId : wish.by;
    let left = wish.limit;
    for (let before = Number.MAX_SAFE_INTEGER; left > 0; ) {
      control.proceed();
      const limit = Math.min(PAGE, left);
      const page = { roomNid: room.roomNid, sender: wish.userId, before, after: wish.after, limit };
      const events = await getEventsOfSender(ctx.db, page);
      for (const { eventId } of events) {
        if (failed[eventId] !== undefined) continue;
        const content = wish.reason === null ? {} : { reason: wish.reason };
        const event = { type: 'm.room.redaction', sender, content, redacts: eventId };
        try {
          await ctx.writers.events.send({ roomId, event });
        } catch (error) {
          if (!(error instanceof MatrixError) || error.status >= 500) throw error;
          failed[eventId] = error.message;
        }
      }
      await control.save({ failed });
      left -= events.length;
      if (events.length < limit) break;
      before = events.at(-1)?.position as number;
    }
  }
};
