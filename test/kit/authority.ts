import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a certificate authority, in PEM, with the system's openssl: not with what the product signs with. */
export function issueAuthority(kind: 'rsa' | 'ec' = 'rsa'): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-authority-'));
  const keyOptions = kind === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  try {
    const files = ['-keyout', 'ca.key', '-out', 'ca.crt'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', ...keyOptions, '-nodes', ...files, '-days', '2', '-subj', '/O=Test'],
      {
        cwd: folder,
        stdio: 'ignore',
      },
    );
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    // The older forms, "BEGIN RSA PRIVATE KEY" and "BEGIN EC PRIVATE KEY", are what suites hand out.
    const key = createPrivateKey(read('ca.key')).export({ type: kind === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem' });
    return { certificate: read('ca.crt'), key: String(key) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
