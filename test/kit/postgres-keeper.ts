// Holds the PostgreSQL server that the test processes of one checkout share; ends when none is connected any more.
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../lib/platform/embedded-postgres.ts';
import { serverFolder } from './postgres-server.ts';

const IDLE_MS = 60_000;
const MOST_TEMPLATES = 8;
const LOOK_MS = 2_000;

const folder = serverFolder();
const directory = join(folder, 'server');
const clean = join(folder, 'clean');
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: 300,
  shared_buffers: '64MB',
};

async function start() {
  const existed = await exists(join(directory, 'cluster'));
  // Without fsync nothing of an unclean end can be trusted. A server that is still running refuses in the start below.
  if (existed && !(await exists(clean))) {
    await startEmbeddedPostgres({ directory, settings }).then(
      (probe) => probe.stop(),
      (error: Error) => {
        if (runsAlready(error)) throw error;
      },
    );
    await rm(directory, { recursive: true, force: true });
  }
  const server = await startEmbeddedPostgres({ directory, settings });
  await rm(clean, { force: true });
  return server;
}

const server = await start().catch((error: Error) => {
  // Another keeper was faster, which is as good.
  if (runsAlready(error)) process.exit(0);
  throw error;
});
const client = new pg.Client({ connectionString: server.url });
await client.connect();
const { rows } = await client.query<{ datname: string }>(String.raw`
  SELECT datname FROM pg_database WHERE datname LIKE 'myelin\_test\_%' OR datname LIKE 'myelin\_template\_%'`);
const templates = rows.filter((row) => row.datname.startsWith('myelin_template_'));
const leftOver = templates.length > MOST_TEMPLATES ? rows : rows.filter((row) => !templates.includes(row));
for (const { datname } of leftOver) await client.query(`DROP DATABASE ${datname}`);
await writeFile(join(folder, 'url'), server.url, { mode: 0o600 });

for (let idleSince = Date.now(); Date.now() - idleSince < IDLE_MS; await sleep(LOOK_MS)) {
  const others = await client.query(
    `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  if (others.rowCount) idleSince = Date.now();
}
await rm(join(folder, 'url'), { force: true });
await client.end();
await server.stop();
await writeFile(clean, '');

function runsAlready(error: Error): boolean {
  return error.message.startsWith('another Myelin is running');
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
