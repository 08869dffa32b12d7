import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'keys',
  kind: 'lambda',
  does: 'Answers end-to-end encryption requests',
  replaces: ['generic_worker: Encryption requests', 'frontend_proxy'],
  streamsWritten: [],
  streamsFollowed: [],
  jobs: [],
  needs: ['database', 'redis', 'internet'],
  memoryMiB: 768,
  scaling: { min: 0, max: 500, signal: 'concurrency' },
  instances: 'stateless',
  databasePool: 1,
});
