import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'media',
  kind: 'task',
  does: 'Stores, serves, scales and previews media',
  replaces: ['media_repository'],
  streamsWritten: [],
  streamsFollowed: ['caches'],
  jobs: ['prune-remote-media', 'prune-pending-uploads'],
  needs: ['database', 'redis', 's3', 'internet'],
  memoryMiB: 2048,
  scaling: { min: 1, max: 20, signal: 'cpu' },
  instances: 'stateless',
  databasePool: 4,
});
