import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { createContext } from '../../domain/create-context.ts';
import { loadSigningKey } from '../../domain/signing-key.ts';
import type { TargetList } from '../../gateway/targets.ts';
import { createLogger } from '../../observability/logger.ts';
import type { FrontUnit } from '../../routing/unit-names.ts';
import { controlSocket, type Operations, serveControl } from '../control.ts';
import { Failure } from '../failure.ts';
import { operationsOf } from '../operations.ts';
import { prepareDatabase } from '../prepare-database.ts';
import type { ServingServer } from '../serve.ts';
import { Closers } from '../shutdown.ts';
import { dim, printError } from '../terminal.ts';
import { Child } from './child.ts';
import { type Surroundings, writeChildConfigs } from './child-config.ts';
import { freePort } from './free-port.ts';
import { startPrivateRedis } from './private-redis.ts';
import { processesOf } from './processes.ts';

/** A server of several processes. */
export interface SupervisedServer extends ServingServer {
  /** The processes as they are now, the gateway first. */
  children: readonly Child[];
  /** Where their output goes. */
  logDirectory: string;
}

/** A process as the supervisor sees it. */
export interface SupervisedProcess {
  name: string;
  kind: string;
  pid: number | undefined;
  urls: readonly string[];
  units: readonly string[];
  /** How often it was started again. */
  restarts: number;
}

const READY_MS = 120_000;

/** Runs the units of a placement in processes of their own behind a gateway, and starts again what ends by itself. */
export async function supervise(config: Config, databaseUrl: string): Promise<SupervisedServer> {
  const plans = processesOf(config.placement);
  await prepareDatabase(databaseUrl, config);
  // All processes sign with it; it is made before there are several of them.
  await loadSigningKey(config.signingKeyFile);
  const closers = new Closers();
  const say = (sentence: string) => printError(dim(sentence, process.stderr));
  try {
    const redis = config.redisUrl ? undefined : await startPrivateRedis(say);
    closers.add(() => redis?.stop());
    const around: Surroundings = {
      databaseUrl,
      redisUrl: config.redisUrl ?? (redis?.url as string),
      replicationSecret: config.replication.secret ?? randomBytes(32).toString('base64url'),
      publicBaseUrl: config.publicBaseUrl,
    };
    const fixed = await withPort(config);
    const files = await writeChildConfigs(fixed, around);
    const logDirectory = join(config.dataDirectory, 'log');
    await mkdir(logDirectory, { recursive: true, mode: 0o700 });

    const children: Child[] = [];
    const tell = () => children[0]?.send({ type: 'targets', targets: targetsOf(children) });
    for (const plan of plans) {
      const logFile = join(logDirectory, `${plan.name}.log`);
      await rm(logFile, { force: true });
      const file = plan.kind === 'gateway' ? files.gateway : files.unit;
      const env = { ...process.env, MYELIN_CONFIG: file } as Record<string, string>;
      for (const name of Object.keys(env)) {
        // What the variables said is in the file already.
        if (name.startsWith('MYELIN_') && name !== 'MYELIN_CONFIG' && !name.startsWith('MYELIN_TEST_'))
          delete env[name];
      }
      children.push(new Child({ plan, env, logFile, onChange: tell, onDeath: say }));
    }
    // Units first, the way in last; both ways round.
    closers.add(() => Promise.all(children.slice(1).map((child) => child.stop())));
    closers.add(() => children[0]?.stop());
    for (const child of [...children].reverse()) child.start();
    await allReady(children, logDirectory);

    const control = await serveControl(controlSocket(config.dataDirectory), {
      ...operations(fixed, around, closers),
      processes: async () => [
        ...children.map(reportOf),
        ...(redis
          ? [{ name: 'redis', kind: 'redis', pid: redis.pid(), urls: [], units: [], restarts: redis.restarts() }]
          : []),
      ],
    });
    closers.add(() => control.close());
    return {
      urls: [...(children[0]?.urls ?? [])],
      failed: new Promise(() => {}),
      children,
      logDirectory,
      async close() {
        const [failure] = await closers.close();
        if (failure !== undefined) throw failure;
      },
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

function reportOf({ plan, pid, urls, restarts }: Child): SupervisedProcess {
  return { name: plan.name, kind: plan.kind, pid, urls, units: plan.units, restarts };
}

/** A gateway that is started again has to come back at the same port. */
async function withPort(config: Config): Promise<Config> {
  if (config.listen.httpPort !== 0) return config;
  return { ...config, listen: { ...config.listen, httpPort: await freePort() } };
}

function targetsOf(children: readonly Child[]): TargetList {
  const targets: TargetList = {};
  for (const { plan, urls } of children) {
    const [url] = urls;
    if (plan.kind === 'gateway' || url === undefined) continue;
    for (const unit of plan.units as FrontUnit[]) targets[unit] = [...(targets[unit] ?? []), url];
  }
  return targets;
}

async function allReady(children: readonly Child[], logDirectory: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (children.some((child) => child.urls.length === 0)) {
    const failing = children.find((child) => child.restarts >= 3);
    if (failing || Date.now() > deadline) {
      const name = (failing ?? children.find((child) => child.urls.length === 0))?.plan.name;
      throw new Failure(`The process ${name} does not start; ${join(logDirectory, `${name}.log`)} says why.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What other commands of this machine may ask; they need a context, which is made when the first one comes. */
function operations(config: Config, around: Surroundings, closers: Closers): Operations {
  let made: Promise<Operations> | undefined;
  const make = async () => {
    const ctx = await createContext({
      config: {
        ...config,
        databaseUrl: around.databaseUrl,
        redisUrl: around.redisUrl,
        databasePoolSize: 2,
        replication: { ...config.replication, secret: around.replicationSecret },
      },
      log: createLogger({ level: 'error' }),
      units: [],
    });
    closers.add(() => ctx.close());
    return operationsOf(ctx) as unknown as Operations;
  };
  // Their names are known without one.
  const names = Object.keys(operationsOf(undefined as never));
  const operation = (name: string) => async (args: never) => {
    made ??= make();
    return (await made)[name]?.(args);
  };
  return Object.fromEntries(names.map((name) => [name, operation(name)]));
}
