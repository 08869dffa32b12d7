import { notFound } from '../../spec/errors.ts';
import { insertReport, type ReportKind, type ReportRow } from '../../storage/admin/reports.ts';
import { getEvent } from '../../storage/events/read-events.ts';
import type { Context } from '../context.ts';
import { findRoom, membershipOf } from '../rooms/room-lookup.ts';

type Report = Pick<ReportRow, 'reporter'> & Partial<ReportRow>;

/** Stores what a user reports. A database cannot hold U+0000, so it goes. */
export async function report(ctx: Context, kind: ReportKind, given: Report): Promise<void> {
  await insertReport(ctx.db, kind, {
    receivedTs: ctx.clock.now(),
    roomId: null,
    eventId: null,
    targetUser: null,
    score: null,
    eventJson: null,
    ...given,
    reason: given.reason?.replaceAll('\0', '').toWellFormed() ?? null,
  });
}

/**
 * Reports an event of a room that the user is in.
 * @throws MatrixError 404 M_NOT_FOUND for an event that the user cannot know of.
 */
export async function reportEvent(
  ctx: Context,
  given: { reporter: string; roomId: string; eventId: string; reason: string | null; score: number | null },
): Promise<void> {
  const unknownEvent = notFound('There is no such event in a room that you are in.');
  const room = await findRoom(ctx, given.roomId);
  if (!room || given.eventId.includes('\0')) throw unknownEvent;
  if ((await membershipOf(ctx, room.roomNid, given.reporter)) !== 'join') throw unknownEvent;
  const event = await getEvent(ctx.db, given.eventId);
  if (!event || event.roomNid !== room.roomNid) throw unknownEvent;
  await report(ctx, 'event', { ...given, targetUser: event.sender, eventJson: event.json });
}
