import { serveUnits } from '../../functions/open-units.ts';
import type { Config } from '../config/config.ts';
import { createLogger } from '../observability/logger.ts';
import { UNIT_NAMES } from '../routing/unit-names.ts';
import { controlSocket, type Operations, serveControl } from './control.ts';
import { operationsOf } from './operations.ts';
import { prepareDatabase } from './prepare-database.ts';
import { Closers } from './shutdown.ts';

/** A server that answers requests. */
export interface ServingServer {
  /** Where it listens. */
  urls: string[];
  /** Resolves with the reason when it cannot go on. */
  failed: Promise<Error>;
  /** Answers what is under way and closes everything it opened. */
  close(): Promise<void>;
}

/** Runs every unit in this process, on a database that is running, and answers the commands of this machine. */
export async function serve(config: Config, databaseUrl: string): Promise<ServingServer> {
  await prepareDatabase(databaseUrl, config);
  const log = createLogger({ level: config.log.level });
  const failed = new Promise<Error>((resolve) => {
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'the process cannot go on');
      resolve(error);
    });
  });
  // One request's mistake; the others go on.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a rejection was not handled'));

  const closers = new Closers();
  const close = async () => {
    const [failure] = await closers.close();
    if (failure !== undefined) throw failure;
  };
  try {
    const served = await serveUnits(UNIT_NAMES, { config, log, databaseUrl });
    closers.add(() => served.close());
    const operations = operationsOf(served.ctx) as unknown as Operations;
    const control = await serveControl(controlSocket(config.dataDirectory), operations);
    closers.add(() => control.close());
    return { urls: served.urls, failed, close };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
