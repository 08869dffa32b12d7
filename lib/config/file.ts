import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';
import { isObject } from './sources.ts';

/**
 * Reads one configuration file; YAML, of which JSON is a part.
 * @throws ConfigError when it is not there, or not an object
 */
export function readConfigFile(file: string): Record<string, unknown> {
  let written: string;
  try {
    written = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ConfigError([
      missing ? `There is no configuration file ${file}` : `${file}: ${(error as Error).message}`,
    ]);
  }
  const document = parseDocument(written, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${file} is not YAML or JSON: ${error.message.split('\n')[0]}`),
    );
  }
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (content === null || content === undefined) return {};
  if (!isObject(content)) throw new ConfigError([`${file} must hold an object of keys`]);
  return content;
}
