import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePropertyPath } from '../../../lib/spec/push-rules/property-path.ts';
import { BOB, eventOf, forAlice, holds, message, ROOM, room, ruleOf, withRule } from './helpers.ts';

const topic = (value: unknown) => eventOf('m.room.topic', { topic: value }, { state_key: '' });

describe('event_match', () => {
  const match = (key: string, pattern: unknown, event = message('An example event.')) =>
    holds({ kind: 'event_match', key, pattern }, event);

  test('the example of the specification: the whole value, without regard to case', () => {
    for (const value of ['Lunch plans', 'LUNCH', 'lunch'])
      assert.ok(match('content.topic', 'lunc?*', topic(value)), value);
    for (const value of [' lunch', 'lunc', null, 5, ['lunch'], undefined]) {
      assert.ok(!match('content.topic', 'lunc?*', topic(value)), String(value));
    }
  });

  test('the example of the specification: words of the body', () => {
    for (const body of ['An example event.', 'exple', 'An exciting triple-whammy', 'EXAMPLE']) {
      assert.ok(match('content.body', 'ex*ple', message(body)), body);
    }
    for (const body of ['exples', 'anexample', 'ex_ple_', 'ex ple2']) {
      assert.ok(!match('content.body', 'ex*ple', message(body)), body);
    }
    assert.ok(match('content.body', '@room', message('hey @room!')));
    assert.ok(match('content.body', '@room', message('hey@room')), 'the at sign is a boundary itself');
    assert.ok(!match('content.body', '@room', message('@rooms')));
    assert.ok(match('content.body', 'привет', message('Привет, мир')));
  });

  test('what is not there does not match, not even everything', () => {
    assert.ok(!match('content.topic', '*'));
    assert.ok(!match('state_key', '*'));
    assert.ok(match('state_key', '', topic('x')));
    assert.ok(match('room_id', ROOM));
    assert.ok(match('sender', '@BOB:*'));
  });

  test('paths with dots and backslashes in names', () => {
    const event = message('x', { 'm.relates_to': { rel_type: 'm.thread' }, 'm\\foo': 'bar' });
    assert.ok(match('content.m\\.relates_to.rel_type', 'm.thread', event));
    assert.ok(!match('content.m.relates_to.rel_type', 'm.thread', event));
    assert.ok(match('content.m\\\\foo', 'bar', event));
    assert.deepEqual(parsePropertyPath('a\\.b.c\\\\d.e\\x'), ['a.b', 'c\\d', 'e\\x']);
    assert.deepEqual(parsePropertyPath(''), ['']);
    assert.deepEqual(parsePropertyPath('a..b\\'), ['a', '', 'b\\']);
  });

  test('inherited properties are not there', () => {
    assert.ok(!match('content.constructor.name', 'Object'));
    assert.ok(!match('content.body.length', '*'));
  });

  test('malformed ones never hold', () => {
    assert.ok(!match('content.body', undefined));
    assert.ok(!match('content.body', 5));
    assert.ok(!holds({ kind: 'event_match', pattern: '*' }, message('x')));
  });
});

describe('event_property_is', () => {
  const is = (key: string, value: unknown, event = message('x')) =>
    holds({ kind: 'event_property_is', key, value }, event);

  test('the example of the specification', () => {
    const create = (federate: unknown) => eventOf('m.room.create', { 'm.federate': federate }, { state_key: '' });
    assert.ok(is('content.m\\.federate', true, create(true)));
    for (const other of ['true', 1, false, null]) assert.ok(!is('content.m\\.federate', true, create(other)));
  });

  test('strings exactly, integers, null; nothing compound', () => {
    assert.ok(is('content.body', 'x'));
    assert.ok(!is('content.body', 'X'));
    assert.ok(!is('content.body', '*'));
    assert.ok(is('content.n', 5, message('x', { n: 5 })));
    assert.ok(is('content.n', null, message('x', { n: null })));
    assert.ok(!is('content.absent', null));
    assert.ok(!is('content.n', 1.5, message('x', { n: 1.5 })));
    assert.ok(!is('content.n', [], message('x', { n: [] })));
    assert.ok(!is('content.n', undefined));
  });
});

describe('event_property_contains', () => {
  const contains = (value: unknown, list: unknown) =>
    holds({ kind: 'event_property_contains', key: 'content.alt_aliases', value }, message('x', { alt_aliases: list }));

  test('the example of the specification', () => {
    const aliases = ['#somewhere:example.org', '#myroom:example.com'];
    assert.ok(contains('#myroom:example.com', aliases));
    assert.ok(!contains(':example.com', aliases));
  });

  test('scalars exactly, arrays only', () => {
    assert.ok(contains(1, ['1', 1]));
    assert.ok(!contains(1, ['1', true]));
    assert.ok(contains(null, [null]));
    assert.ok(!contains('x', 'x'));
    assert.ok(!contains('x', { 0: 'x' }));
    assert.ok(!contains('x', undefined));
    assert.ok(!contains([], [[]]));
  });
});

describe('contains_display_name', () => {
  const named = (body: unknown, name: string) => holds({ kind: 'contains_display_name' }, message(body), room(), name);

  test('between word boundaries, without regard to case, never as a pattern', () => {
    assert.ok(named('hello ALICE A.!', 'Alice A.'));
    assert.ok(named('alice', 'Alice'));
    assert.ok(!named('malice', 'alice'));
    assert.ok(!named('alice2', 'alice'));
    assert.ok(named('malice, alice', 'alice'), 'a later occurrence counts');
    assert.ok(!named('anything', '*'));
    assert.ok(named('a * b', '*'));
    assert.ok(named('🦊 says', '🦊'));
    assert.ok(!named('hello', ''));
    assert.ok(!named(5, 'alice'));
  });

  test('nobody without a name is named', () => {
    assert.ok(!holds({ kind: 'contains_display_name' }, message('null')));
  });
});

describe('room_member_count', () => {
  test('all comparisons', () => {
    const counts = (is: unknown) =>
      [1, 2, 3].filter((count) => holds({ kind: 'room_member_count', is }, message('x'), room(count)));
    assert.deepEqual(counts('2'), [2]);
    assert.deepEqual(counts('==2'), [2]);
    assert.deepEqual(counts('<2'), [1]);
    assert.deepEqual(counts('>2'), [3]);
    assert.deepEqual(counts('<=2'), [1, 2]);
    assert.deepEqual(counts('>=2'), [2, 3]);
    for (const malformed of ['', '=2', '!=2', '2.0', ' 2', '-1', 'x', 2, undefined, null]) {
      assert.deepEqual(counts(malformed), [], String(malformed));
    }
  });
});

describe('sender_notification_permission', () => {
  const may = (key: unknown, levels: object) =>
    holds({ kind: 'sender_notification_permission', key }, message('x'), room(10, levels));

  test('the sender needs the level for that kind, 50 where nothing is said', () => {
    assert.ok(may('room', { users: { [BOB]: 50 } }));
    assert.ok(!may('room', { users: { [BOB]: 49 } }));
    assert.ok(may('room', { notifications: { room: 20 }, users_default: 20 }));
    assert.ok(!may('room', { notifications: { room: 100 }, users: { [BOB]: 50 } }));
    assert.ok(!may('org.example', { notifications: { room: 0 } }));
    assert.ok(may('org.example', { notifications: { 'org.example': 0 } }));
    assert.ok(!may('constructor', {}));
    assert.ok(!may(undefined, { users: { [BOB]: 100 } }));
  });
});

describe('rules', () => {
  test('conditions of unknown kinds never hold, and one that does not holds up the rule', () => {
    assert.ok(!holds({ kind: 'org.example.weather' }, message('x')));
    const both = [{ kind: 'event_match', key: 'type', pattern: '*' }, { kind: 'org.example.weather' }];
    const ruleset = withRule('override', ruleOf('mine', { conditions: both }));
    assert.equal(forAlice(message('x'), room(), ruleset)!.ruleId, '.m.rule.message');
  });

  test('kinds are checked in order, and within a kind the first match settles it', () => {
    const ruleset = withRule('underride', ruleOf('under', { conditions: [] }));
    const matching = (): string => forAlice(message('cake'), room(), ruleset)!.ruleId;
    assert.equal(matching(), 'under');
    ruleset.sender.push(ruleOf(BOB, {}));
    assert.equal(matching(), BOB);
    ruleset.room.push(ruleOf(ROOM, {}));
    assert.equal(matching(), ROOM);
    ruleset.content.push(ruleOf('cake', { pattern: 'CAKE' }));
    assert.equal(matching(), 'cake');
    ruleset.content.unshift(ruleOf('more cake', { pattern: 'c*' }));
    assert.equal(matching(), 'more cake');
    ruleset.override.push(ruleOf('over', { conditions: [] }));
    assert.equal(matching(), 'over');
    ruleset.override.at(-1)!.enabled = false;
    assert.equal(matching(), 'more cake');
  });

  test('room and sender rules are for exactly that room and sender', () => {
    const ruleset = withRule('room', ruleOf('!other:example.org', { actions: [] }));
    ruleset.sender.push(ruleOf('@b*:example.org', { actions: [] }));
    assert.equal(forAlice(message('x'), room(), ruleset)!.ruleId, '.m.rule.message');
  });

  test('content rules without a usable pattern or body match nothing', () => {
    assert.equal(
      forAlice(message(undefined), room(), withRule('content', ruleOf('c', { pattern: '*' })))!.ruleId,
      '.m.rule.message',
    );
    assert.equal(forAlice(message('x'), room(), withRule('content', ruleOf('c', {})))!.ruleId, '.m.rule.message');
  });

  test('actions: historical ones do nothing, tweaks are collected', () => {
    const outcomeOf = (...actions: never[]) =>
      forAlice(message('x'), room(), withRule('override', ruleOf('mine', { conditions: [], actions })))!;
    const of = outcomeOf as (...actions: unknown[]) => ReturnType<typeof outcomeOf>;
    assert.deepEqual([of('dont_notify').notify, of('dont_notify').actions], [false, []]);
    assert.equal(of('coalesce').notify, false);
    assert.equal(of('notify', 'dont_notify').notify, true);
    assert.equal(of('notify', { set_tweak: 'highlight' }).highlight, true);
    assert.equal(of('notify', { set_tweak: 'highlight', value: true }).highlight, true);
    assert.equal(of('notify', { set_tweak: 'highlight', value: false }).highlight, false);
    assert.equal(of({ set_tweak: 'highlight' }).highlight, false, 'nothing to highlight without notification');
    assert.equal(of('notify', { set_tweak: 'sound', value: 'ring' }).sound, 'ring');
    assert.equal(of('notify', { set_tweak: 'sound', value: 5 }).sound, undefined);
    assert.deepEqual(of('notify', { set_tweak: 'light', value: 'red' }).tweaks, { light: 'red' });
  });
});
