import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'pusher',
  kind: 'task',
  does: 'Sends push notifications and notification mails',
  replaces: ['pusher'],
  streamsWritten: [],
  streamsFollowed: ['events', 'receipts', 'push_rules', 'account_data', 'caches'],
  jobs: ['retry-pushers'],
  needs: ['database', 'redis', 'internet', 'ses'],
  memoryMiB: 512,
  scaling: { min: 1, max: 8, signal: 'lag' },
  instances: 'sharded',
  shardedBy: 'user',
  databasePool: 4,
});
