import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, launchAs, serverAccount } from './postgres/account.ts';
import { findBinaries } from './postgres/binaries.ts';
import { CLUSTER, openCluster, prepareDirectory } from './postgres/cluster.ts';
import { processIdentity } from './postgres/processes.ts';
import { clearTheWay, clusterTag } from './postgres/running.ts';

const START_MS = 300_000;
const STOP_MS = 30_000;
const MOST_LOG_BYTES = 8 * 1024 * 1024;
// A socket's address has room for 107 bytes, and the server adds its own file name.
const LONGEST_SOCKET_FOLDER = 90;

/** Settings of {@link startEmbeddedPostgres}. */
export interface EmbeddedPostgresOptions {
  /** Where everything lives: data, password, log. Created when missing. */
  directory: string;
  /** Further server settings; they win over ours. */
  settings?: Record<string, string | number>;
}

/** A running embedded server. */
export interface EmbeddedPostgres {
  /** For `pg` and for `psql`; holds the password. */
  url: string;
  /** The server's process. */
  pid: number;
  /** Settles when the server's process has ended, for whatever reason. */
  exited: Promise<void>;
  /** Closes all connections, writes everything out and waits for the end. May be called twice. */
  stop(): Promise<void>;
}

/** Settings for one machine with other things to do. Commits are durable. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: 100,
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'minimal',
  max_wal_senders: 0,
  wal_compression: 'on',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  random_page_cost: 1.1,
  jit: 'off',
  max_parallel_workers_per_gather: 0,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
};

/**
 * Starts the PostgreSQL that comes with Myelin on a directory of its own, reachable through a Unix socket. It runs as
 * an unprivileged user even when we are root, and ends with this process where the platform can arrange that; a server
 * left over by a killed Myelin is stopped cleanly first.
 *
 * @throws Error "another Myelin is running on DIR (pid N)", or another sentence that says why it does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new Error('the embedded PostgreSQL needs Linux or macOS: set databaseUrl, or use WSL');
  }
  const binaries = findBinaries();
  const account = serverAccount(join(options.directory, CLUSTER, 'data'));
  await prepareDirectory(resolve(options.directory), account);
  const directory = await realpath(options.directory);
  const { data, password } = await openCluster(directory, binaries, account);
  const sockets = await socketFolder(directory, account);
  const logFile = await rotateLog(join(directory, 'postgresql.log'));

  for (let attempt = 1; ; attempt += 1) {
    await clearTheWay(directory, data, join(sockets, '.s.PGSQL.5432'));
    const settings: Record<string, string | number> = {
      ...SETTINGS,
      ...options.settings,
      unix_socket_directories: sockets,
      cluster_name: clusterTag(data),
      'myelin.owner': String(await processIdentity(process.pid)),
    };
    const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const launch = launchAs(account, binaries.postgres, args, [data]);
    const log = await open(logFile, 'a', 0o600);
    const logged = (await log.stat()).size;
    const child = spawn(launch.file, launch.args, {
      uid: launch.uid,
      gid: launch.gid,
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['ignore', log.fd, log.fd],
      // A Ctrl-C in the terminal is for us; we stop the server when we no longer need it.
      detached: true,
    });
    await log.close();
    const server = manage(child);
    if (await becomesReady(child, data, server.exited)) {
      const user = `myelin:${encodeURIComponent(password)}`;
      const url = `postgresql://${user}@localhost/postgres?host=${encodeURIComponent(sockets)}`;
      return { url, pid: child.pid!, ...server };
    }
    const output = (await readFile(logFile, 'utf8')).slice(logged).trim();
    // Two processes that start at the same moment: the server lets one in, the other looks again who that is.
    if (!output.includes('postmaster.pid" already exists') || attempt === 3) {
      throw new Error(`PostgreSQL does not start on ${directory}: ${output || 'it ended without a word'}`);
    }
  }
}

function manage(child: ChildProcess): Pick<EmbeddedPostgres, 'exited' | 'stop'> {
  const interrupt = () => child.kill('SIGINT');
  process.once('exit', interrupt);
  // Whoever uses the server keeps the event loop busy; the server alone must not.
  child.unref();
  const exited = new Promise<void>((done) => {
    const end = () => {
      process.off('exit', interrupt);
      done();
    };
    child.once('exit', end).once('error', end);
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    interrupt();
    const forced = setTimeout(() => child.kill('SIGQUIT'), STOP_MS);
    await exited;
    clearTimeout(forced);
  };
  return { exited, stop };
}

async function becomesReady(child: ChildProcess, data: string, exited: Promise<void>): Promise<boolean> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + START_MS;
  while (!ended && Date.now() < deadline) {
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return true;
    await sleep(10);
  }
  child.kill('SIGQUIT');
  return false;
}

async function socketFolder(directory: string, account: Account | undefined): Promise<string> {
  let folder = join(directory, 'run');
  if (Buffer.byteLength(folder) > LONGEST_SOCKET_FOLDER) {
    folder = join(resolve(tmpdir()), `myelin-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`);
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
  const { uid } = await stat(folder);
  if (uid !== (account?.uid ?? process.getuid?.())) throw new Error(`${folder} belongs to another user`);
  await chmod(folder, 0o700);
  return folder;
}

async function rotateLog(file: string): Promise<string> {
  const size = await stat(file).then(
    (s) => s.size,
    () => 0,
  );
  if (size > MOST_LOG_BYTES) await rename(file, `${file}.1`);
  return file;
}
