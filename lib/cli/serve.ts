import type { Config } from '../config/config.ts';
import { Failure } from './failure.ts';

/** A server that answers requests. */
export interface ServingServer {
  /** Where it listens. */
  urls: string[];
  /** Resolves with the reason when it cannot go on. */
  failed: Promise<Error>;
  /** Answers what is under way and closes everything it opened. */
  close(): Promise<void>;
}

/** Runs every unit in this process on a database that is running. */
export async function serve(_config: Config, _databaseUrl: string): Promise<ServingServer> {
  throw new Failure('The server cannot be run yet.');
}
