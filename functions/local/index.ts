import { UNIT_NAMES } from '../../lib/routing/unit-names.ts';
import { runTask } from '../run-task.ts';

/** Every unit in one process, on a database that is there and up to date. */
await runTask(UNIT_NAMES);
