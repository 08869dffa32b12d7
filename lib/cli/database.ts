import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { Failure } from './failure.ts';
import { withProgress } from './terminal.ts';

/** A database that runs; `stop` ends it where it is ours. */
export interface RunningDatabase {
  url: string;
  /** Resolves when it ends by itself; never for one that is not ours. */
  failed: Promise<Error>;
  stop(): Promise<void>;
}

/** Where the embedded PostgreSQL of a data directory lives. */
export function embeddedDirectory(config: Config): string {
  return join(config.dataDirectory, 'postgres');
}

/**
 * The configured database, or the embedded one, which is started. The caller holds the data directory's lock.
 * @param settings of the embedded server
 */
export async function startDatabase(
  config: Config,
  settings: Record<string, string | number> = {},
): Promise<RunningDatabase> {
  if (config.databaseUrl !== undefined) {
    return { url: config.databaseUrl, failed: new Promise(() => {}), stop: async () => {} };
  }
  const directory = embeddedDirectory(config);
  const { url, exited, stop } = await withProgress(
    'Starting the database',
    startEmbeddedPostgres({ directory, settings }),
  );
  const failed = exited.then(() => new Failure(`The embedded PostgreSQL ended by itself; its log is in ${directory}.`));
  return { url, failed, stop };
}

/** A sentence without the password for a database that does not answer. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = '';
    return parsed.href;
  } catch {
    return 'the database';
  }
}
