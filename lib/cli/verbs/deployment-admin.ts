import { createHmac } from 'node:crypto';
import { serverSecrets } from '../../../functions/server-secrets.ts';
import { randomString } from '../../spec/random.ts';
import { type Command, textFlag } from '../command.ts';
import { Failure } from '../failure.ts';
import { bold, green, print } from '../terminal.ts';

const command: Command = {
  verb: 'deployment admin',
  summary: 'Make an administrator on a server that was deployed to AWS',
  operands: 'NAME',
  arity: [1, 1],
  details: 'With the credentials of whoever deployed it: the secret is read from Secrets Manager, and never printed.',
  flags: {
    url: { type: 'string', value: 'URL', doc: 'Where the server is (the output BaseUrl).' },
    secret: { type: 'string', value: 'ID', doc: 'Name or ARN of its secret (in the output AddAdmin).' },
  },
  async run(invocation) {
    const [name = ''] = invocation.args;
    const url = textFlag(invocation, 'url');
    const id = textFlag(invocation, 'secret');
    if (!url || !id) throw new Failure('--url and --secret are needed; the output AddAdmin has both.', 2);
    const { openSecretsManager } = await import('../../platform/adapters/secrets-manager.ts');
    const json = await (await openSecretsManager()).read(id);
    if (json === undefined) throw new Failure(`Secrets Manager has no secret ${id} in this region.`);
    const password = randomString(20);
    const userId = await register(url, serverSecrets(json).registrationSharedSecret, name, password);
    print(`${green('✓')} ${userId} (administrator)`);
    print(`  password: ${bold(password)}`);
    return 0;
  },
};

/** Registers by the shared secret, as Synapse's register_new_matrix_user does. */
async function register(url: string, secret: string, username: string, password: string): Promise<string> {
  const endpoint = new URL('/_synapse/admin/v1/register', url);
  const { nonce } = (await answerOf(await fetch(endpoint))) as { nonce: string };
  const mac = createHmac('sha1', secret).update([nonce, username, password, 'admin'].join('\0')).digest('hex');
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ nonce, username, password, admin: true, mac }),
  });
  return ((await answerOf(response)) as { user_id: string }).user_id;
}

async function answerOf(response: Response): Promise<unknown> {
  const body = (await response.json().catch(() => ({}))) as { errcode?: string; error?: string };
  if (!response.ok) throw new Failure(`The server answered ${response.status}: ${body.error ?? 'nothing of use'}`);
  return body;
}

export default command;
