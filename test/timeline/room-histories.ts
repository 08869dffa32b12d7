import fc from 'fast-check';
import type { Context } from '../../lib/domain/context.ts';
import { MatrixError } from '../../lib/spec/errors.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import type { EventRow } from '../../lib/storage/events/event-row.ts';
import { getRecentEvents } from '../../lib/storage/events/read-events.ts';
import { getRoomFacts } from '../../lib/storage/rooms/room-facts.ts';

/** Something that happens in a room; what the rules of the room refuse simply does not happen. */
export type Step =
  | { kind: 'say'; user: number }
  | { kind: 'visibility'; value: string }
  | { kind: 'member'; user: number; by: number; membership: string }
  | { kind: 'rename'; user: number };

export const USERS = ['@alice:localhost', '@bob:localhost', '@carol:localhost'];

const user = fc.integer({ min: 0, max: USERS.length - 1 });
const membership = fc.constantFrom('join', 'invite', 'leave', 'ban');

/** Random histories of memberships, history visibility and messages. */
export const histories = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('say' as const), user }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('visibility' as const),
        value: fc.constantFrom('world_readable', 'shared', 'invited', 'joined', 'nonsense'),
      }),
    },
    // The first user has the power; the others mostly act for themselves.
    {
      weight: 6,
      arbitrary: fc.oneof(
        fc.record({ kind: fc.constant('member' as const), user, by: fc.constant(0), membership }),
        user.map((u) => ({ kind: 'member' as const, user: u, by: u, membership: 'join' })),
        user.map((u) => ({ kind: 'member' as const, user: u, by: u, membership: 'leave' })),
      ),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), user }) },
  ),
  { minLength: 10, maxLength: 45 },
);

/** Makes a room and lets a history happen in it. Returns the room and all its events, oldest first. */
export async function play(
  ctx: Context,
  steps: Step[],
): Promise<{ roomId: string; roomNid: number; rows: EventRow[] }> {
  const creator = USERS[0] as string;
  const { roomId } = await ctx.writers.events.createRoom({
    roomVersion: '12',
    creator,
    isPublic: false,
    aliases: [],
    events: [
      { type: 'm.room.create', stateKey: '', sender: creator, content: { room_version: '12' } },
      { type: 'm.room.member', stateKey: creator, sender: creator, content: { membership: 'join' } },
      { type: 'm.room.power_levels', stateKey: '', sender: creator, content: { invite: 50 } },
      { type: 'm.room.join_rules', stateKey: '', sender: creator, content: { join_rule: 'public' } },
    ],
  });
  for (const [i, step] of steps.entries()) await take(ctx, roomId, step, i);
  const facts = await getRoomFacts(ctx.db, roomId);
  const { roomNid } = facts as { roomNid: number };
  const range = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000 };
  return { roomId, roomNid, rows: await getRecentEvents(ctx.db, roomNid, range) };
}

async function take(ctx: Context, roomId: string, step: Step, i: number): Promise<void> {
  const sender = USERS['by' in step ? step.by : 'user' in step ? step.user : 0] as string;
  const state = (type: string, stateKey: string, content: JsonObject) => ({ type, stateKey, sender, content });
  const event = {
    say: () => ({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body: `step ${i}` } }),
    visibility: () => state('m.room.history_visibility', '', { history_visibility: (step as { value: string }).value }),
    member: () => {
      const target = USERS[(step as { user: number }).user] as string;
      return state('m.room.member', target, { membership: (step as { membership: string }).membership });
    },
    rename: () => state('m.room.member', sender, { membership: 'join', displayname: `name ${i}` }),
  }[step.kind]();
  try {
    await ctx.writers.events.send({ roomId, event });
  } catch (error) {
    if (!(error instanceof MatrixError) || error.status !== 403) throw error;
  }
}

/**
 * What a user may see of a linear history, by reading the rules of the specification word by word and replaying the
 * room from its start for every event. Gives event id → the user's membership at the event.
 */
export function visibleByTheBook(rows: EventRow[], userId: string): Map<string, string> {
  const seen = new Map<string, string>();
  const contentOf = (row: EventRow) => JSON.parse(row.json).content as Record<string, string>;
  const isOwn = (row: EventRow) => row.type === 'm.room.member' && row.stateKey === userId;
  const visibilityOf = (row: EventRow) => {
    const value = contentOf(row)['history_visibility'] as string;
    return ['world_readable', 'shared', 'invited', 'joined'].includes(value) ? value : 'shared';
  };
  rows.forEach((row, at) => {
    let visibility = 'shared';
    let membership = 'leave';
    for (const earlier of rows.slice(0, at)) {
      if (earlier.type === 'm.room.history_visibility') visibility = visibilityOf(earlier);
      if (isOwn(earlier)) membership = contentOf(earlier)['membership'] as string;
    }
    const joinedLater = rows.slice(at + 1).some((later) => isOwn(later) && contentOf(later)['membership'] === 'join');
    const allows = (v: string, m: string) => {
      if (v === 'world_readable') return true;
      if (m === 'join') return true;
      if (v === 'shared' && joinedLater) return true;
      return m === 'invite' && v === 'invited';
    };
    let allowed = allows(visibility, membership);
    let after = membership;
    if (row.type === 'm.room.history_visibility') allowed ||= allows(visibilityOf(row), membership);
    if (isOwn(row)) {
      after = contentOf(row)['membership'] as string;
      allowed ||= allows(visibility, after);
      // Beyond the rules: one's own leaving, which ends an invite.
      allowed ||= after === 'leave' && ['invite', 'join', 'knock'].includes(membership);
    }
    if (allowed) seen.set(row.eventId, after);
  });
  return seen;
}
