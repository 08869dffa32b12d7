import type { Database } from '../../lib/storage/database.ts';
import { fillRoom } from '../kit/big-room.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { testEngine } from '../room-engine/engine-kit.ts';
import { localRoom } from '../room-engine/local-rooms.ts';
import { digits, Report } from './kit/report.ts';
import { fillSynapseTables, SYNAPSE_TABLES } from './state/synapse-tables.ts';

const MEMBERS = 10_000;
const CHANGES = 2_000;
const MESSAGES = 10_000;
const AT_ONCE = 250;
const TABLES = ['state_groups', 'event_chains', 'chain_links'];

export const about = `Bytes that state takes on disk, in a room of ${digits(MEMBERS)} members, next to Synapse's schema`;

/** What the state of some events takes, and how many entries of state are written for it. */
interface Size {
  bytes: number;
  rows: number;
}

/**
 * Makes a room of 10,000 members, lets 2,000 of them change their names, and has 10,000 messages sent; then fills tables
 * of the shape that Synapse gives them with what Synapse writes for the same events. Both are measured by what their
 * tables and indexes take.
 */
export async function run(): Promise<void> {
  const report = new Report('npm run bench -- state');
  const database = await testDatabase();
  const { db } = database;
  try {
    const maker = await testEngine({ database });
    const roomId = await localRoom(maker, '11');
    await maker.close();
    const empty = await ours(db);
    await fillRoom(db, { roomId, members: MEMBERS, messages: 0 });
    const joined = await ours(db);
    await renames(database, roomId);
    const renamed = await ours(db);
    await fillSynapseTables(db, roomId, MEMBERS);
    const theirsJoined = await sizeOf(db, SYNAPSE_TABLES);
    await fillSynapseTables(db, roomId);
    const theirsRenamed = await sizeOf(db, SYNAPSE_TABLES);

    await fillRoom(db, { roomId, members: 0, messages: MESSAGES });
    const told = await ours(db);
    await fillSynapseTables(db, roomId);
    const theirsTold = await sizeOf(db, SYNAPSE_TABLES);

    const compare = (what: string, own: number, theirs: number, goal?: number) =>
      report.add({
        what,
        measured: `${digits(own)} B; Synapse's schema ${digits(theirs)} B (${digits(theirs / own, 1)} ×)`,
        ...(goal === undefined ? {} : { goal: `≥ ${goal} ×`, met: theirs / own >= goal }),
      });
    const each = (a: Size, b: Size, count: number) => Math.round((b.bytes - a.bytes) / count);
    compare('state and auth of a message', each(renamed, told, MESSAGES), each(theirsRenamed, theirsTold, MESSAGES));
    compare(
      `a change of state among ${digits(MEMBERS)} members`,
      each(joined, renamed, CHANGES),
      each(theirsJoined, theirsRenamed, CHANGES),
      10,
    );
    compare(
      `a join, from the first to the ${digits(MEMBERS)}th`,
      each(empty, joined, MEMBERS),
      Math.round(theirsJoined.bytes / MEMBERS),
      10,
    );
    compare('all of it', told.bytes - empty.bytes, theirsTold.bytes);
    report.note(
      `Entries of state groups: ${digits(told.rows)} of ours, ${digits(theirsTold.rows)} of Synapse's. ` +
        'Counted are tables with their indexes; of our events table the columns that hold groups and auth events.',
    );
    report.end();
  } finally {
    await database.drop();
  }
}

async function renames(database: TestDatabase, roomId: string): Promise<void> {
  const engine = await testEngine({ database });
  try {
    for (let at = 0; at < CHANGES; at += AT_ONCE) {
      const events = Array.from({ length: AT_ONCE }, (_, i) => {
        const user = `@u${2 * (at + i + 1)}:localhost`;
        const content = { membership: 'join', displayname: `User ${at + i}` };
        return { type: 'm.room.member', stateKey: user, sender: user, content };
      });
      await engine.events.sendAll({ roomId, events });
    }
  } finally {
    await engine.close();
  }
}

async function ours(db: Database): Promise<Size> {
  const { bytes } = await sizeOf(db, TABLES);
  const [events] = await db.query<{ bytes: number }>(
    `SELECT sum(pg_column_size(auth_nids) + coalesce(pg_column_size(state_group), 0)
       + coalesce(pg_column_size(state_group_after), 0)) AS bytes FROM events`,
  );
  const [groups] = await db.query<{ rows: number }>('SELECT sum(cardinality(event_nids)) AS rows FROM state_groups');
  return { bytes: bytes + (events?.bytes ?? 0), rows: groups?.rows ?? 0 };
}

async function sizeOf(db: Database, tables: readonly string[]): Promise<Size> {
  const [row] = await db.query<{ bytes: number }>(
    'SELECT sum(pg_total_relation_size(t::regclass)) AS bytes FROM unnest($1::text[]) AS s(t)',
    [tables],
  );
  const states = tables.find((table) => table.endsWith('state_groups_state'));
  const [rows] = states ? await db.query<{ rows: number }>(`SELECT count(*) AS rows FROM ${states}`) : [];
  return { bytes: row?.bytes ?? 0, rows: rows?.rows ?? 0 };
}
