import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { keys } from '../../lib/config/keys.ts';
import { projectFiles, read, root } from './tree.ts';

const pages = projectFiles().filter((file) => file.endsWith('.md'));
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

/** What stands in backquotes or behind a link. */
function quoted(text: string): string[] {
  const outsideBlocks = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...outsideBlocks.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

function links(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** Whether a quoted word is meant as a path of this repository, and not a URL, a glob or a pattern with a placeholder. */
function isPath(word: string): boolean {
  return /^(lib|functions|infra|test|docs|scripts|\.ci)\/[\w./-]*$/.test(word) || /^[A-Z]+\.md$/.test(word);
}

describe('documentation', () => {
  test('there is a README, a CONTRIBUTING and a LICENSE', () => {
    for (const file of ['README.md', 'CONTRIBUTING.md', 'LICENSE']) assert.ok(existsSync(join(root, file)), file);
  });

  test('every path that a page names exists', () => {
    const missing = pages.flatMap((page) =>
      quoted(read(page))
        .filter(isPath)
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${page} names ${path}`),
    );
    assert.deepEqual(missing, []);
  });

  test('every link to a file leads somewhere', () => {
    const broken = pages.flatMap((page) =>
      links(read(page))
        .filter((target) => !/^(https?:|mailto:|#)/.test(target))
        .filter((target) => !existsSync(join(root, dirname(page), target.replace(/#.*/, ''))))
        .map((target) => `${page} links to ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  test('every npm script that a page names exists', () => {
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run (?:--silent )?([\w:-]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => scripts[name] === undefined)
        .map((name) => `${page} names npm run ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  test('every configuration key and variable that a page names exists', () => {
    const variables = new Set([...keys.values()].map((key) => key.env));
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/\bMYELIN_[A-Z0-9_]+\b/g)]
        .map((match) => match[0])
        .filter((name) => !variables.has(name) && !/^MYELIN_(TEST_|CONFIG$)/.test(name) && !name.endsWith('_'))
        .map((name) => `${page} names ${name}`),
    );
    assert.deepEqual(unknown, []);
  });
});
