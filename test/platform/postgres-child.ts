// A process that the tests of the embedded PostgreSQL kill: starts the server, then writes numbered rows and prints the
// number of each once it is committed.
import pg from 'pg';
import { startEmbeddedPostgres } from '../../lib/platform/embedded-postgres.ts';

const [directory, mode] = process.argv.slice(2);
try {
  const server = await startEmbeddedPostgres({ directory: directory! });
  console.log(`ready ${server.pid}`);
  if (mode === 'stop') await server.stop();
  if (mode === 'exit') process.exit(0);
  if (mode === 'write') {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS written (n integer PRIMARY KEY)');
    const { rows } = await client.query<{ next: number }>('SELECT coalesce(max(n), 0) + 1 AS next FROM written');
    for (let n = rows[0]!.next; ; n += 1) {
      await client.query('INSERT INTO written VALUES ($1)', [n]);
      console.log(n);
    }
  }
  if (mode === 'hold') setInterval(() => {}, 60_000);
} catch (error) {
  console.log(`error ${(error as Error).message}`);
}
