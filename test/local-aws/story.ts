import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SqsQueue } from '../../lib/platform/adapters/sqs-queue.ts';
import { deployLocally, type LocalDeployment } from './local-deployment.ts';

/** An emulated AWS that runs, and its end. */
export interface LocalAws {
  endpoint: string;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
}

/** What a user and an operator see of the stage `local`: requests go through the emulated gateway into its functions. */
export function tellStory(name: string, open: () => Promise<LocalAws>): void {
  describe(`the application on ${name}`, { timeout: 600_000 }, () => {
    let aws: LocalAws;
    let deployed: LocalDeployment;
    before(async () => {
      aws = await open();
      deployed = await deployLocally(aws.endpoint);
    });
    after(async () => {
      await deployed?.close();
      await aws?.stop();
    });

    async function call(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
      const response = await fetch(`${deployed.apiUrl}${path}`, {
        method,
        headers: {
          ...deployed.edgeHeaders(path),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    }
    async function ok(...request: Parameters<typeof call>): Promise<Answer['body']> {
      const { status, body } = await call(...request);
      assert.equal(status, 200, `${request[0]} ${request[1]}: ${status} ${JSON.stringify(body)}`);
      return body;
    }
    const register = (username: string) =>
      ok('POST', '/_matrix/client/v3/register', undefined, {
        username,
        password: 'correct horse battery staple',
        auth: { type: 'm.login.dummy' },
      });

    test('people register, talk and sync through the gateway', async () => {
      const [ada, ben] = [await register('ada'), await register('ben')];
      const room = await ok('POST', '/_matrix/client/v3/createRoom', ada.access_token, {
        name: 'Tea',
        invite: [ben.user_id],
      });
      const roomId = encodeURIComponent(room.room_id);
      await ok('POST', `/_matrix/client/v3/join/${roomId}`, ben.access_token, {});
      const sent = await ok('PUT', `/_matrix/client/v3/rooms/${roomId}/send/m.room.message/1`, ada.access_token, {
        msgtype: 'm.text',
        body: 'is the kettle on? ☕',
      });
      const sync = await ok('GET', '/_matrix/client/v3/sync', ben.access_token);
      const events = sync.rooms.join[room.room_id].timeline.events as { event_id: string; content: { body: string } }[];
      assert.equal(events.find(({ event_id }) => event_id === sent.event_id)?.content.body, 'is the kettle on? ☕');

      const poll = ok('GET', `/_matrix/client/v3/sync?timeout=20000&since=${sync.next_batch}`, ben.access_token);
      const again = await ok('PUT', `/_matrix/client/v3/rooms/${roomId}/send/m.room.message/2`, ada.access_token, {
        msgtype: 'm.text',
        body: 'it is',
      });
      assert.equal((await poll).rooms.join[room.room_id].timeline.events.at(-1).event_id, again.event_id);
    });

    test('each Lambda unit answers its own endpoints, and the fallback everything else', async () => {
      const { access_token: token, user_id: userId } = await register('cleo');
      assert.deepEqual(
        (await ok('POST', '/_matrix/client/v3/keys/query', token, { device_keys: { [userId]: [] } })).failures,
        {},
      );
      assert.equal((await ok('GET', '/_matrix/client/v3/account/whoami', token)).user_id, userId);
      assert.equal((await ok('GET', '/_matrix/federation/v1/version')).server.name, 'Myelin');
      const unknown = await call('GET', '/_matrix/client/v3/nonsense', token);
      assert.deepEqual([unknown.status, unknown.body.errcode], [404, 'M_UNRECOGNIZED']);
      const state = await ok('POST', '/_matrix/client/v3/createRoom', token, {});
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(state.room_id)}/state/x.slash/${encodeURIComponent('a/b c')}`;
      await ok('PUT', path, token, { kept: 1 });
      assert.deepEqual(await ok('GET', path, token), { kept: 1 });
    });

    test('media goes into the bucket, and comes back', async () => {
      const { access_token: token } = await register('dora');
      const bytes = Buffer.from([0, 1, 2, 253, 254, 255, 10, 13]);
      const response = await fetch(`${deployed.apiUrl}/_matrix/media/v3/upload?filename=x.bin`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
        body: bytes,
      });
      assert.equal(response.status, 200, await response.clone().text());
      const { content_uri: uri } = (await response.json()) as { content_uri: string };
      const download = await fetch(`${deployed.apiUrl}/_matrix/client/v1/media/download/${uri.replace('mxc://', '')}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.deepEqual(Buffer.from(await download.arrayBuffer()), bytes);

      const s3 = new S3Client({ ...clientSettings(aws.endpoint), forcePathStyle: true });
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: deployed.bucket }));
      const objects = await Promise.all(
        Contents.map(async ({ Key }) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: deployed.bucket, Key }));
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        }),
      );
      s3.destroy();
      assert.ok(objects.some((object) => object.equals(bytes)));
    });

    test('the queue of jobs keeps a message until it is done', async () => {
      const client = new SQSClient(clientSettings(aws.endpoint));
      const queue = new SqsQueue({ client, queueUrl: () => deployed.queueUrl });
      await queue.send('jobs', { hello: 'world' });
      const received = await new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('nothing was delivered')), 30_000);
        const stop = queue.receive(
          'jobs',
          async (body, { attempt }) => {
            if (attempt === 1) throw new Error('once more, please');
            clearTimeout(timer);
            resolve({ body, attempt });
            setImmediate(() => void stop());
          },
          { concurrency: 1, visibilityMs: 1_000 },
        );
      });
      client.destroy();
      assert.deepEqual(received, { body: { hello: 'world' }, attempt: 2 });
    });
  });
}

const clientSettings = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
