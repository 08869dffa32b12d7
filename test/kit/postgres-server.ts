import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const KEEPER = fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url));
const START_MS = 60_000;

let server: Promise<string> | undefined;

/**
 * The URL of a PostgreSQL server where tests create their databases: MYELIN_TEST_DATABASE_URL, or the embedded one that
 * the first test process starts. A keeper process of its own holds the latter and stops it once no test is connected.
 */
export function testServerUrl(): Promise<string> {
  server ??= process.env['MYELIN_TEST_DATABASE_URL']
    ? Promise.resolve(process.env['MYELIN_TEST_DATABASE_URL'])
    : embeddedServer();
  return server;
}

/** Where the shared server of this checkout lives. */
export function serverFolder(): string {
  const checkout = createHash('sha256').update(KEEPER).digest('hex').slice(0, 8);
  return join(tmpdir(), `myelin-test-postgres-${process.getuid?.() ?? 0}-${checkout}`);
}

async function embeddedServer(): Promise<string> {
  const folder = serverFolder();
  await mkdir(folder, { recursive: true });
  const deadline = Date.now() + START_MS;
  let keeper: { failed: boolean; ended: boolean } | undefined;
  while (Date.now() < deadline) {
    const url = await readFile(join(folder, 'url'), 'utf8').catch(() => undefined);
    if (url && (await holdOpen(url))) return url;
    if (!keeper || (keeper.ended && !keeper.failed)) keeper = await startKeeper(folder);
    if (keeper.failed) break;
    await sleep(30);
  }
  const log = await readFile(join(folder, 'keeper.log'), 'utf8').catch(() => '');
  throw new Error(`the PostgreSQL server for tests does not start:\n${log.slice(-2_000)}`);
}

async function startKeeper(folder: string): Promise<{ failed: boolean; ended: boolean }> {
  const log = await open(join(folder, 'keeper.log'), 'a', 0o600);
  const child = spawn(process.execPath, [KEEPER], { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/' });
  await log.close();
  child.unref();
  const state = { failed: false, ended: false };
  child.once('exit', (code) => Object.assign(state, { ended: true, failed: code !== 0 }));
  child.once('error', () => Object.assign(state, { ended: true, failed: true }));
  return state;
}

/** Connects for as long as this process lives, which tells the keeper that tests run. */
async function holdOpen(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: 'myelin-test-hold' });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch {
    return false;
  }
  (client as unknown as { unref(): void }).unref();
  return true;
}
