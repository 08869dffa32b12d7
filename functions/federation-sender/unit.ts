import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'federation-sender',
  kind: 'task',
  does: 'Sends events and ephemeral data to other servers',
  replaces: ['federation_sender'],
  streamsWritten: ['federation'],
  streamsFollowed: ['events', 'typing', 'receipts', 'presence', 'to_device', 'device_lists', 'caches'],
  jobs: ['retry-destinations'],
  needs: ['database', 'redis', 'internet'],
  memoryMiB: 1024,
  scaling: { min: 1, max: 16, signal: 'lag' },
  instances: 'sharded',
  shardedBy: 'destination',
  databasePool: 4,
});
