import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'account-data',
  kind: 'task',
  does: 'Stores account data, tags and push rules',
  replaces: ['stream writer: account_data'],
  streamsWritten: ['account_data', 'push_rules'],
  streamsFollowed: ['caches'],
  jobs: [],
  needs: ['database', 'redis'],
  memoryMiB: 512,
  scaling: { min: 1, max: 4, signal: 'cpu' },
  instances: 'stateless',
  databasePool: 4,
});
