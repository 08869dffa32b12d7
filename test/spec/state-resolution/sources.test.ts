import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pdu } from '../../../lib/spec/events.ts';
import { getRoomVersion } from '../../../lib/spec/room-versions.ts';
import {
  AuthGraph,
  keyOfEvent,
  MissingEventsError,
  type ResolutionEvent,
  resolutionEventOf,
  resolveState,
  splitStateKey,
  stateKeyOf,
} from '../../../lib/spec/state-resolution/index.ts';
import { ALICE, BOB, RoomBuilder, TOPIC } from './room-builder.ts';

function forkedRoom(version: string): RoomBuilder {
  const room = new RoomBuilder(version).start({ [BOB]: 50 });
  room.member('$join-bob', BOB, BOB, 'join');
  room.topic('$a', ALICE, 'a', { after: ['$join-bob'], ts: 100 });
  room.topic('$b', BOB, 'b', { after: ['$join-bob'], ts: 200 });
  return room;
}

describe('events that resolution needs', () => {
  for (const version of ['2', '12']) {
    test(`room version ${version}: loading what is reported missing comes to an end, at the same result`, () => {
      const room = forkedRoom(version);
      const sets = [room.stateAfter('$a'), room.stateAfter('$b')];
      const loaded = new Map<string, ResolutionEvent>();
      let rounds = 0;
      for (;;) {
        try {
          assert.equal(resolveState(room.version, sets, loaded).get(TOPIC), '$b');
          break;
        } catch (error) {
          assert.ok(error instanceof MissingEventsError, String(error));
          assert.ok(error.eventIds.length > 0);
          for (const id of error.eventIds) {
            assert.ok(!loaded.has(id), `${id} was there`);
            loaded.set(id, room.get(id)!);
          }
          assert.ok(++rounds < 10);
        }
      }
      assert.ok(rounds > 0);
    });
  }

  test('with an index the chains below the auth events are not walked', () => {
    const room = forkedRoom('10');
    const sets = [room.stateAfter('$a'), room.stateAfter('$b')];
    const asked: string[][] = [];
    const source = {
      get: (id: string) => {
        assert.notEqual(id, '$rules', 'an event that is neither in dispute nor needed to judge');
        return room.get(id);
      },
    };
    const state = resolveState(room.version, sets, source, {
      authDifference(idSets) {
        asked.push(...idSets.map((ids) => [...ids].sort()));
        return new AuthGraph(room).authDifference(idSets);
      },
    });
    assert.equal(state.get(TOPIC), '$b');
    assert.deepEqual(
      asked,
      sets.map((set) => [...set.values()].sort()),
    );
  });

  test('equal states need no events at all', () => {
    const room = forkedRoom('12');
    const nothing = { get: () => undefined };
    const state = room.stateAfter('$a');
    assert.deepEqual(resolveState(room.version, [state, new Map(state)], nothing), state);
    assert.deepEqual(resolveState(room.version, [], nothing), new Map());
  });
});

describe('the graph of auth events', () => {
  const graphOf = (edges: Record<string, string[]>): AuthGraph =>
    new AuthGraph({
      get: (id) =>
        edges[id] === undefined ? undefined : ({ eventId: id, authEventIds: edges[id] } as unknown as ResolutionEvent),
    });

  test('auth difference: in some chain but not in all', () => {
    const graph = graphOf({ a: [], b: ['a'], c: ['b'], d: ['b'], e: ['d'], f: ['a'] });
    const difference = graph.authDifference([new Set(['c']), new Set(['e']), new Set(['c', 'd'])]);
    assert.deepEqual([...difference].sort(), ['c', 'd', 'e']);
    assert.deepEqual([...graph.authDifference([new Set(['c', 'f']), new Set(['f', 'c'])])], []);
  });

  test('auth difference of more sets than a word has bits', () => {
    const edges: Record<string, string[]> = { root: [], shared: ['root'] };
    const sets: Array<Set<string>> = [];
    for (let i = 0; i < 70; i++) {
      edges[`n${i}`] = i === 69 ? ['root'] : ['shared'];
      sets.push(new Set([`n${i}`]));
    }
    const difference = graphOf(edges).authDifference(sets);
    assert.equal(difference.size, 71);
    assert.ok(difference.has('shared') && !difference.has('root'));
  });

  test('conflicted subgraph: all paths between conflicted events, and nothing that only one end touches', () => {
    const graph = graphOf({
      root: [],
      old: ['root'],
      mid1: ['old'],
      mid2: ['old', 'root'],
      new: ['mid1', 'mid2', 'aside'],
      aside: ['root'],
      above: ['new'],
    });
    assert.deepEqual([...graph.conflictedSubgraph(new Set(['new', 'old']))].sort(), ['mid1', 'mid2', 'new', 'old']);
    assert.deepEqual([...graph.conflictedSubgraph(new Set(['new']))], ['new']);
  });

  test('chains longer than the stack, and loops in forged ids, do no harm', () => {
    const edges: Record<string, string[]> = { e0: [] };
    for (let i = 1; i < 50_000; i++) edges[`e${i}`] = [`e${i - 1}`];
    assert.equal(graphOf(edges).authDifference([new Set(['e49999']), new Set(['e10'])]).size, 49_989);
    assert.equal(graphOf(edges).conflictedSubgraph(new Set(['e49999', 'e10'])).size, 49_990);
    const loop = graphOf({ x: ['y'], y: ['x'], z: [] });
    assert.deepEqual([...loop.authDifference([new Set(['x']), new Set(['z'])])].sort(), ['x', 'y', 'z']);
  });
});

describe('forms', () => {
  test('keys are joined and taken apart', () => {
    assert.deepEqual(splitStateKey(stateKeyOf('m.room.member', ALICE)), ['m.room.member', ALICE]);
    assert.deepEqual(splitStateKey(stateKeyOf('m.room.topic', '')), ['m.room.topic', '']);
  });

  test('events are taken from PDUs of either format', () => {
    const pdu = {
      room_id: '!r:a.example',
      type: 'm.room.topic',
      state_key: '',
      sender: ALICE,
      content: { topic: 't' },
      depth: 3,
      prev_events: [['$p', { sha256: '' }]],
      auth_events: [['$q', { sha256: '' }]],
      origin_server_ts: 5,
      hashes: { sha256: '' },
      signatures: {},
    } satisfies Pdu as Pdu;
    const event = resolutionEventOf(pdu, '$e', getRoomVersion('1')!, true);
    assert.deepEqual(event.authEventIds, ['$q']);
    assert.equal(event.rejected, true);
    assert.equal(keyOfEvent(event), TOPIC);
    const later = resolutionEventOf({ ...pdu, auth_events: ['$q'], prev_events: ['$p'] }, '$e', getRoomVersion('6')!);
    assert.deepEqual(later.authEventIds, ['$q']);
    assert.equal(later.rejected, false);
  });
});
