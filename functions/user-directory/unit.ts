import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'user-directory',
  kind: 'task',
  does: 'Keeps the table that user searches read',
  replaces: ['user_dir', 'update_user_directory_from_worker'],
  streamsWritten: [],
  streamsFollowed: ['events', 'caches'],
  jobs: ['rebuild-directory'],
  needs: ['database', 'redis'],
  memoryMiB: 512,
  scaling: { min: 1, max: 1, signal: 'fixed' },
  instances: 'singleton',
  databasePool: 2,
});
