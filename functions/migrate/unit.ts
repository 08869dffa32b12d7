import { declareUnit } from '../../lib/routing/unit.ts';

export const unit = declareUnit({
  name: 'migrate',
  kind: 'job',
  does: 'Brings the database schema up to date before code that needs it',
  replaces: ['main process: schema upgrades'],
  streamsWritten: [],
  streamsFollowed: [],
  jobs: ['migrate'],
  needs: ['database'],
  memoryMiB: 512,
  scaling: { min: 0, max: 1, signal: 'fixed' },
  instances: 'singleton',
  databasePool: 1,
});
