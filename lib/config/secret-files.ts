import { readFileSync } from 'node:fs';
import { keys } from './keys.ts';
import type { Findings } from './sources.ts';

/** `x` for each `xFile`: keys whose value may stand in a file of its own. */
const fromFiles = new Map(
  [...keys.values()]
    .filter((key) => key.facts.type === 'field' && key.facts.secret && keys.has(`${key.path}File`))
    .map((key) => [`${key.path}File`, key.path]),
);

/** Reads the files that hold secrets, so that afterwards only the secret's own key has to be looked at. */
export function readSecretFiles(findings: Findings, problems: string[]): void {
  for (const [fileKey, secretKey] of fromFiles) {
    const found = findings.get(fileKey);
    if (typeof found?.value !== 'string') continue;
    const direct = findings.get(secretKey);
    if (direct !== undefined) {
      problems.push(`${secretKey} (from ${direct.source}) and ${fileKey} (from ${found.source}) cannot both be given`);
      continue;
    }
    try {
      const value = readFileSync(found.value, 'utf8').trim();
      if (value === '') problems.push(`${fileKey} names an empty file: ${found.value} (from ${found.source})`);
      else findings.set(secretKey, { value, source: found.value });
    } catch (error) {
      problems.push(`${fileKey} cannot be read: ${(error as Error).message} (from ${found.source})`);
    }
  }
}
