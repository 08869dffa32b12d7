import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { MatrixError } from '../../lib/spec/errors.ts';
import type { NewEvent } from '../../lib/streams/writers.ts';
import { audit } from './audit.ts';
import { ME, type TestEngine, testEngine } from './engine-kit.ts';
import { message } from './local-rooms.ts';
import { grow, histories, shuffled } from './random-history.ts';
import { BOB, RemoteRoom } from './remote-room.ts';

const RUNS = Number(process.env['CONCURRENCY_RUNS'] ?? 5);

/** Own users and other servers write to one room at the same time; then the room is worked out anew from its events. */
describe('local events while other servers fork the room', () => {
  let engine: TestEngine;
  before(async () => {
    // So little memory that rooms are given up and read again in between.
    engine = await testEngine({ memoryBytes: 40_000 });
  });
  after(() => engine.close());

  for (const version of ['1', '10', '12']) {
    test(`version ${version}: everything stored agrees with everything else`, async () => {
      let forks = 0;
      await fc.assert(
        fc.asyncProperty(histories, fc.array(fc.nat(99), { minLength: 5, maxLength: 25 }), async (history, acts) => {
          const room = new RemoteRoom(version).start({ levels: { [BOB]: 50, [ME]: 60 } });
          room.member(BOB, BOB, 'join');
          await room.joinedBy(engine.events);
          const made = shuffled(grow(room, history.steps), history.order);
          await Promise.all([
            give(room, made, history.chunk),
            ...[0, 1, 2].map((nth) =>
              act(
                room.roomId,
                acts.filter((_, i) => i % 3 === nth),
              ),
            ),
          ]);

          forks += (await audit(engine.db, room.roomId)).forks;
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      assert.ok(forks > 0, 'nothing was forked');
    });
  }

  async function give(room: RemoteRoom, ids: string[], chunk: number): Promise<void> {
    let todo = ids;
    while (todo.length > 0) {
      const early: string[] = [];
      for (let at = 0; at < todo.length; at += chunk) {
        const some = todo.slice(at, at + chunk);
        for (const [i, { status }] of (await room.sendTo(engine.events, some)).entries()) {
          if (status === 'missing') early.push(some[i] as string);
        }
      }
      assert.ok(early.length < todo.length);
      todo = early;
    }
  }

  async function act(roomId: string, acts: number[]): Promise<void> {
    for (const n of acts) {
      try {
        await engine.events.send({ roomId, event: eventOf(n), txn: { deviceId: 'D', txnId: `${n}` } });
      } catch (error) {
        // Others may have taken the right away meanwhile.
        if (!(error instanceof MatrixError) || error.status !== 403) throw error;
      }
    }
  }

  function eventOf(n: number): NewEvent {
    const state = (type: string, stateKey: string, content: NewEvent['content']) => ({
      type,
      stateKey,
      sender: ME,
      content,
    });
    if (n % 4 === 0) return state('m.room.topic', '', { topic: `${n}` });
    if (n % 4 === 1)
      return state('m.room.member', `@guest${n % 5}:localhost`, { membership: n % 3 === 0 ? 'ban' : 'invite' });
    if (n % 7 === 0) return state('m.room.member', ME, { membership: 'join', displayname: `me ${n}` });
    return message(`${n}`);
  }
});
