import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'receipts',
  kind: 'task',
  does: 'Stores read receipts',
  replaces: ['stream writer: receipts'],
  streamsWritten: ['receipts'],
  streamsFollowed: ['caches'],
  jobs: [],
  needs: ['database', 'redis'],
  memoryMiB: 512,
  scaling: { min: 1, max: 4, signal: 'cpu' },
  instances: 'stateless',
  databasePool: 4,
});
