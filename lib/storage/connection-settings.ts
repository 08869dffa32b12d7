import { readFileSync } from 'node:fs';
import type { PoolConfig } from 'pg';
import { rdsIamPassword } from '../platform/adapters/rds-iam.ts';

/**
 * How a pool connects to a database URL. With `auth=rds-iam` in its query the password is a signature by IAM, and the
 * connection is TLS with the certificate checked, against the authorities in the file `sslrootcert` if there is one.
 */
export function connectionSettings(url: string): PoolConfig {
  const { hostname, port, username, pathname, searchParams } = new URL(url);
  if (searchParams.get('auth') !== 'rds-iam') return { connectionString: url };
  const user = { hostname, port: Number(port || 5432), username: decodeURIComponent(username) };
  const authorities = searchParams.get('sslrootcert');
  return {
    host: user.hostname,
    port: user.port,
    user: user.username,
    database: decodeURIComponent(pathname.slice(1)),
    password: rdsIamPassword(user),
    ssl: { rejectUnauthorized: true, ...(authorities ? { ca: readFileSync(authorities, 'utf8') } : {}) },
  };
}
