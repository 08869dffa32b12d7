import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PLACEMENTS, type Placement, type PlacementName } from '../functions/placements.ts';
import { UNITS, unitNamesOf } from '../functions/units.ts';
import type { ConfigInput } from '../lib/config/config.ts';
import { stageFaults } from './stage-faults.ts';

/** Processor units (1024 is one vCPU) and memory of a Fargate task; only pairs that Fargate sells. */
export interface TaskSize {
  cpu: 256 | 512 | 1024 | 2048 | 4096 | 8192;
  memoryMiB: number;
}

/**
 * One deployment: what a `cdk deploy -c stage=NAME` makes. Prices are of us-east-1 per month of 730 hours; those of a
 * whole stage are printed by every synth and by `npm run myelin -- cost`.
 */
export interface Stage {
  /** Part of every name: small letters, digits, hyphens. @default none. Price: nothing. */
  name: string;
  /** AWS account. Only where lookups or another region's certificate need it. @default the caller's. Price: nothing. */
  account?: string;
  /** AWS region. @default us-east-1. Price: others cost 0 to 60 % more. */
  region: string;

  /**
   * Host name of clients and other servers. Without one the distribution's own name (`d….cloudfront.net`) is it, and the
   * name of the server too. @default none. Price: nothing, the domain itself apart.
   */
  domain?: {
    /** Such as `matrix.example.org`. @default none. Price: nothing. */
    name: string;
    /** Its certificate in us-east-1. @default one is made in the hosted zone. Price: nothing. */
    certificateArn?: string;
    /** Route 53 zone in which records are made. @default none: the records are an output. Price: $0.50. */
    hostedZone?: { id: string; name: string };
  };
  /** What stands behind the colon of user ids, if not the host name. Never change it. @default the host. Price: nothing. */
  serverName?: string;

  /** How task units share tasks: a name, or a placement of one's own. @default one. Price: each task from $8.50. */
  placement: PlacementName | Placement;
  /** Sizes of task groups that differ from what their units declare. @default declared. Price: $23.64 a vCPU, $2.60 a GiB. */
  taskSizes: Readonly<Record<string, TaskSize>>;
  /** How many times its count a task group may grow to under load, by its units' signal. @default 1. Price: the tasks. */
  scaleOut: number;
  /** Run groups that only read (sync, media) on spare capacity. @default false. Price: about two thirds less for them. */
  spotReaders: boolean;
  /** A container image to run instead of one built from this checkout. @default built. Price: nothing. */
  image?: string;

  /** Most invocations at a time of each Lambda unit; each has a database connection. @default none. Price: nothing. */
  lambdaConcurrency: { client: number; federation: number; keys: number; login: number };
  /** Lambda units whose answers stream (beyond 6 MB, first byte sooner). @default client, federation. Price: nothing below 6 MB. */
  streamResponses: readonly ('client' | 'federation' | 'keys' | 'login')[];
  /**
   * How Lambdas learn secrets. `environment`: CloudFormation puts them into their (encrypted) variables, seen by whoever
   * may read the function's settings. `endpoint`: read from Secrets Manager when they start. @default environment.
   * Price: `endpoint` $7.30 a zone, unless there is NAT.
   */
  lambdaSecrets: 'environment' | 'endpoint';

  /**
   * Way out for Lambdas; tasks have their own. `none`: outbound work is done by tasks. @default none.
   * Price: `instance` $6.72, `gateway` $32.85 and $0.045 a GB.
   */
  nat: 'none' | 'instance' | 'gateway';
  /** Addresses of the network. @default 10.73.0.0/16. Price: nothing. */
  cidr: string;
  /** Flow logs of the network, to S3. @default false. Price: $0.25 a GB. */
  flowLogs: boolean;
  /** Web application firewall with AWS's common rules and a rate rule. @default false. Price: $8 and $0.60 a million requests. */
  waf: boolean;

  database: {
    /** Instance class, without `db.`. @default t4g.micro. Price: t4g.micro $11.68, t4g.small $23.36, m7g.large $122.64. */
    instance: string;
    /** Storage in GiB, and up to where it grows by itself. @default 20, 100. Price: $0.115 a GiB. */
    storageGiB: number;
    maxStorageGiB: number;
    /** A second instance in another zone that takes over. @default false. Price: as much again. */
    multiAz: boolean;
    /** Days of continuous backup, 1 to 35. @default 1. Price: the size of the database is free, then $0.095 a GiB. */
    backupDays: number;
    /** Most connections, set in the parameter group; the budget is checked against it. @default by class. Price: nothing. */
    maxConnections: number;
    /** A proxy between Lambdas and the database. @default false. Price: $21.90 for two vCPU. */
    proxy: boolean;
  };
  /**
   * Valkey for what processes tell each other. `none`: readers ask the database each few seconds for what other processes
   * wrote, right for one task. @default none. Price: cache.t4g.micro $9.34 a node, cache.t4g.small $18.69.
   */
  cache: { node: string; replicas: number } | 'none';

  /** What happens to data when the stage is destroyed; `retain` protects stacks, too. @default destroy. Price: nothing. */
  data: 'destroy' | 'retain';
  /** Days after which remote media, thumbnails and previews go (they can be fetched again); 0 keeps them. @default 90. Price: $0.023 a GiB. */
  remoteMediaDays: number;
  /** Days that logs are kept. @default 14. Price: $0.50 a GB written, $0.03 a GB kept. */
  logDays: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 180 | 365;

  /** Where alarms are sent. @default nowhere. Price: nothing. */
  alarmEmail?: string;
  /** Monthly dollars at 80 % and 100 % of which AWS writes a mail; needs `alarmEmail`. @default none. Price: nothing. */
  budgetUsd?: number;
  /** Dashboards. @default true. Price: three are free, then $3 each. */
  dashboard: boolean;
  /** Container Insights: CPU, memory and network per task. @default false. Price: about $2 a task. */
  containerInsights: boolean;
  /**
   * OpenTelemetry traces in X-Ray: gateway, Lambda, the writer it asks, and the SQL of both. @default false.
   * Price: $5 a million traces; `config.tracing.sampleRatio` takes a share.
   */
  traces: boolean;
  /**
   * Hours (UTC) in which tasks and database stand still. @default never. Price: saves their hours; storage and balancer
   * go on.
   */
  sleep?: { from: number; to: number };

  /** Configuration keys of the server (`npm run myelin -- config keys`). @default none. Price: nothing. */
  config: ConfigInput;
  /**
   * Only what runs on a local AWS, in stacks of its own: tasks, database and cache are processes beside it, reached at
   * these addresses. @default off. Price: nothing.
   */
  local?: { tasksUrl: string; databaseUrl: string; redisUrl: string };
}

const streaming = unitNamesOf('lambda').filter((name) => UNITS[name].streamsAnswers);

/** What a stage starts from: the cheapest that works, nothing kept when it is destroyed. */
export const DEFAULTS = {
  region: 'us-east-1',
  placement: 'one',
  taskSizes: { all: { cpu: 256, memoryMiB: 1024 } },
  scaleOut: 1,
  spotReaders: false,
  lambdaConcurrency: { client: 12, federation: 6, keys: 4, login: 4 },
  streamResponses: streaming as Stage['streamResponses'],
  lambdaSecrets: 'environment',
  nat: 'none',
  cidr: '10.73.0.0/16',
  flowLogs: false,
  waf: false,
  database: {
    instance: 't4g.micro',
    storageGiB: 20,
    maxStorageGiB: 100,
    multiAz: false,
    backupDays: 1,
    maxConnections: 100,
    proxy: false,
  },
  cache: 'none',
  data: 'destroy',
  remoteMediaDays: 90,
  logDays: 14,
  dashboard: true,
  containerInsights: false,
  traces: false,
  config: {},
} as const satisfies Omit<Stage, 'name'>;

/** To try things: everything in one task, gone without a trace when destroyed. */
export const dev: Stage = { ...DEFAULTS, name: 'dev' };

/** A small server for real people, or the rehearsal of a larger one. */
export const staging: Stage = {
  ...DEFAULTS,
  name: 'staging',
  placement: 'small',
  taskSizes: {
    sync: { cpu: 512, memoryMiB: 2048 },
    media: { cpu: 256, memoryMiB: 1024 },
    events: { cpu: 512, memoryMiB: 2048 },
    writers: { cpu: 256, memoryMiB: 1024 },
    workers: { cpu: 256, memoryMiB: 1024 },
  },
  lambdaConcurrency: { client: 40, federation: 20, keys: 15, login: 10 },
  lambdaSecrets: 'endpoint',
  database: { ...DEFAULTS.database, instance: 't4g.small', maxConnections: 220, backupDays: 7 },
  cache: { node: 'cache.t4g.micro', replicas: 0 },
  logDays: 30,
};

/** Thousands of people: each unit its own tasks, two of everything that answers, data that outlives the stacks. */
export const prod: Stage = {
  ...staging,
  name: 'prod',
  placement: 'scaled',
  taskSizes: {},
  scaleOut: 3,
  lambdaConcurrency: { client: 200, federation: 100, keys: 60, login: 40 },
  flowLogs: true,
  waf: true,
  database: {
    instance: 'm7g.large',
    storageGiB: 100,
    maxStorageGiB: 1000,
    multiAz: true,
    backupDays: 14,
    maxConnections: 900,
    proxy: false,
  },
  cache: { node: 'cache.t4g.small', replicas: 1 },
  data: 'retain',
  remoteMediaDays: 365,
  logDays: 90,
  containerInsights: true,
};

const STAGES: Readonly<Record<string, Stage>> = { dev, staging, prod };

/**
 * The stage of a name: one of those above, or the default export of `infra/stages/NAME.ts`.
 * @throws Error with every fault that it has, one sentence each
 */
export async function loadStage(name: string): Promise<Stage> {
  const stage = STAGES[name] ?? (await fromFile(name));
  const faults = stageFaults(stage);
  if (faults.length > 0) throw new Error(`The stage ${name} cannot be deployed:\n- ${faults.join('\n- ')}`);
  return stage;
}

async function fromFile(name: string): Promise<Stage> {
  const file = new URL(`./stages/${name}.ts`, import.meta.url);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || !existsSync(fileURLToPath(file))) {
    throw new Error(
      `There is no stage "${name}": ${Object.keys(STAGES).join(', ')}, or a file infra/stages/${name}.ts`,
    );
  }
  return ((await import(file.href)) as { default: Stage }).default;
}

/** The placement that a stage's `placement` means. */
export function placementOf(stage: Stage): Placement {
  return typeof stage.placement === 'string' ? PLACEMENTS[stage.placement] : stage.placement;
}
