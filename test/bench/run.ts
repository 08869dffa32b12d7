import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/*
 * `npm run bench -- NAME [ARGUMENTS]`: runs `NAME.bench.ts`. Benches drive loopback only and end by themselves. What they
 * claim are ratios of things measured in the same run: plain rates are the machine's.
 */

/** What a bench file exports. */
interface Bench {
  /** One sentence for the list. */
  about: string;
  run(args: string[]): Promise<void>;
}

const SUFFIX = '.bench.ts';

const [name, ...args] = process.argv.slice(2);
const files = await readdir(fileURLToPath(new URL('.', import.meta.url)));
const names = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
const load = (one: string) => import(new URL(`./${one}${SUFFIX}`, import.meta.url).href) as Promise<Bench>;

if (name !== undefined && names.includes(name)) {
  await (await load(name)).run(args);
} else {
  const given = name !== undefined && !name.startsWith('-');
  if (given) console.error(`There is no bench "${name}".`);
  console.log('npm run bench -- NAME [ARGUMENTS]\n');
  for (const one of names) console.log(`  ${one.padEnd(18)} ${(await load(one)).about}`);
  if (given) process.exitCode = 2;
}
