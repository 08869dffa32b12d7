import { existsSync } from 'node:fs';
import { type Config, type ConfigInput, loadConfig } from '../config/config.ts';
import { type Flag, type Invocation, textFlag } from './command.ts';
import { Failure } from './failure.ts';

/** Read when neither --config nor MYELIN_CONFIG names a file. */
const usualFile = 'myelin.yaml';

/** Flags of every verb that needs to know the server. */
export const configFlags = {
  config: { type: 'string', value: 'FILE', doc: `Configuration in YAML or JSON; ./${usualFile} when it is there.` },
  'data-dir': { type: 'string', value: 'DIR', doc: 'Where the server keeps its data (dataDirectory; ./.myelin).' },
  'server-name': { type: 'string', value: 'NAME', doc: 'The name in user ids (serverName; localhost).' },
  database: { type: 'string', value: 'URL', doc: 'PostgreSQL to use instead of the embedded one (databaseUrl).' },
} satisfies Record<string, Flag>;

/** Flags that only make sense for a server that listens. */
export const listenFlags = {
  port: { type: 'string', value: 'N', doc: 'Port of plain HTTP; 0 takes a free one (listen.httpPort; 8008).' },
  placement: { type: 'string', value: 'NAME', doc: 'How units share processes: one, small or scaled (placement).' },
} satisfies Record<string, Flag>;

/** The dotted key behind each flag. */
const keyOfFlag: Record<string, string> = {
  'data-dir': 'dataDirectory',
  'server-name': 'serverName',
  database: 'databaseUrl',
  port: 'listen.httpPort',
  placement: 'placement',
};

/** The configuration file that counts, if any. */
export function configFile(invocation: Invocation): string | undefined {
  const named = textFlag(invocation, 'config') ?? process.env['MYELIN_CONFIG'];
  if (named !== undefined && named !== '') return named;
  return existsSync(usualFile) ? usualFile : undefined;
}

/**
 * The configuration as file, environment and flags say.
 * @throws ConfigError
 */
export function configOf(invocation: Invocation): Config {
  const overrides: Record<string, unknown> = {};
  const overrideNames: Record<string, string> = {};
  for (const [flag, key] of Object.entries(keyOfFlag)) {
    const value = textFlag(invocation, flag);
    if (value === undefined) continue;
    if (value === '') throw new Failure(`--${flag} needs a value`, 2);
    overrideNames[key] = `--${flag}`;
    if (key === 'listen.httpPort') overrides['listen'] = { httpPort: /^\d+$/.test(value) ? Number(value) : value };
    else overrides[key] = value;
  }
  return loadConfig({
    file: configFile(invocation),
    env: process.env,
    overrides: overrides as ConfigInput,
    overrideNames,
  });
}
