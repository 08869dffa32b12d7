import { serverNameOf } from '../../../spec/ids.ts';
import { getDeviceListStream } from '../../../storage/device-lists/device-lists.ts';
import { lockCursor, moveCursor, putDevicePokes } from '../../../storage/federation/device-pokes.ts';
import type { Context } from '../../context.ts';
import { hintSenders } from './hints.ts';
import type { RoomServers } from './room-servers.ts';

const ROWS_AT_ONCE = 500;
const RETRY_MS = 1_000;

/**
 * Notes for every server that shares a room with a user whose devices changed that it has to be told; each change once,
 * whichever process takes it. Returns the function that ends it.
 */
export function followDeviceLists(ctx: Context, servers: RoomServers): () => Promise<void> {
  let again = true;
  let stopped = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const run = async () => {
    while (again && !stopped) {
      again = false;
      try {
        while (!stopped && (await takeSome(ctx, servers)));
      } catch (error) {
        ctx.log.warn({ err: error }, 'changes of device lists could not be queued for other servers');
        timer = setTimeout(wake, RETRY_MS);
        timer.unref();
      }
    }
  };
  const wake = () => {
    again = true;
    running ??= run().finally(() => {
      running = undefined;
      if (again && !stopped) wake();
    });
  };
  const unsubscribe = ctx.streams.on('device_lists', wake);
  wake();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    unsubscribe();
    await running;
  };
}

/** Takes some changes. False when the end is reached. */
async function takeSome(ctx: Context, servers: RoomServers): Promise<boolean> {
  const end = ctx.streams.position('device_lists');
  const { more, destinations } = await ctx.db.tx(async (tx) => {
    const from = await lockCursor(tx, 'device_lists');
    if (from >= end) return { more: false, destinations: [] };
    const rows = await getDeviceListStream(tx, from, end, ROWS_AT_ONCE);
    const pokes: { destination: string; userId: string; position: number }[] = [];
    for (const { userId, seenBy, roomNids, position } of rows) {
      if (seenBy !== undefined || serverNameOf(userId) !== ctx.serverName) continue;
      await servers.load(tx, roomNids);
      const concerned = new Set<string>();
      for (const roomNid of roomNids) for (const name of await servers.current(tx, roomNid)) concerned.add(name);
      for (const destination of concerned) pokes.push({ destination, userId, position });
    }
    await putDevicePokes(tx, pokes);
    await moveCursor(tx, 'device_lists', rows.length < ROWS_AT_ONCE ? end : (rows.at(-1)?.position ?? end));
    return { more: rows.length === ROWS_AT_ONCE, destinations: new Set(pokes.map((poke) => poke.destination)) };
  });
  hintSenders(ctx.bus, destinations);
  return more;
}
