import { getRoomTables, hideRoom, purgeSome, purgeSomeChainLinks } from '../../storage/admin/purge-room.ts';
import type { Context } from '../context.ts';
import { forgetPurgedRoom } from '../rooms/room-facts-cache.ts';
import type { JobControl } from './background-job.ts';

/**
 * Deletes everything that is stored of a room, in small steps. The room is hidden first, so that readers under way find
 * nothing instead of half of it; its own row goes last, so that an interrupted purge is gone on with.
 */
export async function purgeRoom(
  ctx: Context,
  room: { roomNid: number; roomId: string },
  control: Pick<JobControl, 'proceed'>,
): Promise<void> {
  // What was planned on the room's head before it was hidden may have shown it again.
  for (let round = 0; round < 2; round++) {
    await hideRoom(ctx.db, room.roomNid);
    await ctx.writers.events.evict({ roomId: room.roomId });
  }
  await hideRoom(ctx.db, room.roomNid);
  await forgetPurgedRoom(ctx, room);
  await empty(ctx, room, control);
  // Processes that remembered the room may have written something meanwhile, or read half of it.
  await empty(ctx, room, control);
  await forgetPurgedRoom(ctx, room);
}

async function empty(
  ctx: Context,
  room: { roomNid: number; roomId: string },
  control: Pick<JobControl, 'proceed'>,
): Promise<void> {
  do control.proceed();
  while (await purgeSomeChainLinks(ctx.db, room.roomNid));
  for (const table of await getRoomTables(ctx.db)) {
    do control.proceed();
    while (await purgeSome(ctx.db, table, room));
  }
}
