import { declareUnit } from '../../lib/routing/unit.ts';

/** State in memory alone: a restart forgets who was typing, and nobody minds. */
export const unit = declareUnit({
  name: 'typing',
  kind: 'task',
  does: 'Knows who is typing',
  replaces: ['stream writer: typing'],
  streamsWritten: ['typing'],
  streamsFollowed: ['caches'],
  jobs: ['expire-typing'],
  needs: ['database', 'redis'],
  memoryMiB: 512,
  scaling: { min: 1, max: 1, signal: 'fixed' },
  instances: 'singleton',
  databasePool: 1,
});
