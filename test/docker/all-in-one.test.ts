import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { issueAuthority } from '../kit/authority.ts';
import { buildImage, docker, findBase, publishedAddress } from '../kit/docker.ts';

const found = await findBase();
const skip = 'missing' in found ? found.missing : false;

/** What the issue of the image promises: ready within this, gone within that. */
const READY_MS = 15_000;
const GONE_MS = 10_000;

describe('the all-in-one image', { skip, timeout: 900_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'myelin-image-'));
  const network = `myelin-test-${process.pid}`;
  const containers: string[] = [];
  let image = '';
  let readyMs = 0;

  /** Starts a server of its own name, as a suite does: name and authority given, no certificate. */
  async function run(name: string): Promise<string> {
    const settings = {
      SERVER_NAME: name,
      MYELIN_ENABLE_REGISTRATION: 'true',
      MYELIN_RATE_LIMITS: 'false',
      MYELIN_FEDERATION_ALLOW_PRIVATE_ADDRESSES: 'true',
    };
    const container = `${network}-${name}`;
    containers.push(container);
    const started = performance.now();
    await docker([
      ...['run', '--detach', '--name', container, '--network', network, '--network-alias', name],
      ...Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...['--volume', `${scratch}:/complement/ca:ro`],
      ...['--publish', '127.0.0.1::8008', '--publish', '127.0.0.1::8448', image],
    ]);
    await answers(container);
    readyMs = performance.now() - started;
    return container;
  }

  async function answers(container: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const response = await call(container, 'GET', '/_matrix/client/versions').catch(() => undefined);
      if (response?.status === 200) return;
      await sleep(50);
    }
    throw new Error(`the server does not answer: ${await docker(['logs', container])}`);
  }

  before(async () => {
    if ('missing' in found) return;
    image = await buildImage(found.base, 'all-in-one');
    await docker(['network', 'create', network]);
    const authority = issueAuthority();
    writeFileSync(join(scratch, 'ca.crt'), authority.certificate);
    writeFileSync(join(scratch, 'ca.key'), authority.key);
  });
  after(async () => {
    for (const container of containers) await docker(['rm', '--force', '--volumes', container]).catch(() => {});
    if (image) await docker(['network', 'rm', network]);
    rmSync(scratch, { recursive: true, force: true });
  });

  test('opens two ports and keeps its data in its own file system', async () => {
    const [{ Config: config }] = JSON.parse(await docker(['image', 'inspect', image]));
    assert.deepEqual(Object.keys(config.ExposedPorts).sort(), ['8008/tcp', '8448/tcp']);
    assert.equal(config.Volumes ?? null, null);
    assert.ok(config.Healthcheck);
  });

  test('is ready in time, and keeps what it acknowledged through SIGKILL, SIGTERM and restarts', async () => {
    const container = await run('hs1');
    assert.ok(readyMs < READY_MS * busyness(), `ready after ${readyMs} ms`);
    // Files that belong to root alone are read, yet nothing runs as root.
    const processes = (await docker(['top', container, '-eo', 'pid,uid,args'])).split('\n').slice(1);
    // The engine looks after its health as root.
    const users = processes.filter((line) => !line.includes('health.mjs')).map((line) => line.trim().split(/ +/)[1]);
    assert.deepEqual([...new Set(users)], ['1000']);
    const { access_token: token } = await register(container, 'alice');
    const key = (await call(container, 'GET', '/_matrix/key/v2/server')).body.verify_keys;
    const { room_id: roomId } = (await call(container, 'POST', '/_matrix/client/v3/createRoom', {}, token)).body;

    const acknowledged: string[] = [];
    for (const signal of ['KILL', 'TERM']) {
      let stopped = false;
      const senders = [0, 1, 2, 3].map(async (sender) => {
        for (let index = 0; !stopped; index += 1) {
          const path = `/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${signal}-${sender}-${index}`;
          const answer = await call(container, 'PUT', path, { msgtype: 'm.text', body: 'x' }, token).catch(() => {});
          if (answer?.status === 200) acknowledged.push(answer.body.event_id);
          else return;
        }
      });
      await sleep(1_500);
      const told = performance.now();
      if (signal === 'KILL') await docker(['kill', container]);
      else await docker(['stop', '--time', '30', container]);
      const goneMs = performance.now() - told;
      stopped = true;
      await Promise.all(senders);
      if (signal === 'TERM') {
        assert.ok(goneMs < GONE_MS, `gone after ${goneMs} ms`);
        assert.equal(await docker(['inspect', '--format', '{{.State.ExitCode}}', container]), '0');
      }
      await docker(['start', container]);
      await answers(container);
    }
    assert.ok(acknowledged.length > 20, `${acknowledged.length} messages are too few to say anything`);
    const events: string[] = [];
    for (let from = ''; ; ) {
      const path = `/_matrix/client/v3/rooms/${roomId}/messages?dir=b&limit=500${from}`;
      const { chunk, end } = (await call(container, 'GET', path, undefined, token)).body;
      events.push(...chunk.map((event: { event_id: string }) => event.event_id));
      if (!end) break;
      from = `&from=${end}`;
    }
    assert.equal(new Set(events).size, events.length);
    assert.deepEqual(
      acknowledged.filter((id) => !events.includes(id)),
      [],
    );
    assert.deepEqual((await call(container, 'GET', '/_matrix/key/v2/server')).body.verify_keys, key);
  });

  test('has a certificate for its name from the authority it is given', async () => {
    const ca = readFileSync(join(scratch, 'ca.crt'), 'utf8');
    const [host, port] = (await publishedAddress(containers[0]!, 8448)).split(':');
    const status = await new Promise((resolve, reject) => {
      const options = { host, port, ca, servername: 'hs1', headers: { host: 'hs1' }, path: '/_matrix/key/v2/server' };
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    assert.equal(status, 200);
  });

  test('talks to another server over TLS, each believing the authority of the other', async () => {
    const other = await run('hs2');
    await register(other, 'bob');
    const { access_token: token } = await register(containers[0]!, 'carol');
    // The other asks for our keys before it answers, so both ways are gone.
    const query = { device_keys: { '@bob:hs2': [] }, timeout: 20_000 };
    const answer = await call(containers[0]!, 'POST', '/_matrix/client/v3/keys/query', query, token);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.failures, {});
    const nobody = await call(
      containers[0]!,
      'POST',
      '/_matrix/client/v3/keys/query',
      { device_keys: { '@bob:hs3': [] }, timeout: 2_000 },
      token,
    );
    assert.deepEqual(Object.keys(nobody.body.failures), ['hs3']);
  });

  test('takes the words of the command line', async () => {
    await docker(['exec', '--env', 'PASSWORD=x', containers[0]!, 'myelin', 'user', 'add', 'bob', '--admin']);
    const answer = await call(containers[0]!, 'GET', '/_matrix/client/v3/register/available?username=bob');
    assert.equal(answer.body.errcode, 'M_USER_IN_USE');
  });

  test('makes a certificate that signs itself where there is no authority, and keeps it', async () => {
    const container = `${network}-alone`;
    containers.push(container);
    await docker([
      'run',
      '--detach',
      '--name',
      container,
      '--publish',
      '127.0.0.1::8008',
      '--publish',
      '127.0.0.1::8448',
      image,
    ]);
    await answers(container);
    const first = await certificateOf(container);
    assert.equal(first.subjectAltName, 'DNS:localhost');
    assert.equal(first.issuer, first.subject);
    await docker(['restart', container]);
    await answers(container);
    assert.equal((await certificateOf(container)).fingerprint256, first.fingerprint256);
  });
});

/** How many processes wait for each processor: what takes a second alone takes so many. */
function busyness(): number {
  return Math.max(1, loadavg()[0]! / availableParallelism());
}

async function certificateOf(container: string): Promise<X509Certificate> {
  const [host, port] = (await publishedAddress(container, 8448)).split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw));
      socket.destroy();
    }).on('error', reject);
  });
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many forms
  body: any;
}

async function call(container: string, method: string, path: string, body?: object, token?: string): Promise<Answer> {
  const response = await fetch(`http://${await publishedAddress(container, 8008)}${path}`, {
    method,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, body: await response.json() };
}

async function register(container: string, username: string): Promise<{ access_token: string }> {
  const body = { username, password: 'secret of many words', auth: { type: 'm.login.dummy' } };
  const answer = await call(container, 'POST', '/_matrix/client/v3/register', body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}
