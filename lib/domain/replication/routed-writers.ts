import type { RelayedRequest } from '../../platform/adapters/relayed-http.ts';
import type { ReplicationClient, Route } from '../../streams/replication/client.ts';
import type { Membership } from '../../streams/replication/membership.ts';
import { NotMineError } from '../../streams/replication/not-mine.ts';
import type { Writers } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { RoomSlots } from './room-slots.ts';
import { TouchBuffer } from './touch-buffer.ts';
import { type AnyWriter, type CommandRoute, commandsOf, WRITER_COMMANDS, WRITER_UNIT } from './writer-commands.ts';

const RELAY_MS = 5_000;

/** What {@link routedWriters} works with. */
export interface RoutedWritersOptions {
  ctx: Pick<Context, 'db' | 'config'>;
  client: ReplicationClient;
  /** Writers whose units run in this process. */
  local: Partial<Writers>;
  /** Which shards this process holds; absent where it holds none. */
  membership?: Membership | undefined;
}

/**
 * The writers of a process that runs some units: a call where this process is the owner, a request to the owner
 * otherwise. JSON in and out; the caller can't tell.
 */
export function routedWriters(options: RoutedWritersOptions): Writers {
  const slots = new RoomSlots(options.ctx.db);
  const writers: Record<string, AnyWriter> = {};
  for (const name of Object.keys(WRITER_COMMANDS) as (keyof Writers)[]) {
    const writer: AnyWriter = {};
    for (const [command, route] of commandsOf(name)) {
      writer[command] = (body) => deliver(options, slots, name, command, route, body);
    }
    writers[name] = writer;
  }
  const presence = writers['presence'] as AnyWriter;
  const touches = new TouchBuffer((list) => deliver(options, slots, 'presence', 'touchAll', 'owner', list));
  presence['touch'] = async (touch) => {
    if (options.ctx.config.presence.enabled) touches.add(touch as never);
  };
  // The time that the caller gives the request, and the way there and back.
  const outbound = writers['outbound'] as AnyWriter;
  outbound['fetch'] = (request) => {
    const deadlineMs = (request as RelayedRequest).timeoutMs + RELAY_MS;
    return options.client.call({ unit: WRITER_UNIT.outbound }, 'outbound/fetch', request, deadlineMs);
  };
  return writers as unknown as Writers;
}

async function deliver(
  { client, local, membership }: RoutedWritersOptions,
  slots: RoomSlots,
  writer: keyof Writers,
  command: string,
  way: CommandRoute,
  body: unknown,
): Promise<unknown> {
  const unit = WRITER_UNIT[writer];
  const route: Route = { unit };
  if (way === 'room') route.shard = await slots.of((body as { roomId: string }).roomId);
  else if (way === 'any-room') {
    const shard = await slots.find((body as { roomId: string }).roomId);
    if (shard !== undefined) route.shard = shard;
  } else if (way === 'owner') route.shard = 0;
  const here = local[writer] as unknown as AnyWriter | undefined;
  if (here?.[command] && isHere(membership, way, route)) {
    try {
      return await here[command](body);
    } catch (error) {
      if (!(error instanceof NotMineError)) throw error;
    }
  }
  return client.call(route, `${writer}/${command}`, body);
}

function isHere(membership: Membership | undefined, way: CommandRoute, { unit, shard }: Route): boolean {
  if (way === 'any') return true;
  const group = membership?.group(unit);
  return group !== undefined && (shard === undefined ? group.held().length > 0 : group.epochOf(shard) !== undefined);
}
