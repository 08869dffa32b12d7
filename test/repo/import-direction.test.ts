import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { read, sources, withoutComments } from './tree.ts';

/** What each layer may import beside itself. Everything points down (CONTRIBUTING.md, "Layout"). */
const below: Record<string, string[]> = {
  'lib/spec': [],
  'lib/routing': ['lib/spec'],
  'lib/config': ['lib/spec', 'lib/platform', 'lib/observability'],
  'lib/platform': ['lib/spec', 'lib/config', 'lib/observability'],
  'lib/observability': ['lib/spec', 'lib/config', 'lib/platform'],
};
const beside = ['lib/spec', 'lib/routing', 'lib/config', 'lib/platform', 'lib/observability'];
const stack = ['lib/storage', 'lib/streams', 'lib/domain', 'lib/api'];
for (const [height, layer] of stack.entries()) {
  // The tables of routes are nothing that stored data depends on.
  const sideways = layer === 'lib/storage' ? beside.filter((name) => name !== 'lib/routing') : beside;
  below[layer] = [...sideways, ...stack.slice(0, height)];
}
below['functions'] = [...beside, ...stack];
below['lib/gateway'] = [...beside, ...stack, 'functions'];
below['infra'] = ['lib/config', 'lib/routing', 'lib/spec', 'functions'];
// What a stage costs is asked on the command line, and read from the stages.
below['lib/cli'] = [...beside, ...stack, 'functions', 'lib/gateway', 'infra'];

/** What may be imported from outside where that is not anything. */
const outside: Record<string, RegExp> = {
  'lib/spec': /^node:(crypto|buffer)$/,
  'lib/routing': /^node:(crypto|buffer)$/,
};

export function layerOf(file: string): string | undefined {
  return Object.keys(below).find((layer) => file.startsWith(`${layer}/`));
}

/** All modules a text imports, by whatever form of import. */
function importsOf(text: string): string[] {
  const found = withoutComments(text).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^'\n]+)'/g);
  return [...found].map((match) => match[1] ?? '');
}

/** One sentence for each import that goes up. */
function violations(file: string, text: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file} is in no layer`];
  return importsOf(text).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      const allowed = outside[layer];
      return allowed === undefined || allowed.test(specifier) ? [] : [`${file} (${layer}) imports ${specifier}`];
    }
    const target = posix.join(posix.dirname(file), specifier);
    // The version of this very program.
    if (target === 'package.json' && outside[layer] === undefined) return [];
    const targetLayer = layerOf(target);
    const allowed = targetLayer === layer || (targetLayer !== undefined && below[layer]?.includes(targetLayer));
    return allowed ? [] : [`${file} (${layer}) imports ${target}`];
  });
}

describe('import direction', () => {
  test('every import in lib and functions points down', () => {
    const files = sources('lib', 'functions');
    assert.ok(files.length > 50, 'the files of lib and functions are found');
    assert.deepEqual(
      files.flatMap((file) => violations(file, read(file))),
      [],
    );
  });

  test('infra sees declarations, routes and configuration only', () => {
    const allowed =
      /^(infra\/|functions\/([^/]+\/unit|units|placements)\.ts$|lib\/(routing|config|spec)\/|package\.json$)/;
    const wrong = sources('infra').flatMap((file) =>
      importsOf(read(file))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.join(posix.dirname(file), specifier))
        .filter((target) => !allowed.test(target))
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  test('an import upwards is found in every form', () => {
    const upwards = [
      "import { x } from '../api/http/app.ts';",
      "import type { X } from '../domain/context.ts';",
      "export * from '../cli/main.ts';",
      "import '../api/index.ts';",
      "const x = await import('../streams/hub.ts');",
      "import {\n  a,\n  b,\n} from '../../functions/units.ts';",
    ];
    for (const text of upwards) assert.equal(violations('lib/storage/rooms.ts', text).length, 1, text);
    assert.equal(violations('lib/spec/ids.ts', "import { readFile } from 'node:fs/promises';").length, 1);
    assert.equal(violations('lib/spec/ids.ts', "import { z } from 'zod';").length, 1);
    assert.equal(violations('lib/routing/x.ts', "import { Config } from '../config/config.ts';").length, 1);
    assert.equal(violations('lib/api/client/x.ts', "import { main } from '../../cli/main.ts';").length, 1);
  });

  test('an import downwards is fine', () => {
    const downwards = [
      ['lib/api/client/rooms/send-event.ts', "import type { Context } from '../../../domain/context.ts';"],
      ['lib/storage/a.ts', "import pg from 'pg';\nimport { x } from '../spec/ids.ts';"],
      ['lib/spec/a/b.ts', "import { createHash } from 'node:crypto';\nimport { y } from '../ids.ts';"],
      ['lib/domain/a.ts', "// from '../api/x.ts'\n/* import '../cli/main.ts' */"],
    ];
    for (const [file = '', text = ''] of downwards) assert.deepEqual(violations(file, text), []);
  });
});
