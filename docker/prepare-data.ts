// Makes the database of the image while it is built, with its schema, so that a container starts without that work. Its
// password is the same in every container then, which gives nothing away: the socket is for the one user who can read it.
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../lib/platform/embedded-postgres.ts';
import { Database } from '../lib/storage/database.ts';
import { migrate } from '../lib/storage/migrate.ts';

const postgres = await startEmbeddedPostgres({ directory: join(process.env['MYELIN_DATA_DIRECTORY']!, 'postgres') });
const db = new Database(postgres.url, { poolSize: 1, applicationName: 'myelin-prepare' });
try {
  await migrate(db);
} finally {
  await db.close();
  await postgres.stop();
}
