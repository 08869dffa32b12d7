import { type Config, loadConfig } from '../lib/config/config.ts';
import { createLogger, type Logger } from '../lib/observability/logger.ts';
import type { UnitName } from '../lib/routing/unit-names.ts';

/** The configuration of a deployed process: the file that MYELIN_CONFIG names, and the environment. */
export function deployedConfig(): Config {
  return loadConfig({ file: process.env['MYELIN_CONFIG'] || undefined, env: process.env });
}

/** The log of a deployed process, every line with its units. */
export function deployedLog(config: Config, units: readonly UnitName[]): Logger {
  return createLogger({ level: config.log.level, base: { units: units.join(',') } });
}
