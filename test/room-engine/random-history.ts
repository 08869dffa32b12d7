import fc from 'fast-check';
import type { JsonObject } from '../../lib/spec/json.ts';
import { ALICE, BOB, CAROL, type RemoteRoom } from './remote-room.ts';

const DAVE = '@dave:b.example';
/** Alice keeps all power, so that she can always put the ends of a graph together. */
const USERS = [ALICE, BOB, CAROL, DAVE] as const;
const LEVELS = [0, 25, 50, 75, 99];
const ACTS = ['join', 'leave', 'invite', 'remove', 'ban', 'power', 'rules', 'topic', 'name', 'say', 'redact'] as const;

interface Step {
  parents: number[];
  actor: number;
  target: number;
  act: (typeof ACTS)[number];
  value: number;
  skew: number;
  keepRejected: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  parents: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
  actor: fc.nat(USERS.length - 1),
  target: fc.integer({ min: 1, max: USERS.length - 1 }),
  act: fc.constantFrom(...ACTS),
  value: fc.nat(99),
  skew: fc.integer({ min: -3000, max: 4000 }),
  keepRejected: fc.boolean(),
});

/** What happens in a room on several servers at once, and two orders in which servers hear of it. */
export interface History {
  steps: Step[];
  order: number[];
  chunk: number;
}

export const histories: fc.Arbitrary<History> = fc.record({
  steps: fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
  order: fc.array(fc.nat(1000), { minLength: 60, maxLength: 60 }),
  chunk: fc.integer({ min: 1, max: 7 }),
});

/** Lets a history happen behind the last event of a room. Returns the ids of the events that came about. */
export function grow(room: RemoteRoom, steps: readonly Step[]): string[] {
  const made = [room.last];
  for (const { parents, actor, target, act, value, skew, keepRejected } of steps) {
    const newest = made.length - 1;
    const after = [...new Set(parents.map((back) => made[Math.max(0, newest - (back % 6))] as string))];
    const sender = USERS[actor] as string;
    const event = eventOf(room, act, sender, USERS[target] as string, value, made);
    const rejected = !room.allows(event, after);
    if (rejected && !keepRejected) continue;
    made.push(room.add(event, { after, rejected, ts: room.clock + skew }));
  }
  return made.slice(1);
}

/** The events in another order, so that some come before what they rest on. */
export function shuffled(ids: readonly string[], order: readonly number[]): string[] {
  return ids
    .map((id, i) => ({ id, rank: order[i % order.length] as number }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ id }) => id);
}

function eventOf(
  room: RemoteRoom,
  act: Step['act'],
  sender: string,
  target: string,
  value: number,
  made: string[],
): { type: string; stateKey?: string; sender: string; content: JsonObject } {
  const member = (stateKey: string, membership: string) => ({
    type: 'm.room.member',
    stateKey,
    sender,
    content: { membership },
  });
  const state = (type: string, content: JsonObject) => ({ type, stateKey: '', sender, content });
  switch (act) {
    case 'join':
      return member(sender, 'join');
    case 'leave':
      return member(sender === ALICE ? target : sender, 'leave');
    case 'invite':
      return member(target, 'invite');
    case 'remove':
      return member(target, 'leave');
    case 'ban':
      return member(target, 'ban');
    case 'power': {
      const users: JsonObject = room.version.privilegedCreators ? {} : { [ALICE]: 100 };
      for (const [i, userId] of USERS.slice(1).entries())
        users[userId] = LEVELS[(value >> i) % LEVELS.length] as number;
      return state('m.room.power_levels', { users });
    }
    case 'rules':
      return state('m.room.join_rules', { join_rule: value % 3 === 0 ? 'invite' : 'public' });
    case 'topic':
      return state('m.room.topic', { topic: `${value}` });
    case 'name':
      return state('m.room.name', { name: `${value}` });
    case 'say':
      return { type: 'm.room.message', sender, content: { body: `${value}`, msgtype: 'm.text' } };
    case 'redact': {
      // In versions 1 and 2 the auth rules look at who redacts what: there only own events are aimed at.
      const { redactionAuthRule, redactsInContent } = room.version;
      const redacts = made[value % made.length] as string;
      if (redactionAuthRule || !redactsInContent) {
        return { type: 'm.room.message', sender, content: { body: 'instead', msgtype: 'm.text' } };
      }
      return { type: 'm.room.redaction', sender, content: { redacts } };
    }
  }
}
