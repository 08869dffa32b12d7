import { Database } from '../../lib/storage/database.ts';
import { grantRoles } from '../../lib/storage/database-roles.ts';
import { migrate } from '../../lib/storage/migrate.ts';
import { deployedConfig, deployedLog } from '../deployed-config.ts';

const config = deployedConfig();
const log = deployedLog(config, ['migrate']);
if (!config.databaseUrl) throw new Error('databaseUrl is not configured: there is no schema to bring up to date.');
const db = new Database(config.databaseUrl, { poolSize: 1, applicationName: 'myelin-migrate' });
try {
  log.info({ applied: await migrate(db) }, 'the schema is up to date');
  // In a deployment, units sign in with roles of their own.
  await grantRoles(db, process.env['DATABASE_ROLES']?.split(',') ?? []);
} finally {
  await db.close();
}
