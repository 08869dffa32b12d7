import { declareUnit } from '../../lib/routing/unit.ts';

/** Password hashing wants a whole processor, which Lambda gives from 1769 MiB. Any instance can finish any sign-on flow. */
export const unit = declareUnit({
  name: 'login',
  kind: 'lambda',
  does: 'Signs users in and up, by password, token, single sign-on and OAuth 2.0',
  replaces: ['generic_worker: Registration/login requests', 'generic_worker: SSO'],
  streamsWritten: [],
  streamsFollowed: [],
  jobs: [],
  needs: ['database', 'redis', 'internet'],
  memoryMiB: 1769,
  scaling: { min: 0, max: 200, signal: 'concurrency' },
  instances: 'stateless',
  databasePool: 1,
});
