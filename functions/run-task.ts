import type { UnitName } from '../lib/routing/unit-names.ts';
import { deployedConfig, deployedLog, serveUnits } from './open-units.ts';

/** Ends the process when closing takes longer than the platform waits before it kills (Fargate: 30 s). */
const LONGEST_CLOSE_MS = 25_000;

/**
 * Runs units as a task until SIGTERM or SIGINT: then no new requests are taken, those under way are answered, leases and
 * connections are given back. Exit code 1 when it cannot start.
 */
export async function runTask(units: readonly UnitName[]): Promise<void> {
  const config = deployedConfig();
  const log = deployedLog(config, units);
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  try {
    const served = await serveUnits(units, { config, log });
    log.info({ urls: served.urls }, 'serving');
    log.info({ signal: await stopped }, 'stopping');
    setTimeout(() => process.exit(1), LONGEST_CLOSE_MS).unref();
    await served.close();
  } catch (error) {
    log.fatal({ err: error }, 'the task cannot run');
    process.exitCode = 1;
  }
}
