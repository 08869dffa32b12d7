import { MatrixError } from '../../../spec/errors.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { deferStaged, getStagedPdus, removeStaged, type StagedPdu } from '../../../storage/federation/inbox.ts';
import type { ReceivedPdu, ReceiveResult } from '../../../streams/writers.ts';
import type { Context } from '../../context.ts';
import { findRoom, type Room } from '../../rooms/room-lookup.ts';
import { FederationError } from '../federation-error.ts';
import { GapFiller } from './gap-filler.ts';

const AT_ONCE = 50;
/** Pauses between attempts, in seconds; after the last the event is given up. */
const PAUSES = [2, 10, 60, 300, 1_800];

/**
 * Takes in what waits for a room, in the order in which it came: what is missing before an event is fetched from the
 * server that sent it. An event leaves the inbox when it is stored, refused for good, or has failed too often.
 */
export async function drainRoom(ctx: Context, roomId: string, stop: AbortSignal): Promise<void> {
  for (;;) {
    if (stop.aborted) return;
    const staged = await getStagedPdus(ctx.db, roomId, AT_ONCE);
    if (staged.length === 0) return;
    const room = await findRoom(ctx, roomId);
    if (!room) {
      await removeStaged(ctx.db, idsOf(staged));
      continue;
    }
    // One server's events at a time, so that it can be asked for what they need.
    const { origin } = staged[0] as StagedPdu;
    const cut = staged.findIndex((one) => one.origin !== origin);
    const batch = cut < 0 ? staged : staged.slice(0, cut);
    try {
      await takeIn(ctx, room, origin, batch, stop);
    } catch (error) {
      if (isPassing(error)) throw error;
      await takeInSingly(ctx, room, batch, stop);
    }
  }
}

/** Takes events in one by one after something unforeseen, so that it holds up no others. */
async function takeInSingly(ctx: Context, room: Room, staged: StagedPdu[], stop: AbortSignal): Promise<void> {
  for (const one of staged) {
    if (stop.aborted) return;
    try {
      await takeIn(ctx, room, one.origin, [one], stop);
    } catch (error) {
      if (stop.aborted || isPassing(error)) throw error;
      ctx.log.error({ err: error, eventId: one.eventId }, 'an event of another server could not be taken in');
      await putOff(ctx, one);
    }
  }
}

/** The room is moving to another process, or is being loaded again. */
function isPassing(error: unknown): boolean {
  return error instanceof MatrixError && error.status >= 500;
}

async function takeIn(ctx: Context, room: Room, origin: string, staged: StagedPdu[], stop: AbortSignal): Promise<void> {
  const results = await receive(ctx, room, origin, staged);
  const open: StagedPdu[] = [];
  const done: StagedPdu[] = [];
  for (const [i, one] of staged.entries()) (results[i]?.status === 'missing' ? open : done).push(one);
  await removeStaged(ctx.db, idsOf(done));
  for (const one of open) {
    if (stop.aborted) return;
    await takeInWithGap(ctx, room, one, stop);
  }
}

/** Takes an event in whose previous or auth events are not all there. */
async function takeInWithGap(ctx: Context, room: Room, staged: StagedPdu, stop: AbortSignal): Promise<void> {
  try {
    // What was fetched for the one before may have been what this one needs.
    const [first] = await receive(ctx, room, staged.origin, [staged]);
    if (first?.status === 'missing') {
      const filler = new GapFiller(ctx, room, staged.origin, stop);
      await filler.fill({ eventId: staged.eventId, missing: first });
      const [second] = await receive(ctx, room, staged.origin, [staged]);
      if (second?.status === 'missing') {
        ctx.log.info(
          { eventId: staged.eventId, origin: staged.origin },
          'an event was given up: what it needs is not to be had',
        );
      }
    }
    await removeStaged(ctx.db, [staged.eventId]);
  } catch (error) {
    if (stop.aborted) return;
    if (!(error instanceof FederationError)) throw error;
    const isFinal = error.isRefusal && error.status !== 429;
    ctx.log.info({ err: error, eventId: staged.eventId, isFinal }, 'what an event needs could not be fetched');
    if (isFinal) await removeStaged(ctx.db, [staged.eventId]);
    else await putOff(ctx, staged);
  }
}

/** Has an event wait for another attempt; after the last it is given up. */
async function putOff(ctx: Context, staged: StagedPdu): Promise<void> {
  const pause = PAUSES[staged.attempts];
  if (pause === undefined) await removeStaged(ctx.db, [staged.eventId]);
  else await deferStaged(ctx.db, [staged.id], pause);
}

async function receive(ctx: Context, room: Room, origin: string, staged: StagedPdu[]): Promise<ReceiveResult[]> {
  const pdus = staged.map((one): ReceivedPdu => ({ pdu: JSON.parse(one.pdu) as JsonObject, signedBy: one.signedBy }));
  try {
    return await ctx.writers.events.receive({ roomId: room.roomId, origin, pdus });
  } catch (error) {
    if (!(error instanceof MatrixError && error.status === 404)) throw error;
    // The room is gone: nothing can be done with them.
    return staged.map(({ eventId }) => ({ eventId, status: 'invalid', position: null, duplicate: false }));
  }
}

function idsOf(staged: StagedPdu[]): string[] {
  return staged.map((one) => one.eventId);
}
