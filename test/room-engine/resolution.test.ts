import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { ChainLinks } from '../../lib/domain/rooms/engine/chain-cover.ts';
import { diffGroups, storedGroup } from '../../lib/domain/rooms/engine/group-diff.ts';
import { resolve } from '../../lib/domain/rooms/engine/resolver.ts';
import { getAuthChain, getEventIds } from '../../lib/storage/federation/pdus.ts';
import { getChainPlaces, getLinksBelow } from '../../lib/storage/state/chains.ts';
import { getEntriesOfGroup, getEntriesOfWholeGroup } from '../../lib/storage/state/groups.ts';
import { type TestEngine, testEngine } from './engine-kit.ts';
import { localRoom } from './local-rooms.ts';
import { lookAt, sorted } from './look.ts';
import { grow, histories } from './random-history.ts';
import { ALICE, BOB, RemoteRoom } from './remote-room.ts';

describe('state as it is stored', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  /** Two ends with so many changes of state each. */
  const fork = async (version: string, changes: number) => {
    const room = new RemoteRoom(version).start({ levels: { [BOB]: 50 } });
    room.member(BOB, BOB, 'join');
    await room.joinedBy(engine.events);
    const { last } = room;
    const side = (sender: string, membership: string) => {
      let after = last;
      for (let i = 0; i < changes; i++) {
        const user = `@u${i}:d.example`;
        after = room.member(membership === 'join' ? user : sender, user, membership, { after: [after] });
      }
      return after;
    };
    const ends = [side(BOB, 'join'), side(ALICE, 'ban')];
    const ids = [...room.events.keys()];
    const made = ids.slice(ids.indexOf(last) + 1);
    for (let at = 0; at < made.length; at += 50) {
      const results = await room.sendTo(engine.events, made.slice(at, at + 50));
      assert.ok(results.every((result) => result.status === 'accepted' || result.status === 'soft-failed'));
    }
    return { room, ends };
  };
  const groupsAfter = async (ids: string[]) => {
    const rows = await engine.db.query<{ group: number }>(
      'SELECT coalesce(state_group_after, state_group) AS "group" FROM events WHERE event_id = ANY($1) ORDER BY event_nid',
      [ids],
    );
    return rows.map((row) => row.group);
  };
  const counted = async <T>(work: () => Promise<T>) => {
    engine.db.reset();
    const result = await work();
    return { result, queries: engine.db.statements.length };
  };

  test('the state at an event, or some of it, takes one query', async () => {
    const { ends, room } = await fork('12', 5);
    const [group] = await groupsAfter([ends[0] as string]);
    const whole = await counted(() => getEntriesOfWholeGroup(engine.db, group as number));
    assert.equal(whole.queries, 1);
    assert.equal(whole.result.length, room.stateAfter([ends[0] as string]).size);
    const some = await counted(() =>
      getEntriesOfGroup(engine.db, group as number, [
        ['m.room.create', ''],
        ['m.room.topic', ''],
      ]),
    );
    assert.deepEqual([some.queries, some.result.length], [1, 1]);
  });

  for (const version of ['2', '11', '12']) {
    test(`version ${version}: a resolution takes a handful of queries, however much is in dispute`, async () => {
      const counts: number[] = [];
      for (const changes of [3, 40]) {
        const { ends, room } = await fork(version, changes);
        const groups = (await groupsAfter(ends)).map(storedGroup);
        const job = { roomVersion: version, groups, from: groups[0], unstored: [] };
        const { result, queries } = await counted(() => resolve(engine.db, job));
        counts.push(queries);
        const difference = engine.db.with('event_chains').length;
        assert.ok(difference <= 8, `${difference} of them for the auth difference`);
        const compared = await counted(() => diffGroups(engine.db, groups));
        assert.ok(compared.queries <= 3);
        const wanted = room.stateAfter(ends);
        const from = room.stateAfter([ends[0] as string]);
        const changed = [...wanted].filter(([key, id]) => from.get(key) !== id);
        assert.equal(result.changes.length, changed.length);
      }
      assert.ok((counts[1] as number) <= 16, `${counts} queries`);
      assert.ok((counts[1] as number) <= (counts[0] as number) + 2, `${counts} queries`);
    });
  }

  test('a large resolution is done by a thread of its own, to the same result', async () => {
    const before = engine.events.resolutions;
    const room = new RemoteRoom('12').start({ levels: { [BOB]: 50 } });
    room.member(BOB, BOB, 'join');
    await room.joinedBy(engine.events);
    const start = room.last;
    const side = (sender: string, name: string) => {
      let at = start;
      for (let i = 0; i < 110; i++) at = room.state('x.name', `${name}-${i}`, sender, { i }, { after: [at] });
      return room.topic(sender, name, { after: [at] });
    };
    const ends = [side(ALICE, 'one'), side(BOB, 'other')];
    const ids = [...room.events.keys()];
    const results = await room.sendTo(engine.events, ids.slice(ids.indexOf(start) + 1));
    assert.ok(results.every((result) => result.status === 'accepted'));
    const end = room.say(ALICE, 'both', { after: ends });
    await room.sendTo(engine.events, [end]);
    assert.deepEqual(sorted((await lookAt(engine.db, room.roomId)).current), sorted(room.stateAfter([end])));
    assert.ok(engine.events.resolutions.large > before.large, 'no resolution went to the thread');
  });

  test('a failing thread fails what waits for it, and the next resolution gets another', async () => {
    const { room, ends } = await fork('12', 4);
    await engine.events.close();
    const merge = room.say(ALICE, 'both', { after: ends });
    assert.equal((await room.sendTo(engine.events, [merge]))[0]?.status, 'accepted');
  });

  test('an auth chain takes one query', async () => {
    const { ends, room } = await fork('11', 6);
    const [row] = await engine.db.query<{ nid: number }>('SELECT event_nid AS nid FROM events WHERE event_id = $1', [
      ends[1],
    ]);
    const { result, queries } = await counted(() => getAuthChain(engine.db, [row?.nid as number]));
    assert.equal(queries, 1);
    const ids = await getEventIds(engine.db, result);
    assert.deepEqual([...ids.values()].sort(), [...room.authChain([ends[1] as string])].sort());
  });

  test('every state event has its place on the chain cover, from the first one of a room on', async () => {
    const roomId = await localRoom(engine);
    const rows = await engine.db.query<{ type: string; place: number | null }>(
      `SELECT e.type, c.sequence AS place FROM events e JOIN rooms r USING (room_nid)
       LEFT JOIN event_chains c ON c.event_nid = e.event_nid WHERE r.room_id = $1 AND e.state_key IS NOT NULL`,
      [roomId],
    );
    assert.equal(rows.length, 4);
    assert.ok(rows.every((row) => row.place !== null));
  });

  test('the chain cover reaches what the graph of auth events does, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.constantFrom('2', '11', '12'), async (history, version) => {
        const room = new RemoteRoom(version).start({ levels: { [BOB]: 50 } });
        room.member(BOB, BOB, 'join');
        await room.joinedBy(engine.events);
        const made = grow(room, history.steps);
        for (const id of made) await room.sendTo(engine.events, [id]);
        await assertCover(room);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  async function assertCover(room: RemoteRoom): Promise<void> {
    const { roomNid } = await lookAt(engine.db, room.roomId);
    const rows = await engine.db.query<{ nid: number; id: string }>(
      'SELECT event_nid AS nid, event_id AS id FROM events WHERE room_nid = $1 AND state_key IS NOT NULL',
      [roomNid],
    );
    const places = await getChainPlaces(
      engine.db,
      rows.map((row) => row.nid),
    );
    assert.equal(places.length, rows.length, 'an event has no place');
    const links = new ChainLinks(await getLinksBelow(engine.db, [...new Set(places.map((place) => place.chain))]));
    const ids = new Map(rows.map((row) => [row.nid, row.id]));
    for (const place of places) {
      const reach = links.reach([place]);
      const reached = places
        .filter((other) => (reach.get(other.chain) ?? 0) >= other.sequence)
        .map((other) => ids.get(other.eventNid) as string);
      const id = ids.get(place.eventNid) as string;
      assert.deepEqual(reached.sort(), [...room.authChain([id]), id].sort());
    }
  }
});
