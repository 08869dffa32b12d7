import { chownSync, closeSync, copyFileSync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Whom the server runs as in the image. */
const UID = 1000;
const GID = 1000;

type Environment = Record<string, string | undefined>;

/** Variables that name a file which is only read, and those that name several. */
const FILES = ['MYELIN_CONFIG', 'MYELIN_TLS_CERT_FILE', 'MYELIN_TLS_KEY_FILE', 'CA_CERT_FILE', 'CA_KEY_FILE'];
const LISTS = ['MYELIN_FEDERATION_CA_FILES', 'MYELIN_APPSERVICES'];
const SECRETS = /^MYELIN_.*_(SECRET|PASSWORD|TOKEN)_FILE$/;

/**
 * Becomes an ordinary user, where the container was started as root. Files that are mounted often belong to root alone: those
 * that the environment names and the user could not read are copied first, and the data directory is given to the user.
 * @param folder where copies go
 */
export function dropPrivileges(env: Environment, folder = '/run/myelin'): void {
  if (process.getuid?.() !== 0) return;
  const copied = (file: string) => (isReadable(file) ? file : copyOf(file, folder));
  for (const name of Object.keys(env)) {
    const value = env[name];
    if (!value) continue;
    if (FILES.includes(name) || SECRETS.test(name)) env[name] = copied(value);
    if (LISTS.includes(name)) env[name] = value.split(',').map(copied).join(',');
  }
  const data = env['MYELIN_DATA_DIRECTORY'];
  if (data) {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    if (statSync(data).uid === 0) chownSync(data, UID, GID);
  }
  process.setgroups?.([]);
  process.setgid?.(GID);
  process.setuid?.(UID);
}

/** Whether the user can read a file; one that is not there is somebody else's concern. */
function isReadable(file: string): boolean {
  try {
    if (!statSync(file).isFile()) return true;
  } catch {
    return true;
  }
  process.setegid?.(GID);
  process.seteuid?.(UID);
  try {
    closeSync(openSync(file, 'r'));
    return true;
  } catch {
    return false;
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

function copyOf(file: string, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  // Two files in different folders may share a name.
  const copy = join(folder, `${Buffer.from(file).toString('hex').slice(-40)}-${basename(file)}`);
  copyFileSync(file, copy);
  chownSync(copy, UID, GID);
  return copy;
}
