/**
 * The authorization rules of room versions 1 to 12, written down rule by rule from the specification's pages and
 * without any of the code that is tested: slow, literal, numbered. Where the text leaves something open, the reading
 * is stated here:
 *  - a room without `m.room.join_rules` has the join rule `invite`;
 *  - a room without a create event fails rule 2.4 (rule 2 in version 12);
 *  - "added, changed or removed" compares the values that are written, not the defaults behind them;
 *  - a level that is none (`"ban": "often"`) is refused in every version, by the first place that speaks of form;
 *  - without `users` there is nothing to check in `users`.
 */
import { createPublicKey, verify } from 'node:crypto';

// biome-ignore lint/suspicious/noExplicitAny: contents are whatever an attacker sends
type Any = any;

export interface OracleEvent {
  id: string;
  room_id?: string;
  type: string;
  state_key?: string;
  sender: string;
  content: Any;
  prev_events: string[];
  redacts?: string;
  rejected?: boolean;
}

export interface Verdict {
  allow: boolean;
  rule: string;
}

/** What an event is judged by. */
export interface Facts {
  version: number;
  /** The room state. */
  state: OracleEvent[];
  /** Events that `auth_events` names; undefined leaves the rules about that list out. */
  authEvents?: OracleEvent[];
  /** Servers whose signatures on the event are right. */
  signedBy: string[];
}

const allow = (rule: string): Verdict => ({ allow: true, rule });
const reject = (rule: string): Verdict => ({ allow: false, rule });

const KNOWN_VERSIONS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'];

export function judge(event: OracleEvent, facts: Facts): Verdict {
  if (facts.version <= 5) return rulesOfVersions1To5(event, facts);
  if (facts.version <= 7) return rulesOfVersions6And7(event, facts);
  if (facts.version <= 11) return rulesOfVersions8To11(event, facts);
  return rulesOfVersion12(event, facts);
}

// ---------------------------------------------------------------- versions 1 to 5

function rulesOfVersions1To5(event: OracleEvent, facts: Facts): Verdict {
  if (event.type === 'm.room.create') return createBeforeVersion11(event);
  const second = authEventsBeforeVersion12(event, facts);
  if (second) return second;
  const third = federation(event, facts, '3');
  if (third) return third;
  if (event.type === 'm.room.aliases') {
    if (event.state_key === undefined) return reject('4.1');
    if (domain(event.sender) !== event.state_key) return reject('4.2');
    return allow('4.3');
  }
  if (event.type === 'm.room.member') {
    if (event.state_key === undefined || event.content.membership === undefined) return reject('5.1');
    const membership = event.content.membership;
    if (membership === 'join') {
      if (firstJoin(event, facts, createEvent(facts)!.content.creator)) return allow('5.2.1');
      if (event.sender !== event.state_key) return reject('5.2.2');
      if (memberState(facts, event.sender) === 'ban') return reject('5.2.3');
      if (joinRule(facts) === 'invite') {
        if (['invite', 'join'].includes(memberState(facts, event.sender))) return allow('5.2.4');
      }
      if (joinRule(facts) === 'public') return allow('5.2.5');
      return reject('5.2.6');
    }
    if (membership === 'invite') return invite(event, facts, '5.3');
    if (membership === 'leave') return leave(event, facts, '5.4', ['invite', 'join']);
    if (membership === 'ban') return ban(event, facts, '5.5');
    return reject('5.6');
  }
  if (memberState(facts, event.sender) !== 'join') return reject('6');
  if (event.type === 'm.room.third_party_invite') {
    return userLevel(facts, event.sender) >= namedLevel(facts, 'invite') ? allow('7.1') : reject('7.1');
  }
  if (requiredLevel(event, facts) > userLevel(facts, event.sender)) return reject('8');
  if (event.state_key?.startsWith('@') && event.state_key !== event.sender) return reject('9');
  if (event.type === 'm.room.power_levels') {
    for (const name of LEVELS)
      if (present(event.content, name) && !isLevel(event.content[name], facts)) return reject('10.1');
    if (present(event.content, 'events') && !levelMap(event.content.events, facts)) return reject('10.1');
    if (present(event.content, 'users')) {
      if (!levelMap(event.content.users, facts)) return reject('10.1');
      if (!Object.keys(event.content.users).every(validUserId)) return reject('10.1');
    }
    if (!powerEvent(facts)) return allow('10.2');
    return (
      levelChanges(event, facts, '10.3') ??
      oldEntries(event, facts, ['events'], '10.4.1') ??
      newEntries(event, facts, ['events'], '10.5.1') ??
      oldUsers(event, facts, '10.6.1') ??
      newEntries(event, facts, ['users'], '10.7.1') ??
      allow('10.8')
    );
  }
  if (facts.version <= 2) {
    if (event.type === 'm.room.redaction') {
      if (userLevel(facts, event.sender) >= namedLevel(facts, 'redact')) return allow('11.1');
      if (typeof event.redacts === 'string' && domain(event.redacts) && domain(event.redacts) === domain(event.id)) {
        return allow('11.2');
      }
      return reject('11.3');
    }
    return allow('12');
  }
  return allow('11');
}

// ---------------------------------------------------------------- versions 6 and 7

function rulesOfVersions6And7(event: OracleEvent, facts: Facts): Verdict {
  if (event.type === 'm.room.create') return createBeforeVersion11(event);
  const second = authEventsBeforeVersion12(event, facts);
  if (second) return second;
  const third = federation(event, facts, '3');
  if (third) return third;
  if (event.type === 'm.room.member') {
    if (event.state_key === undefined || event.content.membership === undefined) return reject('4.1');
    const membership = event.content.membership;
    if (membership === 'join') {
      if (firstJoin(event, facts, createEvent(facts)!.content.creator)) return allow('4.2.1');
      if (event.sender !== event.state_key) return reject('4.2.2');
      if (memberState(facts, event.sender) === 'ban') return reject('4.2.3');
      if (joinRule(facts) === 'invite' || (facts.version === 7 && joinRule(facts) === 'knock')) {
        if (['invite', 'join'].includes(memberState(facts, event.sender))) return allow('4.2.4');
      }
      if (joinRule(facts) === 'public') return allow('4.2.5');
      return reject('4.2.6');
    }
    if (membership === 'invite') return invite(event, facts, '4.3');
    if (membership === 'leave') {
      return leave(event, facts, '4.4', facts.version === 7 ? ['invite', 'join', 'knock'] : ['invite', 'join']);
    }
    if (membership === 'ban') return ban(event, facts, '4.5');
    if (facts.version === 7) {
      if (membership === 'knock') {
        if (joinRule(facts) !== 'knock') return reject('4.6.1');
        return knock(event, facts, '4.6');
      }
      return reject('4.7');
    }
    return reject('4.6');
  }
  return (
    afterMemberRules(event, facts, ['5', '6.1', '7', '8']) ??
    (event.type === 'm.room.power_levels' ? powerLevelsOfVersions6To9(event, facts) : allow('10'))
  );
}

function powerLevelsOfVersions6To9(event: OracleEvent, facts: Facts): Verdict {
  for (const name of LEVELS)
    if (present(event.content, name) && !isLevel(event.content[name], facts)) return reject('9.1');
  for (const map of ['events', 'notifications']) {
    if (present(event.content, map) && !levelMap(event.content[map], facts)) return reject('9.1');
  }
  if (present(event.content, 'users')) {
    if (!levelMap(event.content.users, facts)) return reject('9.1');
    if (!Object.keys(event.content.users).every(validUserId)) return reject('9.1');
  }
  if (!powerEvent(facts)) return allow('9.2');
  return (
    levelChanges(event, facts, '9.3') ??
    oldEntries(event, facts, ['events', 'notifications'], '9.4.1') ??
    newEntries(event, facts, ['events', 'notifications'], '9.5.1') ??
    oldUsers(event, facts, '9.6.1') ??
    newEntries(event, facts, ['users'], '9.7.1') ??
    allow('9.8')
  );
}

// ---------------------------------------------------------------- versions 8 to 11

function rulesOfVersions8To11(event: OracleEvent, facts: Facts): Verdict {
  if (event.type === 'm.room.create') {
    if (facts.version < 11) return createBeforeVersion11(event);
    if (event.prev_events.length > 0) return reject('1.1');
    if (!sameDomain(event.room_id, event.sender)) return reject('1.2');
    if (present(event.content, 'room_version') && !KNOWN_VERSIONS.includes(event.content.room_version))
      return reject('1.3');
    return allow('1.4');
  }
  const second = authEventsBeforeVersion12(event, facts);
  if (second) return second;
  const third = federation(event, facts, '3');
  if (third) return third;
  if (event.type === 'm.room.member') {
    if (event.state_key === undefined || event.content.membership === undefined) return reject('4.1');
    if (present(event.content, 'join_authorised_via_users_server')) {
      if (!signedByServerOf(event.content.join_authorised_via_users_server, facts)) return reject('4.2.1');
    }
    const membership = event.content.membership;
    if (membership === 'join') {
      const create = createEvent(facts)!;
      if (firstJoin(event, facts, facts.version === 11 ? create.sender : create.content.creator)) return allow('4.3.1');
      if (event.sender !== event.state_key) return reject('4.3.2');
      if (memberState(facts, event.sender) === 'ban') return reject('4.3.3');
      if (joinRule(facts) === 'invite' || joinRule(facts) === 'knock') {
        if (['invite', 'join'].includes(memberState(facts, event.sender))) return allow('4.3.4');
      }
      if (joinRule(facts) === 'restricted' || (facts.version >= 10 && joinRule(facts) === 'knock_restricted')) {
        return restrictedJoin(event, facts, '4.3.5');
      }
      if (joinRule(facts) === 'public') return allow('4.3.6');
      return reject('4.3.7');
    }
    if (membership === 'invite') return invite(event, facts, '4.4');
    if (membership === 'leave') return leave(event, facts, '4.5', ['invite', 'join', 'knock']);
    if (membership === 'ban') return ban(event, facts, '4.6');
    if (membership === 'knock') {
      if (joinRule(facts) !== 'knock' && !(facts.version >= 10 && joinRule(facts) === 'knock_restricted')) {
        return reject('4.7.1');
      }
      return knock(event, facts, '4.7');
    }
    return reject('4.8');
  }
  const middle = afterMemberRules(event, facts, ['5', '6.1', '7', '8']);
  if (middle) return middle;
  if (event.type === 'm.room.power_levels') {
    if (facts.version < 10) return powerLevelsOfVersions6To9(event, facts);
    for (const name of LEVELS) {
      if (present(event.content, name) && !Number.isSafeInteger(event.content[name])) return reject('9.1');
    }
    for (const map of ['events', 'notifications']) {
      if (present(event.content, map) && !integerMap(event.content[map])) return reject('9.2');
    }
    if (present(event.content, 'users')) {
      if (!integerMap(event.content.users)) return reject('9.3');
      if (!Object.keys(event.content.users).every(validUserId)) return reject('9.3');
    }
    if (!powerEvent(facts)) return allow('9.4');
    return (
      levelChanges(event, facts, '9.5') ??
      oldEntries(event, facts, ['events', 'notifications'], '9.6.1') ??
      newEntries(event, facts, ['events', 'notifications'], '9.7.1') ??
      oldUsers(event, facts, '9.8.1') ??
      newEntries(event, facts, ['users'], '9.9.1') ??
      allow('9.10')
    );
  }
  return allow('10');
}

// ---------------------------------------------------------------- version 12

function rulesOfVersion12(event: OracleEvent, facts: Facts): Verdict {
  if (event.type === 'm.room.create') {
    if (event.prev_events.length > 0) return reject('1.1');
    if (event.room_id !== undefined) return reject('1.2');
    if (present(event.content, 'room_version') && !KNOWN_VERSIONS.includes(event.content.room_version))
      return reject('1.3');
    if (present(event.content, 'additional_creators')) {
      const more = event.content.additional_creators;
      if (!Array.isArray(more)) return reject('1.4');
      for (const entry of more) if (typeof entry !== 'string' || !validUserId(entry)) return reject('1.4');
    }
    return allow('1.5');
  }
  const create = createEvent(facts);
  if (!create || create.rejected || event.room_id !== create.id.replace('$', '!')) return reject('2');
  if (facts.authEvents) {
    if (hasDuplicates(facts.authEvents)) return reject('3.1');
    for (const entry of facts.authEvents) if (!isSelected(entry, event, facts.version)) return reject('3.2');
    for (const entry of facts.authEvents) if (entry.rejected) return reject('3.3');
    for (const entry of facts.authEvents) if (entry.room_id !== event.room_id) return reject('3.5');
  }
  const fourth = federation(event, facts, '4');
  if (fourth) return fourth;
  if (event.type === 'm.room.member') {
    if (event.state_key === undefined || event.content.membership === undefined) return reject('5.1');
    if (present(event.content, 'join_authorised_via_users_server')) {
      if (!signedByServerOf(event.content.join_authorised_via_users_server, facts)) return reject('5.2.1');
    }
    const membership = event.content.membership;
    if (membership === 'join') {
      if (firstJoin(event, facts, create.sender)) return allow('5.3.1');
      if (event.sender !== event.state_key) return reject('5.3.2');
      if (memberState(facts, event.sender) === 'ban') return reject('5.3.3');
      if (joinRule(facts) === 'invite' || joinRule(facts) === 'knock') {
        if (['invite', 'join'].includes(memberState(facts, event.sender))) return allow('5.3.4');
      }
      if (joinRule(facts) === 'restricted' || joinRule(facts) === 'knock_restricted') {
        return restrictedJoin(event, facts, '5.3.5');
      }
      if (joinRule(facts) === 'public') return allow('5.3.6');
      return reject('5.3.7');
    }
    if (membership === 'invite') return invite(event, facts, '5.4');
    if (membership === 'leave') return leave(event, facts, '5.5', ['invite', 'join', 'knock']);
    if (membership === 'ban') return ban(event, facts, '5.6');
    if (membership === 'knock') {
      if (joinRule(facts) !== 'knock' && joinRule(facts) !== 'knock_restricted') return reject('5.7.1');
      return knock(event, facts, '5.7');
    }
    return reject('5.8');
  }
  const middle = afterMemberRules(event, facts, ['6', '7.1', '8', '9']);
  if (middle) return middle;
  if (event.type === 'm.room.power_levels') {
    for (const name of LEVELS) {
      if (present(event.content, name) && !Number.isSafeInteger(event.content[name])) return reject('10.1');
    }
    for (const map of ['events', 'notifications']) {
      if (present(event.content, map) && !integerMap(event.content[map])) return reject('10.2');
    }
    if (present(event.content, 'users')) {
      if (!integerMap(event.content.users)) return reject('10.3');
      if (!Object.keys(event.content.users).every(validUserId)) return reject('10.3');
      for (const creator of creatorsOf12(create)) if (present(event.content.users, creator)) return reject('10.4');
    }
    if (!powerEvent(facts)) return allow('10.5');
    return (
      levelChanges(event, facts, '10.6') ??
      oldEntries(event, facts, ['events', 'notifications'], '10.7.1') ??
      newEntries(event, facts, ['events', 'notifications'], '10.8.1') ??
      oldUsers(event, facts, '10.9.1') ??
      newEntries(event, facts, ['users'], '10.10.1') ??
      allow('10.11')
    );
  }
  return allow('11');
}

// ---------------------------------------------------------------- text that several pages share word for word

function createBeforeVersion11(event: OracleEvent): Verdict {
  if (event.prev_events.length > 0) return reject('1.1');
  if (!sameDomain(event.room_id, event.sender)) return reject('1.2');
  if (present(event.content, 'room_version') && !KNOWN_VERSIONS.includes(event.content.room_version))
    return reject('1.3');
  if (!present(event.content, 'creator')) return reject('1.4');
  return allow('1.5');
}

function authEventsBeforeVersion12(event: OracleEvent, facts: Facts): Verdict | undefined {
  if (facts.authEvents) {
    if (hasDuplicates(facts.authEvents)) return reject('2.1');
    for (const entry of facts.authEvents) if (!isSelected(entry, event, facts.version)) return reject('2.2');
    for (const entry of facts.authEvents) if (entry.rejected) return reject('2.3');
    if (!facts.authEvents.some((entry) => entry.type === 'm.room.create')) return reject('2.4');
    for (const entry of facts.authEvents) if (entry.room_id !== event.room_id) return reject('2.5');
  }
  const create = createEvent(facts);
  if (!create) return reject('2.4');
  if (create.room_id !== event.room_id) return reject('2.5');
  return undefined;
}

function federation(event: OracleEvent, facts: Facts, rule: string): Verdict | undefined {
  const create = createEvent(facts)!;
  if (create.content['m.federate'] === false && domain(event.sender) !== domain(create.sender)) return reject(rule);
  return undefined;
}

function firstJoin(event: OracleEvent, facts: Facts, creator: unknown): boolean {
  const create = createEvent(facts)!;
  return event.prev_events.length === 1 && event.prev_events[0] === create.id && event.state_key === creator;
}

function restrictedJoin(event: OracleEvent, facts: Facts, rule: string): Verdict {
  if (['join', 'invite'].includes(memberState(facts, event.sender))) return allow(`${rule}.1`);
  const via = event.content.join_authorised_via_users_server;
  if (typeof via !== 'string') return reject(`${rule}.2`);
  if (userLevel(facts, via) < namedLevel(facts, 'invite')) return reject(`${rule}.2`);
  if (memberState(facts, via) !== 'join') return reject(`${rule}.2`);
  return allow(`${rule}.3`);
}

function invite(event: OracleEvent, facts: Facts, rule: string): Verdict {
  const target = event.state_key!;
  if (present(event.content, 'third_party_invite')) {
    if (memberState(facts, target) === 'ban') return reject(`${rule}.1.1`);
    const signed = event.content.third_party_invite?.signed;
    if (typeof signed !== 'object' || signed === null || Array.isArray(signed)) return reject(`${rule}.1.2`);
    if (typeof signed.mxid !== 'string' || typeof signed.token !== 'string') return reject(`${rule}.1.3`);
    if (signed.mxid !== target) return reject(`${rule}.1.4`);
    const third = find(facts, 'm.room.third_party_invite', signed.token);
    if (!third) return reject(`${rule}.1.5`);
    if (event.sender !== third.sender) return reject(`${rule}.1.6`);
    const keys: string[] = [];
    if (typeof third.content.public_key === 'string') keys.push(third.content.public_key);
    for (const entry of third.content.public_keys ?? []) keys.push(entry.public_key);
    for (const key of keys) if (anySignatureMatches(signed, key)) return allow(`${rule}.1.7`);
    return reject(`${rule}.1.8`);
  }
  if (memberState(facts, event.sender) !== 'join') return reject(`${rule}.2`);
  if (['join', 'ban'].includes(memberState(facts, target))) return reject(`${rule}.3`);
  if (userLevel(facts, event.sender) >= namedLevel(facts, 'invite')) return allow(`${rule}.4`);
  return reject(`${rule}.5`);
}

function leave(event: OracleEvent, facts: Facts, rule: string, own: string[]): Verdict {
  const target = event.state_key!;
  if (event.sender === target) {
    return own.includes(memberState(facts, target)) ? allow(`${rule}.1`) : reject(`${rule}.1`);
  }
  if (memberState(facts, event.sender) !== 'join') return reject(`${rule}.2`);
  if (memberState(facts, target) === 'ban' && userLevel(facts, event.sender) < namedLevel(facts, 'ban')) {
    return reject(`${rule}.3`);
  }
  if (
    userLevel(facts, event.sender) >= namedLevel(facts, 'kick') &&
    userLevel(facts, target) < userLevel(facts, event.sender)
  ) {
    return allow(`${rule}.4`);
  }
  return reject(`${rule}.5`);
}

function ban(event: OracleEvent, facts: Facts, rule: string): Verdict {
  if (memberState(facts, event.sender) !== 'join') return reject(`${rule}.1`);
  if (
    userLevel(facts, event.sender) >= namedLevel(facts, 'ban') &&
    userLevel(facts, event.state_key!) < userLevel(facts, event.sender)
  ) {
    return allow(`${rule}.2`);
  }
  return reject(`${rule}.3`);
}

function knock(event: OracleEvent, facts: Facts, rule: string): Verdict {
  if (event.sender !== event.state_key) return reject(`${rule}.2`);
  if (!['ban', 'invite', 'join'].includes(memberState(facts, event.sender))) return allow(`${rule}.3`);
  return reject(`${rule}.4`);
}

/** Sender joined, third party invite, required power level, state key: in this order, with these numbers. */
function afterMemberRules(
  event: OracleEvent,
  facts: Facts,
  rules: [string, string, string, string],
): Verdict | undefined {
  if (memberState(facts, event.sender) !== 'join') return reject(rules[0]);
  if (event.type === 'm.room.third_party_invite') {
    return userLevel(facts, event.sender) >= namedLevel(facts, 'invite') ? allow(rules[1]) : reject(rules[1]);
  }
  if (requiredLevel(event, facts) > userLevel(facts, event.sender)) return reject(rules[2]);
  if (event.state_key?.startsWith('@') && event.state_key !== event.sender) return reject(rules[3]);
  return undefined;
}

// ---------------------------------------------------------------- power level changes

const LEVELS = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'];

function levelChanges(event: OracleEvent, facts: Facts, rule: string): Verdict | undefined {
  const sender = userLevel(facts, event.sender);
  for (const name of LEVELS) {
    const current = levelOf(powerEvent(facts)!.content[name], facts);
    const next = levelOf(event.content[name], facts);
    if (current === next) continue;
    if (current !== undefined && current > sender) return reject(`${rule}.1`);
    if (next !== undefined && next > sender) return reject(`${rule}.2`);
  }
  return undefined;
}

function entries(
  event: OracleEvent,
  facts: Facts,
  map: string,
): Array<[string, number | undefined, number | undefined]> {
  const current = powerEvent(facts)!.content[map] ?? {};
  const next = event.content[map] ?? {};
  const keys = [...new Set([...Object.keys(current), ...Object.keys(next)])];
  return keys.map((key) => [
    key,
    present(current, key) ? levelOf(current[key], facts) : undefined,
    present(next, key) ? levelOf(next[key], facts) : undefined,
  ]);
}

function oldEntries(event: OracleEvent, facts: Facts, maps: string[], rule: string): Verdict | undefined {
  for (const map of maps) {
    for (const [, current, next] of entries(event, facts, map)) {
      if (current !== undefined && current !== next && current > userLevel(facts, event.sender)) return reject(rule);
    }
  }
  return undefined;
}

function newEntries(event: OracleEvent, facts: Facts, maps: string[], rule: string): Verdict | undefined {
  for (const map of maps) {
    for (const [, current, next] of entries(event, facts, map)) {
      if (next !== undefined && current !== next && next > userLevel(facts, event.sender)) return reject(rule);
    }
  }
  return undefined;
}

function oldUsers(event: OracleEvent, facts: Facts, rule: string): Verdict | undefined {
  for (const [user, current, next] of entries(event, facts, 'users')) {
    if (user === event.sender || current === undefined || current === next) continue;
    if (current >= userLevel(facts, event.sender)) return reject(rule);
  }
  return undefined;
}

// ---------------------------------------------------------------- definitions

function present(object: Any, key: string): boolean {
  return Object.keys(object).includes(key);
}

function find(facts: Facts, type: string, stateKey: string): OracleEvent | undefined {
  return facts.state.find((entry) => entry.type === type && entry.state_key === stateKey);
}

function createEvent(facts: Facts): OracleEvent | undefined {
  return find(facts, 'm.room.create', '');
}

function powerEvent(facts: Facts): OracleEvent | undefined {
  return find(facts, 'm.room.power_levels', '');
}

function memberState(facts: Facts, user: string): string {
  return find(facts, 'm.room.member', user)?.content.membership ?? 'leave';
}

function joinRule(facts: Facts): string {
  return find(facts, 'm.room.join_rules', '')?.content.join_rule ?? 'invite';
}

function domain(id: string): string | undefined {
  const parts = id.split(':');
  return parts.length < 2 ? undefined : parts.slice(1).join(':');
}

function sameDomain(a: string | undefined, b: string): boolean {
  return a !== undefined && domain(a) !== undefined && domain(a) === domain(b);
}

function validUserId(id: string): boolean {
  return /^@[^:\0]*:[A-Za-z0-9.-]+(:[0-9]{1,5})?$/.test(id) && Buffer.byteLength(id) <= 255;
}

function signedByServerOf(user: unknown, facts: Facts): boolean {
  return typeof user === 'string' && validUserId(user) && facts.signedBy.includes(domain(user)!);
}

function creatorsOf12(create: OracleEvent): string[] {
  return [create.sender, ...(create.content.additional_creators ?? [])];
}

function levelOf(value: unknown, facts: Facts): number | undefined {
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return value;
    return facts.version <= 5 ? Math.trunc(value) : undefined;
  }
  if (typeof value === 'string' && facts.version <= 9 && /^[+-]?[0-9]+$/.test(value.trim())) {
    return Number.parseInt(value.trim(), 10);
  }
  return undefined;
}

function isLevel(value: unknown, facts: Facts): boolean {
  return levelOf(value, facts) !== undefined;
}

function levelMap(value: Any, facts: Facts): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((level) => isLevel(level, facts));
}

function integerMap(value: Any): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((level) => Number.isSafeInteger(level));
}

function userLevel(facts: Facts, user: string): number {
  const create = createEvent(facts)!;
  if (facts.version === 12 && creatorsOf12(create).includes(user)) return Number.POSITIVE_INFINITY;
  const power = powerEvent(facts);
  if (!power) {
    if (facts.version === 11) return create.sender === user ? 100 : 0;
    if (facts.version < 11) return create.content.creator === user ? 100 : 0;
    return 0;
  }
  const users = power.content.users ?? {};
  const own = present(users, user) ? levelOf(users[user], facts) : undefined;
  return own ?? levelOf(power.content.users_default, facts) ?? 0;
}

function namedLevel(facts: Facts, name: 'invite' | 'kick' | 'ban' | 'redact'): number {
  return levelOf(powerEvent(facts)?.content[name], facts) ?? (name === 'invite' ? 0 : 50);
}

function requiredLevel(event: OracleEvent, facts: Facts): number {
  const content = powerEvent(facts)?.content ?? {};
  const events = content.events ?? {};
  const own = present(events, event.type) ? levelOf(events[event.type], facts) : undefined;
  if (own !== undefined) return own;
  if (event.state_key !== undefined) return levelOf(content.state_default, facts) ?? 50;
  return levelOf(content.events_default, facts) ?? 0;
}

function hasDuplicates(list: OracleEvent[]): boolean {
  const keys = list.map((entry) => JSON.stringify([entry.type, entry.state_key]));
  return new Set(keys).size < keys.length;
}

/** Server-server API, "Auth events selection". */
export function isSelected(entry: OracleEvent, event: OracleEvent, version: number): boolean {
  const { membership } = event.content;
  if (entry.type === 'm.room.create') return version < 12 && entry.state_key === '';
  if (entry.type === 'm.room.power_levels') return entry.state_key === '';
  if (entry.type === 'm.room.member') {
    if (entry.state_key === event.sender) return true;
    if (event.type !== 'm.room.member') return false;
    if (entry.state_key !== undefined && entry.state_key === event.state_key) return true;
    if (membership !== 'join' || version < 8 || entry.state_key === undefined) return false;
    return entry.state_key === event.content.join_authorised_via_users_server;
  }
  if (event.type !== 'm.room.member') return false;
  if (entry.type === 'm.room.join_rules') {
    return entry.state_key === '' && ['join', 'invite', 'knock'].includes(membership);
  }
  if (entry.type === 'm.room.third_party_invite') {
    const token = event.content.third_party_invite?.signed?.token;
    return membership === 'invite' && entry.state_key !== undefined && entry.state_key === token;
  }
  return false;
}

/** Sorted keys, no white space: enough for the ASCII objects of these tests. */
export function plainCanonical(value: Any): string {
  if (Array.isArray(value)) return `[${value.map(plainCanonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${plainCanonical(value[key])}`).join(',')}}`;
}

function anySignatureMatches(signed: Any, publicKey: string): boolean {
  const { signatures, unsigned: _unsigned, ...rest } = signed;
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== 32) return false;
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const text = Buffer.from(plainCanonical(rest));
  for (const server of Object.values(signatures ?? {}) as Any[]) {
    for (const signature of Object.values(server) as string[]) {
      if (verify(null, text, key, Buffer.from(signature, 'base64'))) return true;
    }
  }
  return false;
}
