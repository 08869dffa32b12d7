import type { UnitSpec } from '../../routing/unit.ts';
import { UNIT_NAMES } from '../../routing/unit-names.ts';
import { Database } from '../../storage/database.ts';
import type { ReplicationClient } from '../../streams/replication/client.ts';
import { Membership } from '../../streams/replication/membership.ts';
import { serveReplication } from '../../streams/replication/server.ts';
import type { Writers } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { createWriters } from '../create-writers.ts';
import { followedStreams } from '../followed-streams.ts';
import { advertisedAddress, processName, replicationClient } from './process-links.ts';
import { routedWriters } from './routed-writers.ts';
import { servedCommands } from './served-commands.ts';
import { typingCommands, typingStream } from './typing-stream.ts';

/** The part that a process plays among the others, and its end. */
export interface Roles {
  handOver(): Promise<void>;
  close(): Promise<void>;
}

const LEASE_STATEMENT_MS = 2_000;

/**
 * Puts writers into a context, follows streams, and takes up the work of the process's units.
 * @param units undefined: every unit, alone on the database
 */
export async function takeRoles(ctx: Context, units: readonly UnitSpec[] | undefined, url: string): Promise<Roles> {
  if (!units) return everything(ctx, url);
  return units.some((unit) => unit.kind === 'task') ? some(ctx, units, url) : none(ctx, units);
}

function join(ctx: Context, url: string, options: { alone: boolean; units: readonly UnitSpec['name'][] }) {
  // A connection of its own: signs of life must not wait behind other statements.
  const db = new Database(url, {
    poolSize: 1,
    applicationName: 'myelin-leases',
    statementTimeoutMs: LEASE_STATEMENT_MS,
  });
  const membership = new Membership({
    db,
    process: processName(),
    ...options,
    positions: () => ctx.streams.positions(),
    onError: (error) => ctx.log.warn({ err: error }, 'the leases could not be renewed'),
  });
  return { db, membership };
}

/** Every unit is here: writers are plain calls, and nobody else may write. */
async function everything(ctx: Context, url: string): Promise<Roles> {
  const { db, membership } = join(ctx, url, { alone: true, units: UNIT_NAMES });
  const local = createWriters(ctx, membership, new Set(UNIT_NAMES));
  ctx.writers = local.writers as Writers;
  // Followed first: what a lease starts reads streams at once.
  await ctx.streams.follow(followedStreams(undefined, local.typing!));
  ctx.sync.start();
  await membership.start(null);
  const stop = local.start();
  return {
    handOver: async () => {},
    async close() {
      await stop();
      await membership.close();
      await db.close();
    },
  };
}

/** A task with some units: takes commands of others, and has others take its own. */
async function some(ctx: Context, units: readonly UnitSpec[], url: string): Promise<Roles> {
  const names = units.map((unit) => unit.name);
  const { db, membership } = join(ctx, url, { alone: false, units: names });
  const client = replicationClient({ config: ctx.config, db: ctx.db, metrics: ctx.metrics, membership });
  const local = createWriters(ctx, membership, new Set(names));
  ctx.writers = routedWriters({ ctx, client, local: local.writers, membership });
  await follow(ctx, units, client, typingStream(client, local.typing, membership));
  const stop = local.start();

  const commands = servedCommands(local.writers, membership);
  if (local.typing) for (const [name, handler] of typingCommands(local.typing, membership)) commands.set(name, handler);
  const { host, port, secret = '' } = ctx.config.replication;
  const server =
    commands.size === 0
      ? undefined
      : await serveReplication({
          host,
          port,
          secret,
          membership,
          commands,
          metrics: ctx.metrics.backend,
          onError: (error, command) => ctx.log.warn({ err: error, command }, 'a command of another process failed'),
        });
  await membership.start(server ? advertisedAddress(ctx.config, server.port, ctx.log) : null);
  return {
    handOver: () => membership.drain(),
    async close() {
      await membership.drain().catch((error) => ctx.log.warn({ err: error }, 'shards could not be handed over'));
      await server?.close();
      await stop();
      await membership.close();
      await client.close();
      await db.close();
    },
  };
}

/** Nothing is owned here, as in a Lambda: every command goes elsewhere, and what is read comes from the database. */
async function none(ctx: Context, units: readonly UnitSpec[]): Promise<Roles> {
  const client = replicationClient({ config: ctx.config, db: ctx.db, metrics: ctx.metrics, membership: undefined });
  ctx.writers = routedWriters({ ctx, client, local: {} });
  await follow(ctx, units, client, typingStream(client, undefined, undefined));
  return { handOver: async () => {}, close: () => client.close() };
}

async function follow(
  ctx: Context,
  units: readonly UnitSpec[],
  _client: ReplicationClient,
  typing: ReturnType<typeof typingStream>,
): Promise<void> {
  const streams = followedStreams(units, typing);
  await ctx.streams.follow(streams);
  if (units.some((unit) => unit.name === 'sync')) ctx.sync.start();
}
