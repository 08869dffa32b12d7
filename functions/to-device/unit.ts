import { declareUnit } from '../../lib/routing/unit.ts';

/** Positions come from the turnstile inside the statement, so several instances may write. */
export const unit = declareUnit({
  name: 'to-device',
  kind: 'task',
  does: 'Queues to-device messages and records device list changes',
  replaces: ['stream writer: to_device'],
  streamsWritten: ['to_device', 'device_lists'],
  streamsFollowed: ['caches'],
  jobs: ['resync-device-lists'],
  needs: ['database', 'redis', 'internet'],
  memoryMiB: 512,
  scaling: { min: 1, max: 4, signal: 'cpu' },
  instances: 'stateless',
  databasePool: 4,
});
