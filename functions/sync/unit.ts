import { declareUnit } from '../../lib/routing/unit.ts';

/** Caches only: any instance serves any token. */
export const unit = declareUnit({
  name: 'sync',
  kind: 'task',
  does: 'Answers /sync, sliding sync and the older event streams',
  replaces: ['generic_worker: Sync requests'],
  streamsWritten: [],
  streamsFollowed: [
    'events',
    'receipts',
    'account_data',
    'to_device',
    'device_lists',
    'push_rules',
    'presence',
    'typing',
    'caches',
  ],
  jobs: [],
  needs: ['database', 'redis'],
  memoryMiB: 2048,
  scaling: { min: 1, max: 200, signal: 'connections' },
  instances: 'stateless',
  databasePool: 8,
});
