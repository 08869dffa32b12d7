import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every file that belongs to the project: known to git, or new and not ignored. Paths from the root. */
export function projectFiles(): string[] {
  // Without git, as in an unpacked archive, there is nothing in the way but what was installed.
  if (!existsSync(join(root, '.git'))) return globSync('**/*.*', { cwd: root, exclude: ['node_modules', '.myelin'] });
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const out = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return out.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
}

/** Files of our own program text under the given folders. */
export function sources(...folders: string[]): string[] {
  return projectFiles().filter(
    (file) => /\.(ts|mjs)$/.test(file) && folders.some((folder) => file.startsWith(`${folder}/`)),
  );
}

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Text without comments, so that prose is not taken for code. Good enough for code that is formatted. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
