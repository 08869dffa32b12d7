import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'appservice',
  kind: 'task',
  does: 'Sends transactions to application services',
  replaces: ['appservice', 'notify_appservices_from_worker'],
  streamsWritten: [],
  streamsFollowed: ['events', 'typing', 'receipts', 'presence', 'to_device', 'device_lists', 'caches'],
  jobs: ['retry-appservices'],
  needs: ['database', 'redis', 'internet'],
  memoryMiB: 512,
  scaling: { min: 1, max: 1, signal: 'fixed' },
  instances: 'singleton',
  databasePool: 2,
});
