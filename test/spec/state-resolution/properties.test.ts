import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isAuthorised } from '../../../lib/spec/auth-rules.ts';
import { resolveState, type StateMap } from '../../../lib/spec/state-resolution/index.ts';
import { literalResolve } from './literal-resolution.ts';
import { randomRoom } from './random-room.ts';

const sorted = (state: StateMap): Array<[string, string]> => [...state].sort();

describe('state resolution as the specification words it', () => {
  for (const [version, runs] of [
    ['2', 150],
    ['10', 250],
    ['12', 400],
  ] as const) {
    test(`room version ${version} agrees with the literal transcription`, () => {
      let disputed = 0;
      fc.assert(
        fc.property(randomRoom(version), ({ room, sets }) => {
          const expected = literalResolve(room.version, sets, room.events, room.version.stateResolution === 'v2.1');
          assert.deepEqual(sorted(resolveState(room.version, sets, room)), sorted(expected));
          if (sets.some((set) => JSON.stringify(sorted(set)) !== JSON.stringify(sorted(sets[0]!)))) disputed++;
        }),
        { numRuns: runs },
      );
      assert.ok(disputed > runs / 2, `most rooms must have something to resolve, only ${disputed} of ${runs} had`);
    });
  }
});

describe('properties of state resolution', () => {
  for (const version of ['1', '2', '9', '11', '12']) {
    test(`room version ${version}`, () => {
      fc.assert(
        fc.property(randomRoom(version), fc.infiniteStream(fc.nat()), ({ room, sets }, random) => {
          const resolve = (...states: StateMap[]): Array<[string, string]> =>
            sorted(resolveState(room.version, states, room));
          const result = resolve(...sets);

          // The order of the sets does not matter, nor do sets that come twice.
          const shuffled = sets
            .map((set) => [random.next().value!, set] as const)
            .sort(([a], [b]) => a - b)
            .map(([, set]) => set);
          assert.deepEqual(resolve(...shuffled), result);
          assert.deepEqual(resolve(...sets, new Map(sets[0]), ...shuffled), result);

          // The order of keys within a set does not matter.
          assert.deepEqual(resolve(...sets.map((set) => new Map([...set].reverse()))), result);

          // Nothing to resolve, nothing changed.
          for (const set of sets) assert.deepEqual(resolve(set, set), sorted(set));
          assert.deepEqual(resolve(new Map(result), new Map(result)), result);

          // Every key of the result comes from a set or an auth chain, and holds an event of that key.
          for (const [key, id] of result) {
            const event = room.get(id)!;
            assert.equal(key, `${event.type}\0${event.state_key}`);
          }
          // What all sets agree on stays.
          for (const [key, id] of sets[0]!) {
            if (sets.every((set) => set.get(key) === id)) assert.equal(new Map(result).get(key), id);
          }
        }),
        { numRuns: 80 },
      );
    });
  }

  for (const version of ['2', '11', '12']) {
    test(`room version ${version}: whatever was in dispute was allowed`, () => {
      fc.assert(
        fc.property(randomRoom(version), ({ room, sets }) => {
          const allowed = new Set<string>();
          const result = resolveState(room.version, sets, room, {
            authCheck: (event, lookup) => {
              const ok = isAuthorised(event, room.version, lookup);
              if (ok) allowed.add(event.eventId);
              return ok;
            },
          });
          for (const [key, id] of result) {
            const agreed = sets.every((set) => set.get(key) === id);
            assert.ok(agreed || allowed.has(id), `${id} was not allowed`);
          }
        }),
        { numRuns: 80 },
      );
    });
  }
});
