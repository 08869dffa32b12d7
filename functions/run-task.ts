import type { UnitName } from '../lib/routing/unit-names.ts';
import { deployedConfig, deployedLog } from './deployed-config.ts';
import { serveUnits } from './open-units.ts';
import { tellReady, toldToEnd } from './parent.ts';

/** Ends the process when closing takes longer than the platform waits before it kills (Fargate: 30 s). */
const LONGEST_CLOSE_MS = 25_000;

/**
 * Runs units as a task until SIGTERM or SIGINT (or until the process that started it ends): then no new requests are taken, those under way are answered, leases and
 * connections are given back. Exit code 1 when it cannot start.
 */
export async function runTask(units: readonly UnitName[]): Promise<void> {
  const config = deployedConfig();
  const log = deployedLog(config, units);
  const end = toldToEnd();
  try {
    const served = await serveUnits(units, { config, log });
    log.info({ urls: served.urls }, 'serving');
    tellReady(served.urls);
    log.info({ signal: await end }, 'stopping');
    setTimeout(() => process.exit(1), LONGEST_CLOSE_MS).unref();
    await served.close();
    if (process.connected) process.disconnect();
  } catch (error) {
    log.fatal({ err: error }, 'the task cannot run');
    process.exitCode = 1;
  }
}
