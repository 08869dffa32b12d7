import { declareUnit } from '../../lib/routing/unit.ts';

/** Rooms fall into 64 slots, and slots are leased: no more instances than slots have work. */
export const unit = declareUnit({
  name: 'event-persister',
  kind: 'task',
  does: 'Builds, authorises, signs and stores events, each room at one owner',
  replaces: ['stream writer: events'],
  streamsWritten: ['events'],
  streamsFollowed: ['push_rules', 'caches'],
  jobs: ['drain-inbox'],
  needs: ['database', 'redis', 'internet', 'sqs'],
  memoryMiB: 4096,
  scaling: { min: 1, max: 64, signal: 'cpu' },
  instances: 'sharded',
  shardedBy: 'room',
  databasePool: 8,
});
