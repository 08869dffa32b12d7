import { DEFAULTS, type Stage } from '../stages.ts';

/**
 * What a local AWS (LocalStack, MiniStack) can run: functions, gateway, bucket, queues and secrets. The rest are processes
 * on this machine, at addresses that `npm run test:emulated` and `npm run test:localstack` give.
 */
const local: Stage = {
  ...DEFAULTS,
  name: 'local',
  serverName: 'localhost',
  streamResponses: [],
  dashboard: false,
  // Registrations of tests come one after the other.
  config: { enableRegistration: true, registrationRequiresToken: false, rateLimits: false },
  local: {
    tasksUrl: process.env['LOCAL_TASKS_URL'] ?? 'http://127.0.0.1:8008',
    databaseUrl: process.env['LOCAL_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/myelin',
    redisUrl: process.env['LOCAL_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  },
};

export default local;
