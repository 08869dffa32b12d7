import { endpointsServedBy, endpointsWrittenBy, type TableEndpoint } from './endpoint-table.ts';
import { SHARED_STREAM, type UnitStream } from './stream-names.ts';
import { isFrontUnit, type UnitName } from './unit-names.ts';

/** `lambda`: answers requests and forgets. `task`: a long-lived process. `job`: runs once and ends. */
export type UnitKind = 'lambda' | 'task' | 'job';

/** What a unit must be able to reach; its security groups, roles and environment follow from it. */
export type UnitNeed = 'internet' | 's3' | 'sqs' | 'ses' | 'redis' | 'database';

/**
 * What the number of instances follows.
 *
 * - `concurrency`: requests in flight (Lambda does it by itself)
 * - `cpu`: mean CPU use
 * - `connections`: open long polls
 * - `lag`: positions between the unit's cursor and its stream, or the age of the oldest staged PDU
 * - `fixed`: nothing; `min` instances
 */
export type ScalingSignal = 'concurrency' | 'cpu' | 'connections' | 'lag' | 'fixed';

/**
 * - `stateless`: any instance takes any request or command
 * - `sharded`: instances share the work by room, destination or user, by leases
 * - `singleton`: one instance works at a time, by a lease; a second one may stand by
 */
export type UnitInstances = 'singleton' | 'sharded' | 'stateless';

/** A declaration as a unit's `unit.ts` writes it: pure data. */
export interface UnitSpec {
  name: UnitName;
  kind: UnitKind;
  /** What it does, in one line. */
  does: string;
  /** What the worker page calls what it replaces. */
  replaces: readonly string[];
  /** Streams that this unit, and no other, appends to. */
  streamsWritten: readonly UnitStream[];
  /** Streams that it reads as they grow. */
  streamsFollowed: readonly UnitStream[];
  /** Periodic or queued work that it runs, by name. */
  jobs: readonly string[];
  needs: readonly UnitNeed[];
  /** Memory of one instance in MiB. */
  memoryMiB: number;
  /** Instances of the unit in a placement that gives it its own. */
  scaling: { min: number; max: number; signal: ScalingSignal };
  instances: UnitInstances;
  /** What instances divide by; sharded units only. */
  shardedBy?: 'room' | 'destination' | 'user';
  /** Answers leave as they are made, past what a buffered Lambda may answer; Lambdas only. */
  streamsAnswers?: boolean;
  /** Database connections of one instance. */
  databasePool: number;
}

/** A unit: its declaration, and the routes that the tables give it. */
export interface Unit extends UnitSpec {
  /** Endpoints whose requests it takes. */
  readonly routes: readonly TableEndpoint[];
  /** Endpoints whose writes it executes for a front. */
  readonly writesFor: readonly TableEndpoint[];
}

/**
 * Declares a unit. Routes come from the tables by its name, so that nobody lists them twice.
 * @throws Error with every contradiction in the declaration
 */
export function declareUnit(spec: UnitSpec): Unit {
  const faults = faultsOf(spec);
  if (faults.length > 0)
    throw new Error(`The declaration of unit ${spec.name} contradicts itself: ${faults.join('; ')}`);
  return {
    ...spec,
    get routes() {
      return endpointsServedBy(spec.name);
    },
    get writesFor() {
      return endpointsWrittenBy(spec.name);
    },
  };
}

function faultsOf(spec: UnitSpec): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string) => holds || faults.push(fault);
  const { scaling, streamsFollowed, streamsWritten } = spec;
  must(scaling.min >= 0 && scaling.min <= scaling.max, 'scaling.min lies above scaling.max');
  must(spec.kind !== 'lambda' || spec.instances === 'stateless', 'a Lambda keeps no state');
  must(spec.kind !== 'lambda' || streamsFollowed.length === 0, 'a Lambda follows no stream');
  must(spec.kind !== 'lambda' || streamsWritten.length === 0, 'a Lambda owns no stream');
  must(spec.kind === 'lambda' || !spec.streamsAnswers, 'only Lambdas choose whether answers stream');
  must((spec.kind === 'lambda') === (scaling.signal === 'concurrency'), 'concurrency is the signal of Lambdas');
  must(spec.kind !== 'lambda' || isFrontUnit(spec.name), 'a Lambda answers requests, this one has no routes');
  must((spec.instances === 'sharded') === (spec.shardedBy !== undefined), 'sharded units say by what');
  must(!streamsWritten.includes(SHARED_STREAM), `the ${SHARED_STREAM} stream belongs to everyone`);
  must(streamsFollowed.length === 0 || spec.needs.includes('redis'), 'following streams needs redis');
  must(spec.databasePool > 0 === spec.needs.includes('database'), 'databasePool and the need for a database differ');
  must(Number.isInteger(spec.memoryMiB) && spec.memoryMiB >= 128, 'memoryMiB is below 128');
  return faults;
}
