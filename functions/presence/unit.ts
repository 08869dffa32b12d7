import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'presence',
  kind: 'task',
  does: 'Knows who is online',
  replaces: ['stream writer: presence', 'frontend_proxy: presence stub'],
  streamsWritten: ['presence'],
  streamsFollowed: ['caches'],
  jobs: ['expire-presence'],
  needs: ['database', 'redis'],
  memoryMiB: 512,
  scaling: { min: 1, max: 1, signal: 'fixed' },
  instances: 'singleton',
  databasePool: 2,
});
