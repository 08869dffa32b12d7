import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../lib/config/config.ts';

/**
 * What the all-in-one image understands beside `MYELIN_…` keys. Each only says what a key left out would be, so a key that
 * is there wins.
 */
interface Given {
  /** The server name. */
  SERVER_NAME?: string;
  /** A certificate authority. It is believed in federation, and where its key is there too it signs our certificate. */
  CA_CERT_FILE?: string;
  CA_KEY_FILE?: string;
  /** Folder of registration files of application services. */
  APPSERVICES_FOLDER?: string;
}

type Environment = Record<string, string | undefined>;

/** A certificate of ours that ends sooner is made anew at the next start. */
const LEAST_MS = 30 * 24 * 60 * 60 * 1000;

/** Turns what the image is given into configuration keys. */
export function nameKeys(env: Environment): void {
  const given = env as Given;
  if (given.SERVER_NAME) env['MYELIN_SERVER_NAME'] ??= given.SERVER_NAME;
  const authority = ifThere(given.CA_CERT_FILE);
  if (authority) env['MYELIN_FEDERATION_CA_FILES'] ??= authority;
  const folder = ifThere(given.APPSERVICES_FOLDER);
  const files = folder ? readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name)) : [];
  if (folder && files.length > 0) env['MYELIN_APPSERVICES'] ??= files.map((name) => join(folder, name)).join(',');
}

/**
 * Sees to a certificate for HTTPS where none is configured: one that the given authority signs, or one
 * that signs itself, which is kept.
 * @param options.renew what is there already is not good enough
 * @throws ConfigError when the configuration is wrong, and Error when the authority cannot be used
 */
export async function ensureCertificate(env: Environment, options: { renew: boolean }): Promise<void> {
  const { CA_CERT_FILE, CA_KEY_FILE } = env as Given;
  const config = loadConfig({
    ...(env['MYELIN_CONFIG'] ? { file: env['MYELIN_CONFIG'] } : {}),
    // Without a certificate this key would be a mistake.
    env: { ...env, MYELIN_LISTEN_HTTPS_PORT: undefined },
  });
  if (config.tls.certFile || config.tls.keyFile) return;
  const folder = join(config.dataDirectory, 'tls');
  const files = { certFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') };
  const certFile = ifThere(CA_CERT_FILE);
  const keyFile = ifThere(CA_KEY_FILE);
  const authority = certFile && keyFile ? { certificate: read(certFile), key: read(keyFile) } : undefined;
  const isThere = existsSync(files.keyFile) && existsSync(files.certFile);
  if (!isThere || (options.renew && (authority || !isGood(files.certFile, config.serverName)))) {
    const { issueCertificate } = await import('./certificate.ts');
    const { certificate, key } = await issueCertificate(config.serverName, authority);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(files.keyFile, key, { mode: 0o600 });
    writeFileSync(files.certFile, certificate);
  }
  env['MYELIN_TLS_CERT_FILE'] = files.certFile;
  env['MYELIN_TLS_KEY_FILE'] = files.keyFile;
}

/** Whether a certificate that is there signed itself for this name, and lasts for a while. */
function isGood(file: string, serverName: string): boolean {
  try {
    const certificate = new X509Certificate(read(file));
    const own = certificate.issuer === certificate.subject && certificate.subject === `CN=${serverName}`;
    return own && Date.parse(certificate.validTo) > Date.now() + LEAST_MS;
  } catch {
    return false;
  }
}

function ifThere(path: string | undefined): string | undefined {
  return path && existsSync(path) ? path : undefined;
}

const read = (file: string) => readFileSync(file, 'utf8');
