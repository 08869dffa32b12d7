import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { relative } from 'node:path';
import type { Config } from '../config/config.ts';
import { embeddedDirectory, withoutPassword } from './database.ts';
import { bold, columns, dim, green } from './terminal.ts';

export interface BannerFacts {
  config: Config;
  /** Where it listens. */
  urls: string[];
  /** From the start of the process until now. */
  startedInMs: number;
  /** The file named on the command line, if any. */
  configFile: string | undefined;
}

/** The command that makes a user of this very server. */
export function userCommand({ config, configFile }: Pick<BannerFacts, 'config' | 'configFile'>): string {
  // In a container of the all-in-one image, where the environment says the rest.
  if (process.argv[1] === 'myelin') return `docker exec ${hostname()} myelin user add alice`;
  const flags: string[] = [];
  if (configFile !== undefined) flags.push(`--config ${quoted(configFile)}`);
  else {
    const usual = relative(process.cwd(), config.dataDirectory) === '.myelin';
    if (!usual) flags.push(`--data-dir ${quoted(config.dataDirectory)}`);
    if (config.serverName !== 'localhost') flags.push(`--server-name ${quoted(config.serverName)}`);
  }
  return ['npm run myelin -- user add alice', ...flags].join(' ');
}

/** What `npm start` prints once the server answers. */
export function banner(facts: BannerFacts): string {
  const { config, urls, startedInMs } = facts;
  const database =
    config.databaseUrl === undefined
      ? `embedded, in ${shown(embeddedDirectory(config))}`
      : withoutPassword(config.databaseUrl);
  const rows = [
    ['Server name', config.serverName],
    ['Listening on', urls.join(', ')],
    ['Data', shown(config.dataDirectory)],
    ['Database', database],
    ['Make a user', userCommand(facts)],
    ['Registration', config.enableRegistration ? 'open' : 'closed (enableRegistration)'],
    ['Stop', 'Ctrl-C'],
  ];
  const [first = '', ...rest] = columns(rows.map(([name = '', value = '']) => [`  ${name}`, value]));
  const title = `${green('✓')} ${bold('Myelin is running')} ${dim(`(started in ${(startedInMs / 1000).toFixed(1)} s)`)}`;
  return [title, '', first, ...rest, ''].join('\n');
}

/** A path as short as it can be typed from here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') || near === '' || !existsSync(path) ? path : `./${near}`;
}

function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
