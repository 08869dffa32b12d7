import { declareUnit } from '../../lib/routing/unit.ts';

/** Holds the whole router: a request that lands here by mistake is answered all the same. */
export const unit = declareUnit({
  name: 'client',
  kind: 'lambda',
  does: 'Answers the client-server API and everything that no other unit takes',
  replaces: ['generic_worker: Client API requests', 'generic_worker: Event sending requests', 'main process'],
  streamsWritten: [],
  streamsFollowed: [],
  jobs: [],
  needs: ['database', 'redis', 'internet', 'sqs'],
  memoryMiB: 1024,
  scaling: { min: 0, max: 1000, signal: 'concurrency' },
  instances: 'stateless',
  streamsAnswers: true,
  databasePool: 1,
});
