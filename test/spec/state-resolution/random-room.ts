import fc from 'fast-check';
import type { JsonObject } from '../../../lib/spec/json.ts';
import { keyOfEvent, type StateMap } from '../../../lib/spec/state-resolution/index.ts';
import { ALICE, BOB, CHARLIE, DAVE, RoomBuilder } from './room-builder.ts';

const USERS = [ALICE, BOB, CHARLIE, DAVE] as const;
const LEVELS = [0, 25, 50, 75, 100];

interface Step {
  parents: number[];
  actor: number;
  target: number;
  act: 'join' | 'leave' | 'invite' | 'remove' | 'ban' | 'power' | 'rules' | 'topic' | 'name';
  value: number;
  /** Against the clock of the step before; clocks of servers differ. */
  skew: number;
  keepRejected: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  parents: fc.array(fc.nat(60), { minLength: 1, maxLength: 3 }),
  actor: fc.nat(3),
  target: fc.nat(3),
  act: fc.constantFrom<Step['act'][]>(
    'join',
    'leave',
    'invite',
    'remove',
    'ban',
    'power',
    'power',
    'rules',
    'topic',
    'name',
  ),
  value: fc.nat(99),
  skew: fc.integer({ min: -3, max: 4 }),
  keepRejected: fc.boolean(),
});

/** A fault in one of the states that are to be resolved, as partial synchronisation brings it about. */
interface Fault {
  set: number;
  event: number;
  remove: boolean;
}

const fault: fc.Arbitrary<Fault> = fc.record({ set: fc.nat(3), event: fc.nat(60), remove: fc.boolean() });

export interface RandomRoom {
  room: RoomBuilder;
  sets: StateMap[];
}

/** Rooms grown by the auth rules into all directions, with some of their states, faulty ones among them. */
export function randomRoom(version: string): fc.Arbitrary<RandomRoom> {
  return fc
    .record({
      steps: fc.array(step, { minLength: 12, maxLength: 60, size: 'max' }),
      heads: fc.array(fc.nat(8), { minLength: 2, maxLength: 4 }),
      faults: fc.array(fault, { maxLength: 3 }),
    })
    .map(({ steps, heads, faults }) => {
      const room = grow(version, steps);
      const ids = [...room.events.keys()];
      const sets = heads.map((head) => room.stateAfter(ids[ids.length - 1 - (head % ids.length)]!));
      for (const { set, event, remove } of faults) {
        const at = set % sets.length;
        const other = room.events.get(ids[event % ids.length]!)!;
        if (other.type === 'm.room.create') continue;
        const changed = new Map(sets[at]);
        if (remove) changed.delete(keyOfEvent(other));
        else changed.set(keyOfEvent(other), other.eventId);
        sets[at] = changed;
      }
      return { room, sets };
    });
}

function grow(version: string, steps: readonly Step[]): RoomBuilder {
  const room = new RoomBuilder(version).start({ [BOB]: 50 });
  room.member('$join-bob', BOB, BOB, 'join');
  room.member('$join-charlie', CHARLIE, CHARLIE, 'join');
  let clock = 10;
  for (const [i, { parents, actor, target, act, value, skew, keepRejected }] of steps.entries()) {
    const ids = [...room.events.keys()];
    // Parents near the end, so that forks live on; not before the first power levels.
    const newest = ids.length - 1;
    const after = [...new Set(parents.map((back) => ids[Math.max(5, newest - (back % 8))]!))];
    clock += skew;
    const sender = USERS[actor]!;
    const { type, stateKey, content } = eventFor(room, act, sender, USERS[target]!, value);
    const event = room.draft(`$e${i}`, type, stateKey, sender, content, { after, ts: clock });
    const before = room.stateAfterAll(after);
    if (room.allows(event, before)) room.add(event);
    else if (keepRejected) room.add({ ...event, rejected: true });
  }
  return room;
}

function eventFor(
  room: RoomBuilder,
  act: Step['act'],
  sender: string,
  target: string,
  value: number,
): { type: string; stateKey: string; content: JsonObject } {
  const member = (userId: string, membership: string) => ({
    type: 'm.room.member',
    stateKey: userId,
    content: { membership },
  });
  switch (act) {
    case 'join':
      return member(sender, 'join');
    case 'leave':
      return member(sender, 'leave');
    case 'invite':
      return member(target, 'invite');
    case 'remove':
      return member(target, 'leave');
    case 'ban':
      return member(target, 'ban');
    case 'power': {
      const { privilegedCreators } = room.version;
      const users: JsonObject = privilegedCreators ? {} : { [ALICE]: 100 };
      for (const [i, userId] of USERS.slice(1).entries()) users[userId] = LEVELS[(value >> i) % LEVELS.length]!;
      return { type: 'm.room.power_levels', stateKey: '', content: { users } };
    }
    case 'rules':
      return {
        type: 'm.room.join_rules',
        stateKey: '',
        content: { join_rule: value % 3 === 0 ? 'invite' : 'public' },
      };
    case 'topic':
      return { type: 'm.room.topic', stateKey: '', content: { topic: `${value}` } };
    case 'name':
      return { type: 'm.room.name', stateKey: '', content: { name: `${value}` } };
  }
}
