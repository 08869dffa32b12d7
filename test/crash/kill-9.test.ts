import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../lib/platform/embedded-postgres.ts';
import { Database } from '../../lib/storage/database.ts';
import { getRoomHead, getStateOfGroup } from '../../lib/storage/rooms/room-head.ts';
import { type ProcessClient, registerClient, serverProcess } from '../kit/server-process.ts';

// A handful with every run of the tests; CRASH_ROUNDS=50 for all of them.
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 4);
const ROOMS = 3;
const SENDERS = 4;

interface Sent {
  eventId: string;
  body: string;
}

/** Every so often a sender changes the state of the room as well. */
const STATE_EVERY = 5;

/** Sends until the server is gone. An answer that never came is tried again with the same transaction id later. */
async function sendUntilGone(
  client: ProcessClient,
  roomId: string,
  name: string,
  acknowledged: Sent[],
  open: string[],
) {
  for (let i = 0; ; i++) {
    const txn = `${name}-${i}`;
    open.push(txn);
    try {
      const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txn}`;
      const { status, body } = await client.call('PUT', path, { msgtype: 'm.text', body: txn });
      if (status !== 200) return;
      acknowledged.push({ eventId: body.event_id, body: txn });
      open.pop();
      if (i % STATE_EVERY > 0) continue;
      const state = `/rooms/${encodeURIComponent(roomId)}/state/x.counter/${encodeURIComponent(client.userId)}`;
      const set = await client.call('PUT', state, { txn });
      if (set.status !== 200) return;
      acknowledged.push({ eventId: set.body.event_id, body: '' });
    } catch {
      return;
    }
  }
}

test(`kill -9 under load, ${ROUNDS} rounds: every acknowledged event is there once, in order`, async () => {
  const server = await serverProcess();
  let follower: Follower | undefined;
  try {
    await server.start();
    const clients = await Promise.all(
      Array.from({ length: SENDERS }, (_, i) => registerClient(server.url, `sender${i}`)),
    );
    const rooms: string[] = [];
    for (let r = 0; r < ROOMS; r++) {
      const made = await (clients[0] as ProcessClient).call('POST', '/createRoom', { preset: 'public_chat' });
      assert.equal(made.status, 200);
      rooms.push(made.body.room_id);
      for (const client of clients.slice(1)) {
        assert.equal((await client.call('POST', `/join/${encodeURIComponent(made.body.room_id)}`, {})).status, 200);
      }
    }
    const acknowledged = new Map<string, Sent[]>(rooms.map((room) => [room, []]));
    follower = new Follower(clients[1] as ProcessClient);
    await follower.start();
    for (let round = 0; round < ROUNDS; round++) {
      const open = new Map<string, { client: ProcessClient; roomId: string; txns: string[] }>();
      const senders = clients.flatMap((client, s) =>
        rooms.map((roomId, r) => {
          const txns: string[] = [];
          open.set(`${s} ${r}`, { client, roomId, txns });
          return sendUntilGone(client, roomId, `m${round}-${s}-${r}`, acknowledged.get(roomId) as Sent[], txns);
        }),
      );
      await sleep(200 + Math.random() * 800);
      await server.end('SIGKILL');
      await Promise.all(senders);
      await server.start();
      // What was not answered is sent again with the same transaction id: stored before or not, it is there once.
      for (const { client, roomId, txns } of open.values()) {
        const txn = txns.at(-1);
        if (txn === undefined) continue;
        const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txn}`;
        const { status, body } = await client.call('PUT', path, { msgtype: 'm.text', body: txn });
        assert.equal(status, 200, JSON.stringify(body));
        (acknowledged.get(roomId) as Sent[]).push({ eventId: body.event_id, body: txn });
      }
    }
    await follower.finish();
    for (const roomId of rooms) {
      const ids = await checkRoom(clients[0] as ProcessClient, roomId, acknowledged.get(roomId) as Sent[]);
      const seen = follower.seen.get(roomId) as string[];
      assert.deepEqual(seen, ids.slice(-seen.length), 'the follower was told everything once and in order');
    }
    await server.end('SIGTERM');
    await checkDatabase(server.dataDirectory, rooms);
  } finally {
    await follower?.stop().catch(() => {});
    await server.dispose();
  }
});

/** Follows the stream by /sync through all crashes, as clients do. */
class Follower {
  /** Events by room in the order in which they were told. */
  readonly seen = new Map<string, string[]>();
  readonly #client: ProcessClient;
  #since: string | undefined;
  #done = false;
  #running: Promise<void> | undefined;

  constructor(client: ProcessClient) {
    this.#client = client;
  }

  async start(): Promise<void> {
    assert.ok(await this.#sync(0));
    this.#running = (async () => {
      while (!this.#done) {
        const answered = await this.#sync(1_000).catch((error) => {
          if (error instanceof assert.AssertionError) throw error;
          return false;
        });
        if (!answered) await sleep(50);
      }
    })();
    // What goes wrong is told by `stop`.
    this.#running.catch(() => {});
  }

  /** Stops. Throws what it has found wrong. */
  async stop(): Promise<void> {
    this.#done = true;
    await this.#running;
  }

  /** Stops, and reads what is left. */
  async finish(): Promise<void> {
    await this.stop();
    assert.ok(await this.#sync(0));
  }

  async #sync(timeout: number): Promise<boolean> {
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1_000 } } }));
    const since = this.#since === undefined ? '' : `&since=${encodeURIComponent(this.#since)}`;
    const { status, body } = await this.#client.call('GET', `/sync?timeout=${timeout}&filter=${filter}${since}`);
    if (status !== 200) return false;
    // Only now it counts: an answer that got lost is asked for again with the same token.
    for (const [roomId, room] of Object.entries(body.rooms?.join ?? {})) {
      const { timeline } = room as { timeline: { events: { event_id: string }[]; limited?: boolean } };
      if (this.#since !== undefined) assert.ok(!timeline.limited, 'the follower fell behind');
      const ids = this.seen.get(roomId) ?? [];
      ids.push(...timeline.events.map((event) => event.event_id));
      this.seen.set(roomId, ids);
    }
    this.#since = body.next_batch;
    return true;
  }
}

/** What is stored: no gap in the stream, a graph without forks, state that follows from it. */
async function checkDatabase(dataDirectory: string, roomIds: string[]): Promise<void> {
  const postgres = await startEmbeddedPostgres({ directory: join(dataDirectory, 'postgres') });
  const db = new Database(postgres.url, { poolSize: 2 });
  try {
    const [stream] = await db.query<{ count: number; last: number; position: number }>(
      `SELECT count(*) AS count, max(position) AS last,
         (SELECT position FROM stream_positions WHERE stream = 'events') AS position FROM events WHERE position > 0`,
    );
    assert.ok(stream);
    assert.deepEqual([stream.count, stream.position], [stream.last, stream.last], 'the stream has gaps');
    for (const roomId of roomIds) await checkGraph(db, roomId);
  } finally {
    await db.close();
    await postgres.stop();
  }
}

async function checkGraph(db: Database, roomId: string): Promise<void> {
  const head = await getRoomHead(db, roomId);
  assert.ok(head);
  const events = await db.query<{ nid: number; id: string; type: string; key: string | null; prev: number[] }>(
    `SELECT event_nid AS nid, event_id AS id, type, state_key AS key, prev_nids AS prev FROM events
     WHERE room_nid = $1 ORDER BY position`,
    [head.roomNid],
  );
  events.forEach((event, i) => {
    assert.deepEqual(event.prev, i === 0 ? [] : [events[i - 1]?.nid], 'each event follows the one before it');
  });
  assert.deepEqual(
    head.extremities.map((x) => x.eventId),
    [events.at(-1)?.id],
  );
  const wanted = new Map<string, number>();
  for (const { type, key, nid } of events) if (key !== null) wanted.set(`${type}\0${key}`, nid);
  const byGroup = await getStateOfGroup(db, head.stateGroup);
  assert.deepEqual([...byGroup].sort(), [...wanted].sort(), 'the state group is what the events say');
  const current = await db.query<{ type: string; key: string; nid: number }>(
    'SELECT type, state_key AS key, event_nid AS nid FROM current_state WHERE room_nid = $1',
    [head.roomNid],
  );
  const table = new Map(current.map(({ type, key, nid }) => [`${type}\0${key}`, nid]));
  assert.deepEqual([...table].sort(), [...wanted].sort(), 'the current state is what the events say');
}

/** Returns the room's events, oldest first. */
async function checkRoom(client: ProcessClient, roomId: string, acknowledged: Sent[]): Promise<string[]> {
  const ids: string[] = [];
  const bodies: string[] = [];
  let from: string | undefined;
  do {
    const path = `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=500${from ? `&from=${from}` : ''}`;
    const { status, body } = await client.call('GET', path);
    assert.equal(status, 200, JSON.stringify(body));
    for (const event of body.chunk) {
      ids.push(event.event_id);
      if (event.type === 'm.room.message') bodies.push(event.content.body);
    }
    from = body.chunk.length > 0 ? body.end : undefined;
  } while (from);
  assert.equal(new Set(ids).size, ids.length, 'an event was given twice');
  assert.equal(new Set(bodies).size, bodies.length, 'a message is there twice');
  const present = new Set(ids);
  const lost = acknowledged.filter((sent) => !present.has(sent.eventId));
  assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.length} acknowledged events are missing`);
  // Each sender's messages in the order of sending: the number behind the last dash grows.
  bodies.reverse();
  const last = new Map<string, number>();
  for (const body of bodies) {
    const cut = body.lastIndexOf('-');
    const [sender, number] = [body.slice(0, cut), Number(body.slice(cut + 1))];
    assert.ok(number > (last.get(sender) ?? -1), `${body} came after ${last.get(sender)}`);
    last.set(sender, number);
  }
  return ids.reverse();
}
