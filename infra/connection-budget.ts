import { taskGroups } from '../functions/placements.ts';
import { UNITS } from '../functions/units.ts';
import type { UnitName } from '../lib/routing/unit-names.ts';
import type { Stage } from './stages.ts';
import { placementOf } from './stages.ts';

/** Who may hold how many connections to the database. */
export interface ConnectionBudget {
  lines: { who: string; connections: number }[];
  total: number;
  /** `max_connections` of the instance. */
  limit: number;
}

/** A process shares its pool among its units, and never opens more than so many. */
const MOST_PER_PROCESS = 20;
/** What PostgreSQL keeps for superusers and RDS for itself, and two for people. */
const RESERVED = 12;

/** Connections of one process that runs these units. */
export function poolOf(units: readonly UnitName[]): number {
  const sum = units.reduce((all, name) => all + UNITS[name].databasePool, 0);
  return Math.min(sum, MOST_PER_PROCESS);
}

/**
 * All connections that a stage can open at once (design.md §6): every task group at its largest while a deployment runs
 * old and new tasks side by side, every Lambda at its concurrency, the schema job, and what the server keeps.
 */
export function connectionBudget(stage: Stage): ConnectionBudget {
  const lines = [
    ...taskGroups(placementOf(stage)).map(({ name, units, count }) => {
      const tasks = mostTasks(stage, units, count);
      return {
        who: `${name}: ${tasks} tasks and ${count} more while deploying`,
        connections: (tasks + count) * poolOf(units),
      };
    }),
    ...Object.entries(stage.lambdaConcurrency).map(([name, most]) => ({
      who: `${name}: ${most} at a time`,
      connections: most * UNITS[name as UnitName].databasePool,
    })),
    { who: 'migrate and watch', connections: UNITS.migrate.databasePool + 1 },
    { who: 'kept by the server and for people', connections: RESERVED },
  ];
  const total = lines.reduce((sum, line) => sum + line.connections, 0);
  return { lines, total, limit: stage.database.maxConnections };
}

/** How far a group scales out: as far as its stage and the least scalable of its units let it. */
export function mostTasks(stage: Stage, units: readonly UnitName[], count: number): number {
  const declared = Math.min(...units.map((name) => UNITS[name].scaling.max));
  return Math.max(count, Math.min(declared, count * stage.scaleOut));
}
