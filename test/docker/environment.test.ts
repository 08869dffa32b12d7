import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { issueCertificate } from '../../docker/certificate.ts';
import { ensureCertificate, nameKeys } from '../../docker/environment.ts';
import { issueAuthority } from '../kit/authority.ts';

const scratch = mkdtempSync(join(tmpdir(), 'myelin-environment-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

describe('certificates of the image', () => {
  for (const kind of ['rsa', 'ec'] as const) {
    test(`are signed by an authority with a key of kind ${kind}`, async () => {
      const authority = issueAuthority(kind);
      const { certificate, key } = await issueCertificate('hs1:8448', authority);
      const made = new X509Certificate(certificate);
      const issuer = new X509Certificate(authority.certificate);
      assert.ok(made.checkIssued(issuer));
      assert.ok(made.verify(issuer.publicKey));
      assert.ok(made.checkPrivateKey(createPrivateKey(key)));
      assert.equal(made.checkHost('hs1'), 'hs1');
      assert.ok(Date.parse(made.validFrom) < Date.now() && Date.parse(made.validTo) > Date.now() + 300 * 86_400_000);
    });
  }

  test('name addresses as addresses', async () => {
    assert.equal(
      new X509Certificate((await issueCertificate('127.0.0.1:8448')).certificate).checkIP('127.0.0.1'),
      '127.0.0.1',
    );
    assert.ok(new X509Certificate((await issueCertificate('[::1]')).certificate).checkIP('::1'));
  });

  test('sign themselves without an authority', async () => {
    const made = new X509Certificate((await issueCertificate('alone.test')).certificate);
    assert.ok(made.verify(made.publicKey));
  });

  test('are refused for a key that cannot sign them', async () => {
    const { certificate } = issueAuthority();
    const key =
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n';
    await assert.rejects(issueCertificate('hs1', { certificate, key }), /must be RSA, or EC/);
  });
});

describe('the environment of the image', () => {
  const authority = join(scratch, 'ca.crt');
  const authorityKey = join(scratch, 'ca.key');
  const { certificate, key } = issueAuthority();
  writeFileSync(authority, certificate);
  writeFileSync(authorityKey, key);

  test('names the server, the authority and application services, where keys do not', () => {
    const folder = join(scratch, 'appservices');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.yaml'), '');
    writeFileSync(join(folder, 'notes.txt'), '');
    const given = { SERVER_NAME: 'hs1', CA_CERT_FILE: authority, APPSERVICES_FOLDER: folder };
    const env: Record<string, string | undefined> = { ...given };
    nameKeys(env);
    assert.deepEqual(env, {
      ...given,
      MYELIN_SERVER_NAME: 'hs1',
      MYELIN_FEDERATION_CA_FILES: authority,
      MYELIN_APPSERVICES: join(folder, 'a.yaml'),
    });
    const told = { ...given, MYELIN_SERVER_NAME: 'other', MYELIN_FEDERATION_CA_FILES: 'x', MYELIN_APPSERVICES: 'y' };
    const same = { ...told };
    nameKeys(same);
    assert.deepEqual(same, told);
  });

  test('leaves out what is not there', () => {
    const env = { CA_CERT_FILE: join(scratch, 'none'), APPSERVICES_FOLDER: join(scratch, 'none') };
    const same = { ...env };
    nameKeys(same);
    assert.deepEqual(same, env);
  });

  const keysFor = (name: string) => ({
    MYELIN_DATA_DIRECTORY: join(scratch, name),
    MYELIN_LISTEN_HTTPS_PORT: '8448',
    MYELIN_SERVER_NAME: 'hs1',
  });
  const made = async (env: Record<string, string | undefined>, renew = true) => {
    const mine: typeof env = { ...env };
    await ensureCertificate(mine, { renew });
    return mine['MYELIN_TLS_CERT_FILE'] && readFileSync(mine['MYELIN_TLS_CERT_FILE'], 'utf8');
  };

  test('brings a certificate of the authority at each start, and leaves it alone between', async () => {
    const env = { ...keysFor('signed'), CA_CERT_FILE: authority, CA_KEY_FILE: authorityKey };
    const first = await made(env);
    assert.ok(new X509Certificate(first!).checkIssued(new X509Certificate(certificate)));
    assert.equal(await made(env, false), first);
    assert.notEqual(await made(env), first);
  });

  test('keeps a certificate that signed itself as long as the name is the same', async () => {
    const first = await made(keysFor('own'));
    assert.equal(await made(keysFor('own')), first);
    const renamed = await made({ ...keysFor('own'), MYELIN_SERVER_NAME: 'hs2' });
    assert.equal(new X509Certificate(renamed!).checkHost('hs2'), 'hs2');
  });

  test('makes none where the keys or the file name one', async () => {
    const own = { MYELIN_TLS_CERT_FILE: '/c', MYELIN_TLS_KEY_FILE: '/k' };
    assert.equal((await ensure({ ...keysFor('given'), ...own }))['MYELIN_TLS_CERT_FILE'], '/c');
    const file = join(scratch, 'config.json');
    writeFileSync(file, JSON.stringify({ tls: { certFile: '/c', keyFile: '/k' } }));
    assert.equal((await ensure({ ...keysFor('given'), MYELIN_CONFIG: file }))['MYELIN_TLS_CERT_FILE'], undefined);
  });
});

async function ensure(env: Record<string, string | undefined>): Promise<Record<string, string | undefined>> {
  await ensureCertificate(env, { renew: true });
  return env;
}
