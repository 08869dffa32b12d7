import { runTask } from '../run-task.ts';

await runTask(['typing']);
