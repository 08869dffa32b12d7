import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The user that a server process runs as. */
export interface Account {
  uid: number;
  gid: number;
}

/** A program and its arguments, ready for `spawn`. */
export interface Launch {
  file: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/**
 * Whom PostgreSQL runs as: nobody else than ourselves, unless we are root, which it refuses. Then it is the owner of
 * the existing data, or the system's `postgres`, or `nobody`.
 */
export function serverAccount(existingData: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(existingData)) {
    const { uid, gid } = statSync(existingData);
    if (uid !== 0) return { uid, gid };
  }
  const users = new Map<string, Account>();
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && Number(uid) > 0) users.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  const account = users.get('postgres') ?? users.get('nobody');
  if (!account) throw new Error('PostgreSQL refuses to run as root, and this system has no user postgres or nobody');
  return account;
}

/**
 * How to start a program as `account`. Where util-linux's `setpriv` is, the program also ends when this process dies, and
 * reaches `paths` below directories that are closed to the account (a checkout under /root).
 */
export function launchAs(account: Account | undefined, file: string, args: string[], paths: string[]): Launch {
  const setpriv = process.platform === 'linux' ? findSetpriv() : undefined;
  const closed = account && [file, ...paths].find((path) => !reaches(account, dirname(path)));
  if (setpriv) {
    const options = ['--pdeathsig', 'INT'];
    if (account) options.push('--reuid', `${account.uid}`, '--regid', `${account.gid}`, '--clear-groups');
    if (closed) options.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override');
    return { file: setpriv, args: [...options, '--', file, ...args] };
  }
  if (closed) {
    throw new Error(
      `PostgreSQL refuses to run as root, and the user with id ${account.uid} cannot reach ${closed}: run as another user, or keep the program and its data outside of closed directories`,
    );
  }
  return { file, args, ...account };
}

function findSetpriv(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return folders
    .map((folder) => join(folder, 'setpriv'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        // Busybox has a smaller one without --pdeathsig.
        return !readFileSync(path).includes('busybox');
      } catch {
        return false;
      }
    });
}

function reaches(account: Account, directory: string): boolean {
  for (let path = directory; ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (path === join(path, '..')) return true;
  }
}
