import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'background',
  kind: 'task',
  does: 'Runs what is periodic or long: purges, expiries, delayed events, statistics',
  replaces: ['run_background_tasks_on'],
  streamsWritten: [],
  streamsFollowed: ['caches'],
  jobs: [
    'purge-history',
    'remove-rooms',
    'redact-users',
    'part-deactivated-users',
    'send-delayed-events',
    'expire-events',
    'prune-tokens',
    'prune-uia-sessions',
    'prune-transactions',
    'prune-federation-transactions',
    'prune-to-device',
    'collect-statistics',
  ],
  needs: ['database', 'redis', 'internet', 's3', 'sqs', 'ses'],
  memoryMiB: 1024,
  scaling: { min: 1, max: 1, signal: 'fixed' },
  instances: 'singleton',
  databasePool: 4,
});
