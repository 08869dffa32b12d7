import { nearest } from '../config/nearest.ts';
import type { Command } from './command.ts';
import { parse } from './command.ts';
import { Failure, sentencesOf } from './failure.ts';
import { printHelp, printVerbs } from './help.ts';
import { printError, red } from './terminal.ts';

/** Each verb's module is loaded when it is called for. */
const verbs: Record<string, () => Promise<{ default: Command }>> = {
  start: () => import('./verbs/start.ts'),
  'user add': () => import('./verbs/user-add.ts'),
  'token user': () => import('./verbs/token-user.ts'),
  'token registration': () => import('./verbs/token-registration.ts'),
  doctor: () => import('./verbs/doctor.ts'),
  routes: () => import('./verbs/routes.ts'),
  'config check': () => import('./verbs/config-check.ts'),
  'config dump': () => import('./verbs/config-dump.ts'),
  'config keys': () => import('./verbs/config-keys.ts'),
  migrate: () => import('./verbs/migrate.ts'),
  cost: () => import('./verbs/cost.ts'),
  'deployment admin': () => import('./verbs/deployment-admin.ts'),
  status: () => import('./verbs/status.ts'),
  bench: () => import('./verbs/bench.ts'),
};

/** The verb at the start of the words, and what stands behind it. */
function findVerb(words: string[]): { verb: string; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const verb = words.slice(0, length).join(' ');
    if (verbs[verb] !== undefined) return { verb, rest: words.slice(length) };
  }
  return undefined;
}

async function load(names: string[]): Promise<Command[]> {
  return Promise.all(names.map(async (name) => (await verbs[name]!()).default));
}

async function main(words: string[]): Promise<number> {
  const asksForHelp = words.length === 0 || words.some((word) => word === '--help' || word === '-h' || word === 'help');
  const plain = words.filter((word) => !['--help', '-h', 'help'].includes(word));
  const found = findVerb(plain);
  if (found === undefined) {
    const group = Object.keys(verbs).filter((verb) => verb.startsWith(`${plain[0]} `));
    if (asksForHelp && (plain.length === 0 || group.length > 0)) {
      printVerbs(await load(group.length > 0 ? group : Object.keys(verbs)));
      return 0;
    }
    if (group.length > 0) throw new Failure(`"${plain[0]}" goes with ${list(group)}.`, 2);
    const near =
      nearest(plain.slice(0, 2).join(' '), Object.keys(verbs)) ?? nearest(plain[0] ?? '', Object.keys(verbs));
    const hint = near === undefined ? '"npm run myelin" lists the verbs.' : `Did you mean "${near}"?`;
    throw new Failure(`There is no verb "${plain[0]}". ${hint}`, 2);
  }
  const [command] = await load([found.verb]);
  if (asksForHelp) {
    printHelp(command!);
    return 0;
  }
  return (await command!.run(parse(command!, found.rest))) ?? 0;
}

function list(names: string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  for (const sentence of sentencesOf(error)) printError(`${red('✗', process.stderr)} ${sentence}`);
  // The stack is for whoever asks for it.
  if (process.env['MYELIN_LOG_LEVEL'] === 'debug' && error instanceof Error) printError(String(error.stack));
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
}
