import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { UNITS } from '../../../functions/units.ts';
import { inProcess } from '../../../lib/api/http/adapters/in-process.ts';
import { buildApp } from '../../../lib/api/http/app.ts';
import { createContext } from '../../../lib/domain/create-context.ts';
import { pruneSlidingConnections } from '../../../lib/domain/sync/sliding/connections.ts';
import { createLogger } from '../../../lib/observability/logger.ts';
import { clientsOf, makeRoom, say, type TestServer, type TestUser, testServer } from '../../kit/server.ts';
import { ids, ok, otherDevice, texts } from '../reader.ts';
import { LIST, SlidingReader } from './sliding-reader.ts';

describe('connections of sliding sync', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  const positions = async (user: TestUser): Promise<number> => {
    const [row] = await server.ctx.db.query<{ n: number }>(
      `SELECT count(*) AS n FROM sliding_positions JOIN sliding_connections USING (connection_id) WHERE user_id = $1`,
      [user.userId],
    );
    return row?.n ?? 0;
  };
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('an answer that was lost is made again', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new SlidingReader(alice);
    await reader.sync();
    const before = reader.pos;
    await makeRoom(alice, { name: 'new' });
    await say(alice, room, 'one');
    const lost = await reader.sync();
    reader.pos = before;
    const two = await say(alice, room, 'two');
    const again = await reader.sync();
    assert.deepEqual(Object.keys(again.rooms).sort(), Object.keys(lost.rooms).sort());
    assert.deepEqual(texts(again.rooms[room].timeline), ['one', 'two']);
    assert.equal(ids(again.rooms[room].timeline).at(-1), two);
    assert.deepEqual((await reader.sync()).rooms, {});
  });

  test('a position that the client has gone on from ends', async () => {
    const alice = await newUser();
    const reader = new SlidingReader(alice);
    await reader.sync();
    const first = reader.pos as string;
    await makeRoom(alice);
    await reader.sync();
    await reader.sync();
    assert.equal(await positions(alice), 1);
    await makeRoom(alice);
    await reader.sync();
    const answer = await reader.ask({}, 0, first);
    assert.deepEqual([answer.status, answer.body.errcode], [400, 'M_UNKNOWN_POS']);
  });

  test('positions of nobody, of others and of other connections', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const reader = new SlidingReader(alice);
    await reader.sync();
    const phone = await otherDevice(server, alice);
    const strangers = [
      new SlidingReader(bob).ask({}, 0, reader.pos),
      new SlidingReader(phone).ask({}, 0, reader.pos),
      reader.ask({ conn_id: 'other' }),
      reader.ask({}, 0, 'nonsense'),
      reader.ask({}, 0, reader.pos?.replace(/^\d+/, '999999')),
    ];
    for (const answer of await Promise.all(strangers)) {
      assert.deepEqual([answer.status, answer.body.errcode], [400, 'M_UNKNOWN_POS']);
    }
  });

  test('connections with names of their own go side by side; beginning again ends the one before', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const named = (conn_id: string) => new SlidingReader(alice, { conn_id, lists: { all: LIST } });
    const [a, b] = [named('a'), named('b')];
    await a.sync();
    await b.sync();
    await say(alice, room, 'hello');
    assert.deepEqual(texts((await a.sync()).rooms[room].timeline), ['hello']);
    assert.deepEqual(texts((await b.sync()).rooms[room].timeline), ['hello']);
    const old = b.pos;
    await named('b').sync();
    const other = await makeRoom(alice);
    const answer = await b.ask({}, 0, old);
    assert.equal(answer.body.errcode, 'M_UNKNOWN_POS');
    assert.equal((await a.sync()).rooms[other].initial, true);
  });

  test('nothing is stored where nothing changed', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new SlidingReader(alice);
    await reader.sync();
    const [id] = reader.pos?.split('/') ?? [];
    await say(alice, room, 'hello');
    const body = await reader.sync();
    assert.deepEqual(texts(body.rooms[room].timeline), ['hello']);
    assert.equal(body.pos.split('/')[0], id);
  });

  test('a device has a bounded number of connections, and none when it is gone', async () => {
    const alice = await newUser();
    for (let i = 0; i < 20; i++) await new SlidingReader(alice, { conn_id: `c${i}` }).sync();
    assert.equal(await positions(alice), 16);
    await ok(alice, 'POST', '/logout', {});
    assert.equal(await positions(alice), 0);
  });

  test('connections that nobody uses are pruned', async () => {
    const alice = await newUser();
    await new SlidingReader(alice).sync();
    const clock = server.ctx.clock;
    const later = (days: number) => ({ ...clock, now: () => clock.now() + days * 86_400_000 });
    await pruneSlidingConnections({ db: server.ctx.db, clock: later(13) });
    assert.equal(await positions(alice), 1);
    await pruneSlidingConnections({ db: server.ctx.db, clock: later(15) });
    assert.equal(await positions(alice), 0);
  });

  test('waiting for news', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new SlidingReader(alice);
    await reader.sync();
    const started = performance.now();
    const waiting = reader.wait();
    await say(alice, room, 'hello');
    assert.deepEqual(texts((await waiting).rooms[room].timeline), ['hello']);
    assert.ok(performance.now() - started < 8_000);
    const quiet = await reader.sync({}, 300);
    assert.deepEqual(quiet.rooms, {});
    assert.ok(performance.now() - started > 250, 'it waits when there is nothing');
    const growing = reader.wait({ lists: { all: { ...LIST, filters: { is_invite: true } } } });
    assert.equal((await growing).lists.all.count, 0, 'a list of another length is news');
  });

  test('an instance that follows nothing goes on with what another one began', { timeout: 60_000 }, async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new SlidingReader(alice);
    await reader.sync();
    await say(alice, room, 'hello');
    // As a Lambda: the sync unit's endpoints without its streams.
    const log = createLogger({ level: 'silent', pretty: false });
    const secret = 'a secret of processes';
    const config = { ...server.ctx.config, replication: { ...server.ctx.config.replication, secret } };
    const ctx = await createContext({ config, log, databaseUrl: server.ctx.db.url, units: [UNITS.client] });
    try {
      const app = inProcess(buildApp(ctx, ['sync']), (error) => console.error(error));
      const { call } = clientsOf(ctx, app);
      const path = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync';
      const answer = await call('POST', `${path}?pos=${reader.pos}&set_presence=offline`, reader.body, {
        headers: { authorization: `Bearer ${alice.token}` },
      });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.deepEqual(texts(answer.body.rooms[room].timeline), ['hello']);
      reader.pos = answer.body.pos;
    } finally {
      await ctx.close();
    }
    assert.deepEqual((await reader.sync()).rooms, {});
  });
});
