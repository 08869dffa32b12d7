import { runTask } from '../run-task.ts';

await runTask(['federation-sender']);
