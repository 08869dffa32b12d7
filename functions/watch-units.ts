import type { Unit } from '../lib/routing/unit.ts';
import type { ProcessReport } from '../lib/storage/streams/processes.ts';

/** What can be told of units from outside. */
export interface UnitsReport {
  /** Task units without a process that is alive. */
  missing: string[];
  /** Positions between each unit that follows streams and the farthest of them, by its slowest process. */
  lag: Record<string, number>;
}

/**
 * Looks how units are, by what their processes say of themselves.
 * @param streams positions of streams by name
 */
export function watchUnits(
  units: readonly Unit[],
  { processes, streams }: { processes: readonly ProcessReport[]; streams: Readonly<Record<string, number>> },
): UnitsReport {
  const alive = processes.filter((process) => process.leaseMs > 0);
  const tasks = units.filter((unit) => unit.kind === 'task');
  const runs = (unit: Unit) => alive.filter((process) => process.units.includes(unit.name));
  const behind = ({ positions }: ProcessReport, stream: string) =>
    Math.max(0, (streams[stream] ?? 0) - (positions[stream] ?? streams[stream] ?? 0));
  return {
    missing: tasks.filter((unit) => runs(unit).length === 0).map((unit) => unit.name),
    lag: Object.fromEntries(
      tasks.map((unit) => [
        unit.name,
        Math.max(0, ...runs(unit).flatMap((one) => unit.streamsFollowed.map((stream) => behind(one, stream)))),
      ]),
    ),
  };
}
