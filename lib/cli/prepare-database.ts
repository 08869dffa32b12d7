import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { processIdentity } from '../platform/postgres/processes.ts';
import { serverNameOf } from '../spec/ids.ts';
import { Database } from '../storage/database.ts';
import { migrate } from '../storage/migrate.ts';
import { anyUserId, liveOwners } from '../storage/server-facts.ts';
import { withoutPassword } from './database.ts';
import { Failure } from './failure.ts';
import { withProgress } from './terminal.ts';

/** A killed server's leases end by then. */
const leaseEndMs = 6000;

/**
 * Makes a database ready for this server: the schema up to date, nobody else at work on it, the name the same as ever.
 * @throws Failure
 */
export async function prepareDatabase(url: string, config: Config): Promise<void> {
  const db = new Database(url, { poolSize: 1, applicationName: 'myelin-prepare' });
  try {
    await withProgress('Waiting for another server on this database to end', refuseOthers(db, config));
    await withProgress('Bringing the database up to date', migrate(db));
    await refuseOtherName(db, config);
  } finally {
    await db.close();
  }
}

/** One server alone may write a database whose units are all in one process; it would take the rooms from the other. */
async function refuseOthers(db: Database, config: Config): Promise<void> {
  // On the embedded database the data directory's lock says it all.
  if (config.databaseUrl === undefined) return;
  const deadline = Date.now() + leaseEndMs;
  for (;;) {
    const owners = await livingOwners(db);
    const [owner] = owners;
    if (owner === undefined) return;
    if (Date.now() > deadline) {
      throw new Failure(
        `Another Myelin is running on ${withoutPassword(config.databaseUrl)} (${owner}). Stop it first, or use another database.`,
      );
    }
    await sleep(300);
  }
}

/** Owners of slots, less those that were processes of this machine and are gone. */
async function livingOwners(db: Database): Promise<string[]> {
  const living: string[] = [];
  for (const owner of await liveOwners(db)) {
    const [, host, pid] = /^(.*)-(\d+)-[^-]*$/.exec(owner) ?? [];
    const gone = host === hostname() && (await processIdentity(Number(pid))) === undefined;
    if (!gone) living.push(owner);
  }
  return living;
}

async function refuseOtherName(db: Database, config: Config): Promise<void> {
  const userId = await anyUserId(db);
  const name = userId === undefined ? undefined : serverNameOf(userId);
  if (name === undefined || name === config.serverName) return;
  throw new Failure(
    `This data belongs to the server "${name}" and cannot be renamed to "${config.serverName}". Start with --server-name ${name}, or with another --data-dir.`,
  );
}
