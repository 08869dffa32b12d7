import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCache } from '../lib/platform/adapters/elasticache.ts';
import { openSecretsManager } from '../lib/platform/adapters/secrets-manager.ts';
import { serverSecrets } from './server-secrets.ts';

/**
 * What the stacks give a process, besides `MYELIN_…` keys. A secret is its value where the platform puts it into the
 * environment, or an id of Secrets Manager.
 */
interface Given {
  /** JSON with `seed`, from which the server's secrets are made, and whatever of them is to be another. */
  SERVER_SECRET?: string;
  SERVER_SECRET_ID?: string;
  EDGE_SECRET?: string;
  EDGE_SECRET_ID?: string;
  /** JSON of the database's owner, as RDS writes it. */
  DATABASE_OWNER?: string;
  /** The query of the owner's database URL. */
  DATABASE_QUERY?: string;
  /** Replication group of the cache; asked for its address. */
  CACHE_ID?: string;
  CACHE_PASSWORD?: string;
  /** Where a Fargate task learns about itself. */
  ECS_CONTAINER_METADATA_URI_V4?: string;
}

type Environment = Record<string, string | undefined>;

/**
 * Turns what the stacks of a deployment give into configuration keys, before anything reads them. Without any of it (on
 * one machine) nothing happens. A key that is there already stays.
 * @throws Error when a secret or the cache cannot be found
 */
export async function prepareDeployment(env: Environment): Promise<void> {
  const given = env as Given;
  const [server, edge] = await Promise.all([
    secret(given.SERVER_SECRET, given.SERVER_SECRET_ID),
    secret(given.EDGE_SECRET, given.EDGE_SECRET_ID),
  ]);
  if (server) useServerSecret(env, server);
  if (edge) env['MYELIN_LISTEN_EDGE_SECRET'] ??= edge;
  if (given.DATABASE_OWNER) env['MYELIN_DATABASE_URL'] ??= ownerUrl(given.DATABASE_OWNER, given.DATABASE_QUERY);
  if (given.CACHE_ID) {
    const { host, port } = await findCache(given.CACHE_ID);
    env['MYELIN_REDIS_URL'] ??= `rediss://:${encodeURIComponent(given.CACHE_PASSWORD ?? '')}@${host}:${port}`;
  }
  if (given.ECS_CONTAINER_METADATA_URI_V4) {
    // A task has a link-local interface too, which nobody else can reach.
    env['MYELIN_REPLICATION_ADVERTISED_HOST'] ??= await taskAddress(given.ECS_CONTAINER_METADATA_URI_V4);
  }
}

async function secret(value: string | undefined, id: string | undefined): Promise<string | undefined> {
  if (value || !id) return value;
  const found = await (await openSecretsManager()).read(id);
  if (found === undefined) throw new Error(`Secrets Manager has no secret ${id}`);
  return found;
}

function useServerSecret(env: Environment, json: string): void {
  const { signingKey, replicationSecret, registrationSharedSecret } = serverSecrets(json);
  if (!env['MYELIN_SIGNING_KEY_FILE']) {
    const file = join(mkdtempSync(join(tmpdir(), 'myelin-')), 'signing.key');
    writeFileSync(file, signingKey, { mode: 0o600 });
    env['MYELIN_SIGNING_KEY_FILE'] = file;
  }
  env['MYELIN_REPLICATION_SECRET'] ??= replicationSecret;
  env['MYELIN_REGISTRATION_SHARED_SECRET'] ??= registrationSharedSecret;
}

function ownerUrl(json: string, query = ''): string {
  const owner = JSON.parse(json) as Record<'username' | 'password' | 'host' | 'port' | 'dbname', string>;
  const user = `${encodeURIComponent(owner.username)}:${encodeURIComponent(owner.password)}`;
  return `postgres://${user}@${owner.host}:${owner.port}/${owner.dbname}${query}`;
}

async function taskAddress(metadataUri: string): Promise<string> {
  const task = (await (await fetch(`${metadataUri}/task`)).json()) as {
    Containers?: { Networks?: { IPv4Addresses?: string[] }[] }[];
  };
  const address = task.Containers?.[0]?.Networks?.[0]?.IPv4Addresses?.[0];
  if (!address) throw new Error('the metadata of this task names no address');
  return address;
}
