import { fileURLToPath } from 'node:url';
import { type Placement, placementFaults, placementOf, taskGroups } from '../../../functions/placements.ts';
import { UNITS, unitNamesOf } from '../../../functions/units.ts';
import type { Config } from '../../config/config.ts';
import type { UnitName } from '../../routing/unit-names.ts';
import { Failure } from '../failure.ts';

/** A process of a placement. */
export interface ProcessPlan {
  /** Unique: the group, and a number where it has several. */
  name: string;
  kind: 'gateway' | 'lambda' | 'task';
  units: readonly UnitName[];
  /** The program, from the project's root. */
  entry: string;
  /** What its environment has beside the common. */
  env: Record<string, string>;
}

/** Connections to the database of a process that answers for a Lambda unit: it does what many instances do elsewhere. */
const LAMBDA_POOL = 8;

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/**
 * The processes of a placement: the gateway, one for each Lambda unit, and the instances of the task groups.
 * @throws Failure with what is wrong with a placement of the configuration's own
 */
export function processesOf(setting: Config['placement']): ProcessPlan[] {
  const placement = placementOf(setting as Placement);
  const faults = placementFaults(placement);
  if (faults.length > 0) throw new Failure(faults.join(' '));
  const gateway: ProcessPlan = {
    name: 'gateway',
    kind: 'gateway',
    units: [],
    entry: root('lib/gateway/gateway-process.ts'),
    env: {},
  };
  const lambdas = unitNamesOf('lambda').map(
    (unit): ProcessPlan => ({
      name: unit,
      kind: 'lambda',
      units: [unit],
      entry: root('lib/gateway/lambda-process.ts'),
      env: {
        LAMBDA: unit,
        MYELIN_DATABASE_POOL_SIZE: String(LAMBDA_POOL),
        ...(UNITS[unit].streamsAnswers ? { STREAM_RESPONSES: '1' } : {}),
      },
    }),
  );
  const tasks = taskGroups(placement).flatMap(({ name, units, count }) =>
    Array.from(
      { length: count },
      (_, i): ProcessPlan => ({
        name: count === 1 ? name : `${name}-${i + 1}`,
        kind: 'task',
        units,
        entry: root('functions/task/index.ts'),
        env: { UNITS: units.join(',') },
      }),
    ),
  );
  return [gateway, ...lambdas, ...tasks];
}
