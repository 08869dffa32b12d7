import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { purgeRoom } from '../../lib/domain/background/purge-room.ts';
import { getRoomTables, KEPT_TABLES } from '../../lib/storage/admin/purge-room.ts';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

const v1 = '/_synapse/admin/v1';
const v2 = '/_synapse/admin/v2';
let server: TestServer;
let admin: TestUser;
let alice: TestUser;
let bob: TestUser;

before(async () => {
  server = await testServer({ enableEphemeralMessages: true });
  admin = await server.user('admin', { admin: true });
  alice = await server.user('alice');
  bob = await server.user('bob');
});
after(() => server?.close());

/** What is to be told of a room: its number, and the numbers and ids of its events. */
interface Traces {
  roomId: string;
  nid: number;
  eventNids: number[];
  eventIds: string[];
}

async function tracesOf(roomId: string): Promise<Traces> {
  const { db } = server.ctx;
  const [room] = await db.query<{ nid: number }>('SELECT room_nid AS nid FROM rooms WHERE room_id = $1', [roomId]);
  const events = await db.query<{ nid: number; id: string }>(
    'SELECT event_nid AS nid, event_id AS id FROM events WHERE room_nid = $1',
    [room?.nid],
  );
  return {
    roomId,
    nid: room?.nid as number,
    eventNids: events.map((event) => event.nid),
    eventIds: events.map((event) => event.id),
  };
}

/** Tables that still have rows of a room, as the schema knows them: by any column that can name a room or an event. */
async function leftovers({ roomId, nid, eventNids, eventIds }: Traces): Promise<string[]> {
  const { db } = server.ctx;
  const columns = await db.query<{ table: string; column: string; type: string }>(
    `SELECT c.table_name AS table, c.column_name AS column, c.data_type AS type FROM information_schema.columns c
     JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { table, column, type } of columns) {
    if (KEPT_TABLES.has(table) || table === 'background_jobs') continue;
    const values =
      column === 'room_nid'
        ? [nid]
        : column === 'room_id'
          ? [roomId]
          : ['event_nid', 'by_nid', 'previous_nid', 'wanted_by', 'chain_id', 'origin_chain', 'target_chain'].includes(
                column,
              )
            ? eventNids
            : column === 'event_id' && table !== 'server_notice_transactions'
              ? eventIds
              : undefined;
    if (!values || values.length === 0) continue;
    const array = type === 'text' ? 'text[]' : 'bigint[]';
    const rows = await db.query(`SELECT 1 FROM ${table} WHERE ${column} = ANY($1::${array}) LIMIT 1`, [values]);
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}

/** A room in which everything has happened that leaves rows. */
async function busyRoom(): Promise<{ roomId: string; firstId: string }> {
  const roomId = await makeRoom(alice, {
    preset: 'public_chat',
    visibility: 'public',
    name: 'Doomed',
    room_alias_name: `doomed${Math.random().toString(36).slice(2)}`,
  });
  await bob.call('POST', `/join/${roomId}`, {});
  const firstId = await say(alice, roomId, 'bob: hello');
  const first = encodeURIComponent(firstId);
  await bob.call('PUT', `/rooms/${roomId}/send/m.reaction/r${Math.random()}`, {
    'm.relates_to': { rel_type: 'm.annotation', event_id: firstId, key: '👍' },
  });
  await bob.call('PUT', `/rooms/${roomId}/send/m.room.message/x${Math.random()}`, {
    msgtype: 'm.text',
    body: 'gone soon',
    'org.matrix.self_destruct_after': Date.now() + 3_600_000,
  });
  await bob.call('PUT', `/rooms/${roomId}/redact/${first}/x${Math.random()}`, {});
  await bob.call('POST', `/rooms/${roomId}/receipt/m.read/${first}`, {});
  await bob.call('PUT', `/user/${bob.userId}/rooms/${roomId}/account_data/m.x`, { a: 1 });
  await bob.call('PUT', `/user/${bob.userId}/rooms/${roomId}/tags/u.work`, {});
  await bob.call('PUT', `/rooms/${roomId}/typing/${bob.userId}`, { typing: true });
  await bob.call('GET', `/publicRooms`);
  await bob.call('GET', `/sync`);
  return { roomId, firstId };
}

test('a deleted room leaves nothing behind in any table', async () => {
  const { roomId, firstId } = await busyRoom();
  await bob.call('POST', `/rooms/${roomId}/report/${encodeURIComponent(firstId)}`, { reason: 'rude' });
  const traces = await tracesOf(roomId);
  assert.ok((await leftovers(traces)).length > 12, 'the room is known to many tables');
  const tables = await getRoomTables(server.ctx.db);
  assert.deepEqual(
    tables.slice(-2).map((t) => t.table),
    ['events', 'rooms'],
  );

  const gone = await admin.call('DELETE', `${v1}/rooms/${roomId}`, { block: true });
  assert.deepEqual(gone.body.kicked_users.sort(), [alice.userId, bob.userId]);
  assert.deepEqual([gone.body.failed_to_kick_users, gone.body.local_aliases, gone.body.new_room_id], [[], [], null]);
  assert.deepEqual(await leftovers(traces), []);

  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await admin.call('GET', `${v1}/rooms/${roomId}/block`)).body.block, true);
  assert.equal((await bob.call('POST', `/join/${roomId}`, {})).status >= 400, true);
  const reports = await admin.call('GET', `${v1}/event_reports?room_id=${roomId}`);
  assert.deepEqual([reports.body.total, reports.body.event_reports[0].sender], [1, alice.userId]);
  const one = await admin.call('GET', `${v1}/event_reports/${reports.body.event_reports[0].id}`);
  assert.equal(one.body.event_json.content.body, 'bob: hello');
  const sync = await bob.call('GET', '/sync');
  assert.equal(sync.body.rooms?.join?.[roomId], undefined);
  assert.equal(sync.body.rooms?.leave?.[roomId], undefined);
});

test('a deletion in the background tells how it goes and moves everybody to a new room', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_alias_name: 'bad' });
  await bob.call('POST', `/join/${roomId}`, {});
  const body = { new_room_user_id: admin.userId, room_name: 'Notice', message: 'Gone.', block: true };
  const started = await admin.call('DELETE', `${v2}/rooms/${roomId}`, body);
  const path = `${v2}/rooms/delete_status/${started.body.delete_id}`;
  await until('the deletion ends', async () => (await admin.call('GET', path)).body.status === 'complete');
  const status = (await admin.call('GET', path)).body;
  assert.deepEqual(
    [status.delete_id, status.room_id, status.shutdown_room.kicked_users.sort(), status.shutdown_room.local_aliases],
    [started.body.delete_id, roomId, [alice.userId, bob.userId], ['#bad:localhost']],
  );
  const newRoomId = status.shutdown_room.new_room_id;
  assert.equal((await bob.call('GET', '/directory/room/%23bad:localhost')).body.room_id, newRoomId);
  assert.equal((await bob.call('GET', `/rooms/${newRoomId}/state/m.room.name`)).body.name, 'Notice');
  const history = await bob.call('GET', `/rooms/${newRoomId}/messages?dir=b&limit=20`);
  assert.ok(history.body.chunk.some((e: { content: { body?: string } }) => e.content.body === 'Gone.'));
  const spoken = await bob.call('PUT', `/rooms/${newRoomId}/send/m.room.message/1`, { msgtype: 'm.text', body: 'x' });
  assert.equal(spoken.body.errcode, 'M_FORBIDDEN');
  const list = (await admin.call('GET', `${v2}/rooms/${roomId}/delete_status`)).body;
  assert.deepEqual(
    list.results.map((r: { delete_id: string }) => r.delete_id),
    [started.body.delete_id],
  );
  const tasks = (await admin.call('GET', `${v1}/scheduled_tasks?resource_id=${roomId}&job_status=complete`)).body;
  assert.deepEqual(
    [tasks.scheduled_tasks.length, tasks.scheduled_tasks[0].action, tasks.scheduled_tasks[0].error],
    [1, 'shutdown_and_purge_room', null],
  );
  assert.equal((await admin.call('GET', `${v2}/rooms/delete_status/nothing`)).body.errcode, 'M_NOT_FOUND');
});

test('a room that is only shut down keeps its history; one that is not there can be blocked', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  const eventId = await say(alice, roomId, 'kept');
  const shut = await admin.call('DELETE', `${v1}/rooms/${roomId}`, { block: true, purge: false });
  assert.deepEqual(shut.body.kicked_users, [alice.userId]);
  const kept = await admin.call('GET', `${v1}/fetch_event/${encodeURIComponent(eventId)}`);
  assert.equal(kept.body.event.content.body, 'kept');
  assert.equal((await alice.call('POST', `/join/${roomId}`, {})).body.errcode, 'M_FORBIDDEN');
  const unknown = '!unknown:example.org';
  assert.equal((await admin.call('DELETE', `${v1}/rooms/${unknown}`, {})).body.errcode, 'M_NOT_FOUND');
  const blocked = await admin.call('DELETE', `${v1}/rooms/${unknown}`, { block: true });
  assert.deepEqual(blocked.body.kicked_users, []);
  assert.equal((await admin.call('GET', `${v1}/rooms/${unknown}/block`)).body.block, true);
});

test('a purge that is interrupted at any step goes on and leaves nothing', async () => {
  const { roomId } = await busyRoom();
  const traces = await tracesOf(roomId);
  const room = { roomNid: traces.nid, roomId };
  for (let steps = 1; ; steps += 3) {
    let left = steps;
    const interrupted = await purgeRoom(server.ctx, room, {
      proceed() {
        if (left-- === 0) throw new Error('interrupted');
      },
    }).then(
      () => false,
      () => true,
    );
    assert.equal((await bob.call('GET', `/rooms/${roomId}/messages?dir=b`)).body.errcode, 'M_FORBIDDEN');
    if (!interrupted) break;
    assert.ok(steps < 200);
  }
  assert.deepEqual(await leftovers(traces), []);
});

test('readers and writers of a room that is purged meanwhile are told so, and never of an error of the server', async () => {
  const { roomId } = await busyRoom();
  for (let i = 0; i < 60; i++) await say(alice, roomId, `message ${i}`);
  const traces = await tracesOf(roomId);
  const statuses = new Set<number>();
  let done = false;
  const keep = async (request: () => Promise<{ status: number }>) => {
    // What is refused without a query would leave no room for others.
    for (; !done; await nextTurn()) statuses.add((await request()).status);
  };
  let since = (await bob.call('GET', '/sync')).body.next_batch;
  const readers = [
    keep(() => bob.call('GET', `/rooms/${roomId}/messages?dir=b&limit=30`)),
    keep(async () => {
      const answer = await bob.call('GET', `/sync?since=${since}&timeout=20`);
      since = answer.body.next_batch ?? since;
      return answer;
    }),
    keep(() => bob.call('GET', '/sync')),
    keep(() => bob.call('GET', `/rooms/${roomId}/members`)),
    keep(() => bob.call('PUT', `/user/${bob.userId}/rooms/${roomId}/account_data/m.y`, { now: Date.now() })),
    keep(() => alice.call('PUT', `/rooms/${roomId}/send/m.room.message/s${Math.random()}`, { body: 'x' })),
    keep(() =>
      alice.call('POST', `/rooms/${roomId}/receipt/m.read/${encodeURIComponent(traces.eventIds[3] as string)}`, {}),
    ),
  ];
  const gone = await admin.call('DELETE', `${v1}/rooms/${roomId}`, {});
  assert.equal(gone.status, 200, JSON.stringify(gone.body));
  done = true;
  await Promise.all(readers);
  assert.deepEqual(
    [...statuses].filter((status) => status >= 500),
    [],
  );
  assert.deepEqual(await leftovers(traces), []);
});
