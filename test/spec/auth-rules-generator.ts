/** Small random rooms and events for the comparison of the auth rules with their oracle. */
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { isSelected, type OracleEvent, plainCanonical } from './auth-rules-oracle.ts';

type Gen = fc.GeneratorValue;
type Content = Record<string, unknown>;

export interface AuthCase {
  version: number;
  event: OracleEvent;
  state: OracleEvent[];
  authEvents: OracleEvent[];
  signedBy: string[];
}

export const ALICE = '@alice:a.test';
export const BOB = '@bob:a.test';
export const CAROL = '@carol:b.test';
export const DAVE = '@dave:b.test';
const USERS = [ALICE, BOB, CAROL, DAVE];

const goodKey = generateKeyPairSync('ed25519');
const otherKey = generateKeyPairSync('ed25519');
const publicKey = (pair: typeof goodKey): string =>
  pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64').replace(/=+$/, '');
export const GOOD_KEY = publicKey(goodKey);
const OTHER_KEY = publicKey(otherKey);

const signatures = new Map<string, string>();
/** The `signed` object of an identity server, signed by the good or the other key. */
export function signedInvite(mxid: unknown, token: unknown, good = true): Content {
  const body = { mxid, token };
  const text = plainCanonical(body);
  const cacheKey = `${good}${text}`;
  let signature = signatures.get(cacheKey);
  if (signature === undefined) {
    signature = sign(null, Buffer.from(text), (good ? goodKey : otherKey).privateKey).toString('base64');
    signatures.set(cacheKey, signature.replace(/=+$/, ''));
  }
  return { ...body, signatures: { 'id.test': { 'ed25519:0': signatures.get(cacheKey) } } };
}

class Dice {
  readonly #gen: Gen;
  constructor(gen: Gen) {
    this.#gen = gen;
  }
  /** True in that many cases of a hundred; shrinks to false. */
  odd(percent: number): boolean {
    return this.#gen(fc.nat, 99) >= 100 - percent;
  }
  pick<T>(...values: T[]): T {
    return values[this.#gen(fc.nat, values.length - 1)]!;
  }
}

function level(dice: Dice, version: number): unknown {
  const value = dice.pick(0, 50, 100, 10, 60, -5);
  if (version <= 9 && dice.odd(8)) return dice.pick(` ${value} `, `${value}`, value < 0 ? `${value}` : `+00${value}`);
  if (version <= 5 && dice.odd(5)) return value + 0.5;
  return value;
}

function powerContent(dice: Dice, version: number): Content {
  const content: Content = {};
  for (const name of ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite']) {
    if (dice.odd(35)) content[name] = level(dice, version);
  }
  const events: Content = { 'm.room.power_levels': dice.pick<unknown>(0, 50, 100, level(dice, version)) };
  for (const type of ['m.room.topic', 'm.room.message']) if (dice.odd(45)) events[type] = level(dice, version);
  if (!dice.odd(10)) content['events'] = events;
  if (dice.odd(40)) content['notifications'] = { room: level(dice, version) };
  const users: Content = version < 12 && !dice.odd(15) ? { [ALICE]: 100 } : {};
  for (const user of [BOB, CAROL, DAVE]) if (dice.odd(50)) users[user] = level(dice, version);
  if (!dice.odd(10)) content['users'] = users;
  return content;
}

function change(content: Content, dice: Dice, version: number): void {
  const inMap = (map: string, keys: string[]): void => {
    const entries = { ...(typeof content[map] === 'object' ? (content[map] as Content) : {}) };
    const key = dice.pick(...keys);
    if (dice.odd(35)) delete entries[key];
    else entries[key] = level(dice, version);
    content[map] = entries;
  };
  const kind = dice.pick('top', 'events', 'users', 'notifications', 'users', 'events', 'junk', 'creator');
  if (kind === 'top') {
    const name = dice.pick('ban', 'kick', 'invite', 'redact', 'users_default', 'events_default', 'state_default');
    if (dice.odd(35)) delete content[name];
    else content[name] = level(dice, version);
  } else if (kind === 'events') inMap('events', ['m.room.topic', 'm.room.power_levels', 'm.room.message', '__proto__']);
  else if (kind === 'notifications') inMap('notifications', ['room', 'org.test']);
  else if (kind === 'users') inMap('users', version === 12 ? [BOB, CAROL, DAVE] : USERS);
  else if (kind === 'creator') inMap('users', dice.odd(30) ? [ALICE] : [DAVE]);
  else if (dice.odd(40)) {
    const key = dice.pick('ban', 'events', 'users', 'notifications', 'users_default');
    content[key] = dice.pick<unknown>(
      'often',
      null,
      [],
      { 'm.room.topic': 'x' },
      { [BOB]: '5x' },
      { nobody: 5 },
      { [BOB]: 1.5 },
      '12',
      2.5,
    );
  }
}

/** A room and an event in it, most of both normal. */
export function authCase(gen: Gen, version: number): AuthCase {
  const dice = new Dice(gen);
  const oldIds = version <= 2;
  const id = (name: string, server = 'a.test'): string => (oldIds ? `$${name}:${server}` : `$${name}`);
  const roomId = version === 12 ? '!create' : '!room:a.test';
  const createContent: Content = version < 11 ? { creator: ALICE } : {};
  if (dice.odd(12)) createContent['m.federate'] = dice.pick<unknown>(false, true, 'false');
  if (version === 12 && dice.odd(35)) createContent['additional_creators'] = dice.pick([BOB], [CAROL], []);
  if (version === 11 && dice.odd(10)) createContent['creator'] = BOB;
  const state: OracleEvent[] = [];
  const put = (name: string, type: string, stateKey: string, sender: string, content: unknown): OracleEvent => {
    const entry: OracleEvent = { id: id(name), type, state_key: stateKey, sender, content, prev_events: [id('x')] };
    if (!(version === 12 && type === 'm.room.create')) entry.room_id = roomId;
    state.push(entry);
    return entry;
  };
  if (!dice.odd(1)) {
    const create = put('create', 'm.room.create', '', ALICE, createContent);
    if (version < 12 && dice.odd(1)) create.room_id = '!elsewhere:a.test';
    if (dice.odd(1)) create.rejected = true;
  }
  if (!dice.odd(10)) {
    const rule = dice.pick<unknown>(
      'public',
      'invite',
      'knock',
      'restricted',
      'restricted',
      'knock_restricted',
      'private',
      5,
    );
    put('rules', 'm.room.join_rules', '', ALICE, dice.odd(3) ? {} : { join_rule: rule });
  }
  if (!dice.odd(15)) put('power', 'm.room.power_levels', '', ALICE, powerContent(dice, version));
  for (const user of USERS) {
    const membership = dice.odd(user === ALICE ? 85 : 50)
      ? 'join'
      : dice.pick('leave', 'invite', 'ban', 'knock', undefined);
    if (membership !== undefined) put(`m${user[1]}`, 'm.room.member', user, user, { membership });
  }
  if (!dice.odd(20)) {
    const keys = dice.pick<Content>(
      { public_key: GOOD_KEY },
      { public_key: OTHER_KEY, public_keys: [{ public_key: OTHER_KEY }, { public_key: GOOD_KEY }] },
      { public_key: OTHER_KEY },
      {},
    );
    put('3pid', 'm.room.third_party_invite', 'tok', dice.pick(ALICE, BOB), { display_name: 'x', ...keys });
  }
  const event = randomEvent(dice, version, state, roomId, id);
  const authEvents = randomAuthEvents(dice, version, event, state, roomId);
  return { version, event, state, authEvents, signedBy: dice.odd(15) ? ['b.test'] : ['a.test'] };
}

function randomEvent(
  dice: Dice,
  version: number,
  state: OracleEvent[],
  roomId: string,
  id: (name: string, server?: string) => string,
): OracleEvent {
  const sender = dice.pick(ALICE, BOB, CAROL, DAVE, BOB);
  const event: OracleEvent = {
    id: id('event', sender.split(':')[1]),
    room_id: dice.odd(1) ? '!other:b.test' : roomId,
    type: 'm.room.message',
    sender,
    content: { body: 'x' },
    prev_events: dice.odd(10) ? [id('create')] : dice.pick([id('x')], [id('x'), id('create')]),
  };
  const kind = dice.pick('member', 'power', 'member', 'power', 'member', 'member', 'other', 'other');
  if (kind === 'member') memberEvent(dice, version, event);
  else if (kind === 'power') {
    event.type = 'm.room.power_levels';
    event.state_key = '';
    const current = state.find((entry) => entry.type === 'm.room.power_levels')?.content;
    const content: Content = current !== undefined ? { ...current } : powerContent(dice, version);
    for (let n = dice.pick(1, 2, 0, 3); n > 0; n--) change(content, dice, version);
    event.content = content;
  } else otherEvent(dice, version, event, roomId);
  return event;
}

function memberEvent(dice: Dice, version: number, event: OracleEvent): void {
  event.type = 'm.room.member';
  event.state_key = dice.odd(45) ? dice.pick(...USERS) : event.sender;
  if (dice.odd(2)) delete event.state_key;
  const membership: unknown = dice.odd(4)
    ? dice.pick<unknown>('dance', 7, undefined, null)
    : dice.pick('join', 'invite', 'leave', 'ban', version >= 7 || dice.odd(10) ? 'knock' : 'join', 'join', 'invite');
  const content: Content = membership === undefined ? {} : { membership };
  if (dice.odd(membership === 'join' ? 60 : 5)) {
    content['join_authorised_via_users_server'] = dice.pick<unknown>(
      ALICE,
      BOB,
      ALICE,
      CAROL,
      '@ghost:a.test',
      'a.test',
      5,
    );
  }
  if (membership === 'invite' && dice.odd(55)) content['third_party_invite'] = thirdPartyInvite(dice, event);
  event.content = content;
}

function thirdPartyInvite(dice: Dice, event: OracleEvent): unknown {
  if (dice.odd(15)) {
    return dice.pick<unknown>({}, 'x', null, { signed: 'x' }, { signed: {} }, { signed: { mxid: event.state_key } });
  }
  const mxid = dice.odd(10) ? CAROL : event.state_key;
  const token = dice.odd(8) ? dice.pick<unknown>('unknown', 9) : 'tok';
  const signed = signedInvite(mxid, token, !dice.odd(25));
  if (dice.odd(5)) signed['signatures'] = dice.pick<unknown>({}, { 'id.test': { 'ed25519:0': '!!' } }, undefined);
  return { display_name: 'x', signed };
}

function otherEvent(dice: Dice, version: number, event: OracleEvent, roomId: string): void {
  event.type = dice.pick(
    'm.room.create',
    'm.room.redaction',
    'm.room.third_party_invite',
    'm.room.topic',
    'm.room.message',
    'org.test.state',
    'm.room.aliases',
  );
  if (event.type === 'm.room.create') {
    const content: Content = dice.odd(25) ? {} : { creator: event.sender };
    if (dice.odd(40)) content['room_version'] = dice.pick<unknown>(`${version}`, '1', '99', 12, null);
    if (dice.odd(40)) {
      content['additional_creators'] = dice.pick<unknown>(
        [],
        [BOB],
        BOB,
        [5],
        ['bob'],
        ['@bob'],
        [BOB, '@x:[::1]:80 '],
      );
    }
    event.content = content;
    event.state_key = '';
    if (!dice.odd(20)) event.prev_events = [];
    event.room_id = dice.pick(roomId, roomId, '!room:b.test', '!nowhere');
    if (version === 12 && !dice.odd(20)) delete event.room_id;
  } else if (event.type === 'm.room.redaction') {
    const target = dice.pick('$t:a.test', '$t:b.test', '$t', undefined);
    if (target !== undefined) event.redacts = target;
  } else if (event.type === 'm.room.aliases') {
    const stateKey = dice.pick('a.test', 'b.test', '', undefined);
    if (stateKey !== undefined) event.state_key = stateKey;
  } else if (event.type === 'm.room.third_party_invite') event.state_key = 'tok2';
  else if (event.type === 'm.room.topic') event.state_key = '';
  else if (event.type === 'org.test.state') event.state_key = dice.pick(ALICE, BOB, CAROL, 'x', '@', '');
}

function randomAuthEvents(
  dice: Dice,
  version: number,
  event: OracleEvent,
  state: OracleEvent[],
  roomId: string,
): OracleEvent[] {
  const list = state.filter((entry) => isSelected(entry, event, version));
  if (list.length === 0 || !dice.odd(25)) return list;
  const at = dice.pick(...list.keys());
  const entry = list[at]!;
  const kind = dice.pick('double', 'rejected', 'drop', 'other room', 'not selected');
  if (kind === 'double') return [...list, { ...entry, id: '$again' }];
  if (kind === 'rejected') return list.with(at, { ...entry, rejected: true });
  if (kind === 'drop') return list.filter((_, index) => index !== at);
  if (kind === 'other room') return list.with(at, { ...entry, room_id: '!other:b.test' });
  const stranger: OracleEvent = { ...entry, id: '$stranger', type: 'm.room.topic', state_key: '', room_id: roomId };
  return [...list, dice.pick(stranger, state[0]!)];
}
