import { numberArray } from '../../../lib/storage/arrays.ts';
import { Database } from '../../../lib/storage/database.ts';
import { type BatchWrite, emptyBatch } from '../../../lib/storage/events/batch-write.ts';
import { numbers, texts } from '../../../lib/storage/events/binary-arrays.ts';
import { commitBatch } from '../../../lib/storage/events/commit-batch.ts';
import type { EventRow } from '../../../lib/storage/events/event-row.ts';
import { migrate } from '../../../lib/storage/migrate.ts';
import { digits, quantile, type Report } from '../kit/report.ts';

const ROUNDS = 150;
const SIZES = [16, 64];
const GOAL = 0.6;
const DATABASE = 'bench_commits';

/**
 * What a batch of the persister costs, against a plain `INSERT … SELECT unnest` of the same bytes into a table like
 * `events` in the same PostgreSQL, by turns. The table has the same columns; once with the same indexes, once with no
 * more than its primary key.
 *
 * @param serverUrl a database of that server; another is made beside it
 */
export async function commits(report: Report, serverUrl: string): Promise<void> {
  const admin = new Database(serverUrl, { poolSize: 1 });
  await admin.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
  await admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
  await admin.close();
  const url = new URL(serverUrl);
  url.pathname = `/${DATABASE}`;
  const db = new Database(url.href, { poolSize: 1 });
  try {
    await migrate(db);
    await db.script(`CREATE TABLE raw_like (LIKE events INCLUDING ALL);
      CREATE TABLE raw_plain (LIKE events INCLUDING DEFAULTS, PRIMARY KEY (event_nid));`);
    await db.query(`UPDATE unit_leases SET owner = 'bench', epoch = 1 WHERE unit = 'event-persister' AND shard = 0`);
    await db.query(
      `INSERT INTO rooms (room_nid, room_id, room_version, creator, created_ts, slot)
       VALUES (1, '!bench:localhost', '12', '@bench:localhost', 1, 0)`,
    );
    for (const size of SIZES) await compare(report, db, size);
  } finally {
    await db.close();
  }
}

async function compare(report: Report, db: Database, size: number): Promise<void> {
  const took = { commit: [] as number[], like: [] as number[], plain: [] as number[] };
  const time = async (into: number[], work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    into.push(performance.now() - started);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const batch = batchOf(size);
    await time(took.commit, () => commitBatch(db, batch));
    await time(took.like, () => insertRaw(db, 'raw_like', batch));
    await time(took.plain, () => insertRaw(db, 'raw_plain', batch));
  }
  // The first rounds plan the statements and fill the caches.
  const median = (values: number[]) => quantile(values.slice(10), 0.5);
  const commit = median(took.commit);
  const ratio = median(took.like) / commit;
  report.add({
    what: `commit of ${size} events, against raw INSERT … unnest with the same indexes`,
    measured: `${digits(ratio * 100)} % (${rate(size, commit)} against ${rate(size, median(took.like))} rows a second)`,
    goal: `≥ ${GOAL * 100} %`,
    met: ratio >= GOAL,
  });
  report.add({
    what: `… against one with a primary key only`,
    measured: `${digits((median(took.plain) / commit) * 100)} % (${rate(size, median(took.plain))} rows a second)`,
  });
}

function rate(rows: number, ms: number): string {
  return digits((rows * 1_000) / ms);
}

let nid = 0;

/** Messages of one room, of about 650 bytes each, as the persister writes them. */
function batchOf(size: number): BatchWrite {
  const batch = emptyBatch();
  batch.fences.push({ slot: 0, epoch: 1 });
  for (let i = 0; i < size; i++) {
    nid++;
    batch.events.push({ row: rowOf(nid), prevNids: [nid - 1], authNids: [1, 2, 3], place: ++batch.places });
  }
  batch.rooms.push({
    roomNid: 1,
    roomId: '!bench:localhost',
    roomVersion: '12',
    creator: '@bench:localhost',
    createdTs: 1,
    slot: 0,
    extremities: [nid],
    stateGroup: 1,
    depth: nid,
    isPublic: false,
    isNew: false,
    lastPlace: batch.places,
  });
  return batch;
}

function rowOf(eventNid: number): EventRow {
  const body = `message ${eventNid} of a bench, with words enough to be one that people write`;
  return {
    position: null,
    eventNid,
    roomNid: 1,
    roomId: '!bench:localhost',
    roomVersion: '12',
    eventId: `$${String(eventNid).padStart(43, 'x')}`,
    type: 'm.room.message',
    stateKey: null,
    sender: `@user-${eventNid % 16}:localhost`,
    depth: eventNid,
    originServerTs: 1_700_000_000_000 + eventNid,
    stateGroup: 1,
    stateGroupAfter: null,
    flags: 0,
    notify: 1,
    redactedBy: null,
    redactionJson: null,
    redactionId: null,
    replacesNid: null,
    replacesJson: null,
    replacesId: null,
    threadRoot: null,
    txnDevice: 'ABCDEFGHIJ',
    txnId: `bench-${eventNid}`,
    json: JSON.stringify({ body, padding: 'p'.repeat(650 - body.length - 30) }),
  };
}

const COLUMNS = [
  ['event_nid', 'bigint'],
  ['position', 'bigint'],
  ['state_group', 'bigint'],
  ['notify', 'bigint'],
  ['room_nid', 'bigint'],
  ['depth', 'bigint'],
  ['origin_server_ts', 'bigint'],
  ['event_id', 'text'],
  ['type', 'text'],
  ['sender', 'text'],
  ['txn_device', 'text'],
  ['txn_id', 'text'],
  ['prev_nids', 'text'],
  ['auth_nids', 'text'],
  ['json', 'text'],
] as const;

async function insertRaw(db: Database, table: string, { events }: BatchWrite): Promise<void> {
  const names = COLUMNS.map(([name]) => name);
  const values = names.map((name) => (name.endsWith('_nids') ? `e.${name}::bigint[]` : `e.${name}`));
  const parameters = COLUMNS.map(([, type], i) => `$${i + 1}::${type}[]`);
  await db.prepared(
    table,
    `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')}
     FROM unnest(${parameters.join(', ')}) AS e(${names.join(', ')})`,
    [
      numbers(events, (e) => e.row.eventNid),
      numbers(events, (e) => e.row.eventNid),
      numbers(events, (e) => e.row.stateGroup),
      numbers(events, (e) => e.row.notify),
      numbers(events, (e) => e.row.roomNid),
      numbers(events, (e) => e.row.depth),
      numbers(events, (e) => e.row.originServerTs),
      texts(events, (e) => e.row.eventId),
      texts(events, (e) => e.row.type),
      texts(events, (e) => e.row.sender),
      texts(events, (e) => e.row.txnDevice),
      texts(events, (e) => e.row.txnId),
      texts(events, (e) => numberArray(e.prevNids as number[])),
      texts(events, (e) => numberArray(e.authNids)),
      texts(events, (e) => e.row.json),
    ],
  );
}
