import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { MatrixError } from '../../lib/spec/errors.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import type { EventRow } from '../../lib/storage/events/event-row.ts';
import { getRecentEvents } from '../../lib/storage/events/read-events.ts';
import { getRoomFacts } from '../../lib/storage/rooms/room-facts.ts';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { type ClientKind, ModelClient, type Truth } from './client-model.ts';
import { otherDevice } from './reader.ts';

const USERS = 3;
const CLIENTS = USERS * 2;
const user = fc.nat(USERS - 1);

type Step =
  | { kind: 'say' | 'read' | 'rename'; user: number }
  | { kind: 'sync'; client: number; full: boolean }
  | { kind: 'state'; user: number; key: number }
  | { kind: 'visibility'; value: string }
  | { kind: 'member'; user: number; by: number; membership: string }
  | { kind: 'burst'; user: number; count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), user }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), user }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), user }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('state' as const), user, key: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('visibility' as const),
      value: fc.constantFrom('world_readable', 'shared', 'invited', 'joined'),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant('member' as const),
        user,
        by: fc.constant(0),
        membership: fc.constantFrom('invite', 'leave', 'ban'),
      }),
      user.map((u) => ({ kind: 'member' as const, user: u, by: u, membership: 'join' })),
      user.map((u) => ({ kind: 'member' as const, user: u, by: u, membership: 'join' })),
      user.map((u) => ({ kind: 'member' as const, user: u, by: u, membership: 'leave' })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('burst' as const), user, count: fc.integer({ min: 3, max: 12 }) }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      client: fc.nat(CLIENTS - 1),
      full: fc.nat(9).map((x) => x === 0),
    }),
  },
);

const kind: fc.Arbitrary<ClientKind> = fc.record({
  limit: fc.constantFrom(1, 2, 5, 50),
  lazy: fc.boolean(),
  stateAfter: fc.boolean(),
  messagesOnly: fc.nat(3).map((x) => x === 0),
});

/** A room with what has happened in it, for the truth about it. */
class Play {
  readonly server: TestServer;
  readonly users: TestUser[];
  roomId = '';
  roomNid = 0;
  readonly #receipts = new Map<string, number>();
  readonly #departures = new Map<string, Truth['departure']>();

  constructor(server: TestServer, users: TestUser[]) {
    this.server = server;
    this.users = users;
  }

  async begin(): Promise<void> {
    const creator = this.users[0]?.userId as string;
    const event = (type: string, stateKey: string, content: JsonObject) => ({
      type,
      stateKey,
      sender: creator,
      content,
    });
    const { roomId } = await this.server.ctx.writers.events.createRoom({
      roomVersion: '12',
      creator,
      isPublic: false,
      aliases: [],
      events: [
        event('m.room.create', '', { room_version: '12' }),
        event('m.room.member', creator, { membership: 'join' }),
        event('m.room.power_levels', '', { invite: 50, state_default: 0 }),
        event('m.room.join_rules', '', { join_rule: 'public' }),
      ],
    });
    this.roomId = roomId;
    this.roomNid = (await getRoomFacts(this.server.ctx.db, roomId))?.roomNid as number;
  }

  async take(step: Exclude<Step, { kind: 'sync' }>, i: number): Promise<void> {
    const of = (n: number) => this.users[n]?.userId as string;
    if (step.kind === 'read') return this.#read(this.users[step.user] as TestUser);
    if (step.kind === 'burst') {
      for (let n = 0; n < step.count; n++) await this.#send(of(step.user), 'm.room.message', { body: `b${i}.${n}` });
      return;
    }
    if (step.kind === 'say') await this.#send(of(step.user), 'm.room.message', { msgtype: 'm.text', body: `m${i}` });
    if (step.kind === 'state') await this.#send(of(step.user), 'x.state', { i }, `k${step.key}`);
    if (step.kind === 'visibility') {
      await this.#send(of(0), 'm.room.history_visibility', { history_visibility: step.value }, '');
    }
    if (step.kind === 'rename' && (await this.#membership(of(step.user))) === 'join') {
      await this.#send(of(step.user), 'm.room.member', { membership: 'join', displayname: `n${i}` }, of(step.user));
    }
    if (step.kind === 'member') {
      const before = await this.#membership(of(step.user));
      const sent = await this.#send(of(step.by), 'm.room.member', { membership: step.membership }, of(step.user));
      if (sent && before === 'join' && step.membership !== 'join') {
        const rows = await this.#rows();
        const position = rows.at(-1)?.position as number;
        this.#departures.set(of(step.user), { position, state: await this.#state() });
      }
    }
  }

  async truthFor(userId: string): Promise<Truth> {
    const rows = await this.#rows();
    const own = rows.filter((row) => row.type === 'm.room.member' && row.stateKey === userId);
    const membershipOf = (row: EventRow) => JSON.parse(row.json).content.membership as string;
    let joinedAt = 0;
    own.forEach((row, i) => {
      const before = own[i - 1];
      if (membershipOf(row) === 'join' && (!before || membershipOf(before) !== 'join'))
        joinedAt = row.position as number;
    });
    const lastOwn = rows.findLast((row) => row.type === 'm.room.message' && row.sender === userId)?.position ?? 0;
    const readTo = Math.max(joinedAt, lastOwn, this.#receipts.get(userId) ?? 0);
    return {
      rows,
      state: await this.#state(),
      membership: await this.#membership(userId),
      departure: this.#departures.get(userId),
      unread: rows.filter(
        (row) => row.type === 'm.room.message' && row.sender !== userId && (row.position as number) > readTo,
      ).length,
      joinedAt,
    };
  }

  async #read(reader: TestUser): Promise<void> {
    if ((await this.#membership(reader.userId)) !== 'join') return;
    const rows = await this.#rows();
    const last = rows.at(-1) as EventRow;
    const path = `/rooms/${encodeURIComponent(this.roomId)}/receipt/m.read/${encodeURIComponent(last.eventId)}`;
    const answer = await reader.call('POST', path, {});
    assert.equal(answer.status, 200);
    this.#receipts.set(reader.userId, last.position as number);
  }

  async #send(sender: string, type: string, content: JsonObject, stateKey?: string): Promise<boolean> {
    const event = { type, sender, content, ...(stateKey === undefined ? {} : { stateKey }) };
    try {
      await this.server.ctx.writers.events.send({ roomId: this.roomId, event });
      return true;
    } catch (error) {
      if (error instanceof MatrixError && error.status === 403) return false;
      throw error;
    }
  }

  #rows(): Promise<EventRow[]> {
    return getRecentEvents(this.server.ctx.db, this.roomNid, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000 });
  }

  async #membership(userId: string): Promise<string | undefined> {
    const rows = await this.server.ctx.db.query<{ membership: string }>(
      'SELECT membership FROM memberships WHERE room_nid = $1 AND user_id = $2',
      [this.roomNid, userId],
    );
    return rows[0]?.membership;
  }

  async #state(): Promise<Map<string, string>> {
    const rows = await this.server.ctx.db.query<{ type: string; key: string; id: string }>(
      `SELECT c.type, c.state_key AS key, e.event_id AS id FROM current_state c
       JOIN events e ON e.event_nid = c.event_nid WHERE c.room_nid = $1`,
      [this.roomNid],
    );
    return new Map(rows.map(({ type, key, id }) => [`${type}|${key}`, id]));
  }
}

describe('clients that keep what they are told', () => {
  let server: TestServer;
  const users: TestUser[] = [];
  const devices: TestUser[] = [];
  before(async () => {
    server = await testServer();
    for (let i = 0; i < USERS; i++) users.push(await server.user(`user${i}`));
    for (let i = 0; i < CLIENTS; i++) devices.push(await otherDevice(server, users[i % USERS] as TestUser));
  });
  after(() => server.close());

  test('know what is true, whatever happens between their syncs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 60 }),
        fc.array(kind, { minLength: CLIENTS, maxLength: CLIENTS }),
        async (steps, kinds) => {
          const play = new Play(server, users);
          await play.begin();
          // Two clients for each user, of different kinds.
          const clients = kinds.map((k, i) => new ModelClient(devices[i] as TestUser, play.roomId, k));
          const sync = async (client: ModelClient, full: boolean) =>
            client.sync(await play.truthFor(client.userId), full);
          for (const [i, each] of steps.entries()) {
            if (each.kind === 'sync') await sync(clients[each.client] as ModelClient, each.full);
            else await play.take(each, i);
          }
          for (const client of clients) await sync(client, false);
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 12), endOnFailure: process.env['FAST'] !== undefined },
    );
  });
});
