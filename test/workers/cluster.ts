import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLACEMENTS, taskGroups } from '../../functions/placements.ts';
import { UNITS } from '../../functions/units.ts';
import { type ConfigInput, loadConfig } from '../../lib/config/config.ts';
import { createContext, type OpenContext } from '../../lib/domain/create-context.ts';
import { createLogger } from '../../lib/observability/logger.ts';
import type { UnitName } from '../../lib/routing/unit-names.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { type CuttableRedis, cuttableRedis } from '../kit/redis.ts';

/** Several contexts on one database, each as a process of its own would have it: requests between them and Redis are real. */
export interface Cluster {
  database: TestDatabase;
  redis: CuttableRedis;
  config: ReturnType<typeof loadConfig>;
  /** Opens one more process with some units. */
  open(units: readonly UnitName[], overrides?: ConfigInput): Promise<OpenContext>;
  /** One process for each of a placement's task groups (however many instances it names). */
  openPlacement(name: 'small' | 'scaled'): Promise<OpenContext[]>;
  close(): Promise<void>;
}

/** A database and a Redis of its own; no process yet. */
export async function cluster(overrides: ConfigInput = {}): Promise<Cluster> {
  const [database, redis] = await Promise.all([testDatabase(), cuttableRedis()]);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'myelin-cluster-'));
  const base: ConfigInput = {
    serverName: 'localhost',
    dataDirectory,
    databaseUrl: database.url,
    redisUrl: redis.url,
    replication: { secret: 'a secret of this test' },
    enableRegistration: true,
    registrationSharedSecret: 'reg_secret',
    passwordHash: { memoryKiB: 1024, passes: 1 },
    rateLimits: false,
    syncResponseCacheMs: 0,
    databasePoolSize: 4,
    ...overrides,
  };
  const config = loadConfig({ env: {}, overrides: base });
  const opened = new Set<OpenContext>();
  const open: Cluster['open'] = async (units, own = {}) => {
    const ctx = await createContext({
      config: loadConfig({ env: {}, overrides: { ...base, ...own } }),
      log: createLogger({
        level: process.env['TEST_LOG'] ?? 'silent',
        pretty: false,
        base: { units: units.join(',') },
      }),
      units: units.map((name) => UNITS[name]),
    });
    opened.add(ctx);
    const { close } = ctx;
    ctx.close = async () => {
      opened.delete(ctx);
      await close();
    };
    return ctx;
  };
  return {
    database,
    redis,
    config,
    open,
    openPlacement: (name) => Promise.all(taskGroups(PLACEMENTS[name]).map((group) => open(group.units))),
    async close() {
      await Promise.all([...opened].map((ctx) => ctx.close()));
      await Promise.all([database.drop(), redis.stop(), rm(dataDirectory, { recursive: true, force: true })]);
    },
  };
}
