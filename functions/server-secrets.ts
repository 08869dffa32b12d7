import { hkdfSync } from 'node:crypto';
import { formatSigningKey, signingKeyFromSeed } from '../lib/spec/signing.ts';

/** What a deployment keeps secret of its server. */
export interface ServerSecrets {
  /** A whole signing key file. */
  signingKey: string;
  replicationSecret: string;
  registrationSharedSecret: string;
}

/**
 * The secrets of a deployed server, out of the JSON of its one secret: made from `seed`, each by a purpose of its own, or
 * as they stand there for a server that had them before.
 */
export function serverSecrets(json: string): ServerSecrets {
  const { seed, ...given } = JSON.parse(json) as { seed: string } & Partial<ServerSecrets>;
  const made = (purpose: string) => Buffer.from(hkdfSync('sha256', seed, '', `myelin ${purpose}`, 32));
  const version = `a_${made('key id').toString('hex', 0, 2)}`;
  return {
    signingKey: given.signingKey ?? formatSigningKey(signingKeyFromSeed(version, made('signing key'))),
    replicationSecret: given.replicationSecret ?? made('replication').toString('base64url'),
    registrationSharedSecret: given.registrationSharedSecret ?? made('registration').toString('base64url'),
  };
}
