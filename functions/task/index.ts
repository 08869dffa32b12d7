import { runTask } from '../run-task.ts';
import { parseTaskUnits } from '../units.ts';

/** Any subset of the task units in one process: `UNITS=typing,presence`, or `UNITS=all`. */
try {
  await runTask(parseTaskUnits(process.env['UNITS']));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
