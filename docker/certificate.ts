// Certificates for those who have a certificate authority and no certificate (test suites bring one), or neither.
import 'reflect-metadata';
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);

const DAY_MS = 24 * 60 * 60 * 1000;
/** Clocks differ between machines. */
const EARLIER_MS = DAY_MS;
const LASTS_MS = 365 * DAY_MS;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate with what stands between it and a root, and its key, both in PEM. */
export interface Certificate {
  certificate: string;
  key: string;
}

/** A certificate authority, in PEM; the key may be RSA or EC, in PKCS #1, SEC 1 or PKCS #8. */
export interface Authority {
  certificate: string;
  key: string;
}

/**
 * Makes a TLS certificate for a server name, good for a year from yesterday on.
 * @param serverName a host or an address, with or without a port
 * @param authority who signs it; without one it signs itself
 * @throws Error when the authority's files are no certificate and key, or the key is of another kind
 */
export async function issueCertificate(serverName: string, authority?: Authority): Promise<Certificate> {
  const host = hostOf(serverName);
  const keys = (await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])) as never as CryptoKeyPair;
  const issuer = authority && new x509.X509Certificate(authority.certificate);
  const signer = authority
    ? await signingKey(createPrivateKey(authority.key))
    : { key: keys.privateKey, algorithm: EC };
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex'),
    // A common name has room for 64 letters; the host that counts is the alternative name.
    subject: [{ CN: [host.slice(0, 64)] }],
    issuer: issuer ? issuer.subjectName : [{ CN: [host.slice(0, 64)] }],
    notBefore: new Date(now - EARLIER_MS),
    notAfter: new Date(now - EARLIER_MS + LASTS_MS),
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: signer.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: isIP(host) ? 'ip' : 'dns', value: host }]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const chain = [certificate.toString('pem'), ...(issuer ? [issuer.toString('pem')] : [])];
  return { certificate: `${chain.join('\n')}\n`, key: `${key}\n` };
}

/** The host of a server name: without its port, an address of IPv6 without its brackets. */
function hostOf(serverName: string): string {
  return serverName.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

type CryptoKeyPair = { publicKey: CryptoKey; privateKey: CryptoKey };
type CryptoKey = webcrypto.CryptoKey;

async function signingKey(key: KeyObject): Promise<{ key: CryptoKey; algorithm: { name: string; hash: string } }> {
  const named: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const curve = named[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : key.asymmetricKeyType === 'ec' && curve
        ? { name: 'ECDSA', namedCurve: curve, hash: 'SHA-256' }
        : undefined;
  if (!algorithm) throw new Error('The key of the certificate authority must be RSA, or EC on P-256, P-384 or P-521.');
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return { key: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']), algorithm };
}
