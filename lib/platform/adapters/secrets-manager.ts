import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { checkSecretName, type Secrets } from '../secrets.ts';

/** Settings of {@link SecretsManagerSecrets}. */
export interface SecretsManagerOptions {
  client: SecretsManagerClient;
  /** Put before every name, such as `myelin/prod/`. Default none. */
  prefix?: string;
}

/** Secrets of AWS Secrets Manager, by name. */
export class SecretsManagerSecrets implements Secrets {
  readonly #client: SecretsManagerClient;
  readonly #prefix: string;

  constructor(options: SecretsManagerOptions) {
    this.#client = options.client;
    this.#prefix = options.prefix ?? '';
  }

  async get(name: string): Promise<string | undefined> {
    checkSecretName(name);
    return this.read(this.#prefix + name);
  }

  /** The secret with an id of Secrets Manager's own: a name or an ARN. Undefined when there is none. */
  async read(id: string): Promise<string | undefined> {
    const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    try {
      return (await this.#client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  async put(name: string, value: string): Promise<void> {
    checkSecretName(name);
    const id = this.#prefix + name;
    const { CreateSecretCommand, PutSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    try {
      await this.#client.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
    } catch (error) {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error;
      await this.#client.send(new CreateSecretCommand({ Name: id, SecretString: value }));
    }
  }
}

/** A reader of the secrets of the region and account that the process runs in; loaded where it is used. */
export async function openSecretsManager(): Promise<SecretsManagerSecrets> {
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  return new SecretsManagerSecrets({ client: new SecretsManagerClient() });
}
