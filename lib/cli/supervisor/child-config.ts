import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { keys } from '../../config/keys.ts';

/** What the processes of one server have in common and the configuration does not say. */
export interface Surroundings {
  databaseUrl: string;
  redisUrl: string;
  replicationSecret: string;
  publicBaseUrl: string;
}

/** Configuration files of the processes; for their owner only, since secrets are in them. */
export interface ChildConfigs {
  /** Of units: they listen on the loopback address, on ports that they choose themselves. */
  unit: string;
  /** Of the gateway: it listens where the configuration says. */
  gateway: string;
}

/** Writes down the configuration in effect for the processes of a placement. */
export async function writeChildConfigs(config: Config, around: Surroundings): Promise<ChildConfigs> {
  const folder = join(config.dataDirectory, 'run');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { secretFile: _file, ...replication } = config.replication;
  const common = withoutSecretFiles({
    ...config,
    databaseUrl: around.databaseUrl,
    redisUrl: around.redisUrl,
    publicBaseUrl: around.publicBaseUrl,
    replication: { ...replication, secret: around.replicationSecret, host: '127.0.0.1', port: 0 },
  });
  const unit = {
    ...common,
    tls: {},
    listen: { ...config.listen, host: '127.0.0.1', httpPort: 0, httpsPort: undefined, trustedProxies: ['127.0.0.1'] },
  };
  const write = async (name: string, content: object) => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  return { unit: await write('unit.json', unit), gateway: await write('gateway.json', common) };
}

/** Secrets that were read from files stand under their own keys already. */
function withoutSecretFiles(level: object, prefix = ''): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(level)) {
    const path = prefix + name;
    const secret = keys.get(path.replace(/File$/, ''))?.facts;
    if (path.endsWith('File') && secret?.type === 'field' && secret.secret) continue;
    const section = keys.get(path)?.facts.type === 'section' && value !== false;
    copy[name] = section ? withoutSecretFiles(value, `${path}.`) : value;
  }
  return copy;
}
