import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { checkTogether, checkValues } from './check.ts';
import { ConfigError } from './config-error.ts';
import { readConfigFile } from './file.ts';
import { schema } from './schema.ts';
import { readSecretFiles } from './secret-files.ts';
import { addEnvironment, addTree, type Findings } from './sources.ts';

export { ConfigError } from './config-error.ts';
export { dumpConfig } from './dump.ts';

type Parsed = z.output<typeof schema>;

/**
 * The configuration, checked, with every default filled in and every path absolute. Secrets that were given by file
 * (`registrationSharedSecretFile`, …) stand under the secret's own key. What each key means stands beside its schema
 * in `sections/`, and is printed by `npm run myelin -- config keys`.
 */
export interface Config extends Parsed {
  publicBaseUrl: string;
  signingKeyFile: string;
  media: Parsed['media'] & { directory: string };
  email: Parsed['email'] & { from: string };
}

/** What may be given: every key optional. */
export type ConfigInput = z.input<typeof schema>;

export interface LoadOptions {
  /** A YAML or JSON file. */
  file?: string | undefined;
  /** Usually `process.env`; only `MYELIN_…` is looked at. */
  env: Record<string, string | undefined>;
  /** Wins over the file and the environment. */
  overrides?: ConfigInput | undefined;
  /** How overrides are named in mistakes, by dotted key: `{ 'listen.httpPort': '--port' }`. */
  overrideNames?: Record<string, string>;
}

/**
 * Puts the configuration together: defaults, then the file, then the environment, then the overrides.
 * @throws ConfigError with a sentence for every mistake there is
 */
export function loadConfig({ file, env, overrides = {}, overrideNames = {} }: LoadOptions): Config {
  const problems: string[] = [];
  const findings: Findings = new Map();
  const here = process.cwd();
  if (file !== undefined) {
    addTree(readConfigFile(file), () => file, dirname(resolve(file)), findings, problems);
  }
  addEnvironment(env, here, findings, problems);
  addTree(overrides, (path) => overrideNames[path] ?? 'the command line', here, findings, problems);
  readSecretFiles(findings, problems);

  const config = complete(schema.parse(checkValues(findings, problems)), here);
  checkTogether(config, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Fills in what follows from other keys. */
function complete(parsed: Parsed, here: string): Config {
  const dataDirectory = resolve(here, parsed.dataDirectory);
  const { listen } = parsed;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const reachable = host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host;
  const ownAddress =
    listen.httpsPort === undefined
      ? `http://${reachable}:${listen.httpPort}`
      : `https://${reachable}:${listen.httpsPort}`;
  return {
    ...parsed,
    dataDirectory,
    publicBaseUrl: (parsed.publicBaseUrl ?? ownAddress).replace(/\/+$/, ''),
    signingKeyFile: parsed.signingKeyFile ?? join(dataDirectory, 'signing.key'),
    media: { ...parsed.media, directory: parsed.media.directory ?? join(dataDirectory, 'media') },
    email: { ...parsed.email, from: parsed.email.from ?? `noreply@${parsed.serverName.replace(/:\d+$/, '')}` },
  };
}
