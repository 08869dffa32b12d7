import { readFile } from 'node:fs/promises';
import { checkSecretName, type Secrets } from '../secrets.ts';

/**
 * Secrets from environment variables: `signing.key` is MYELIN_SECRET_SIGNING_KEY, or the content of the file that
 * MYELIN_SECRET_SIGNING_KEY_FILE names.
 */
export class EnvironmentSecrets implements Secrets {
  readonly #env: Record<string, string | undefined>;

  constructor(env: Record<string, string | undefined> = process.env) {
    this.#env = env;
  }

  async get(name: string): Promise<string | undefined> {
    checkSecretName(name);
    const variable = `MYELIN_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
    const value = this.#env[variable];
    if (value !== undefined && value !== '') return value;
    const file = this.#env[`${variable}_FILE`];
    return file ? (await readFile(file, 'utf8')).replace(/\r?\n$/, '') : undefined;
  }
}
