import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MatrixError } from '../../../lib/spec/errors.ts';
import { parseKind, validateActions, validateEnabled, validateRule } from '../../../lib/spec/push-rules/index.ts';

const refused = (work: () => unknown): void => {
  assert.throws(work, (error: unknown) => error instanceof MatrixError && error.status === 400);
};

describe('rules that are taken', () => {
  const conditions = [{ kind: 'event_match', key: 'content.msgtype', pattern: 'm.notice' }];

  test('of each kind, with what means something for the kind', () => {
    const body = { actions: ['notify'], conditions, pattern: 'cake', more: 1 };
    assert.deepEqual(validateRule('override', 'x', body), { kind: 'override', actions: ['notify'], conditions });
    assert.deepEqual(validateRule('underride', 'x', body), { kind: 'underride', actions: ['notify'], conditions });
    assert.deepEqual(validateRule('content', 'тест', body), { kind: 'content', actions: ['notify'], pattern: 'cake' });
    for (const [kind, id] of [
      ['room', '#spam:example.com'],
      ['sender', '@bob:example.com'],
    ] as const) {
      assert.deepEqual(validateRule(kind, id, body), { kind, actions: ['notify'] });
    }
  });

  test('no conditions are no hindrance', () => {
    assert.deepEqual(validateRule('override', 'x', { actions: [] }).conditions, []);
  });

  test('all actions there ever were, and tweaks of any name', () => {
    const actions = ['notify', 'dont_notify', 'coalesce', { set_tweak: 'sound', value: 'x' }, { set_tweak: 'glow' }];
    assert.deepEqual(validateActions(actions), actions);
  });

  test('conditions of all kinds, unknown ones too', () => {
    const all = [
      ...conditions,
      { kind: 'event_property_is', key: 'a', value: null },
      { kind: 'event_property_contains', key: 'a', value: 'x' },
      { kind: 'contains_display_name' },
      { kind: 'room_member_count', is: '<=10' },
      { kind: 'sender_notification_permission', key: 'room' },
      { kind: 'org.example.weather', is: ['sunny'] },
    ];
    assert.deepEqual(validateRule('override', 'x', { actions: [], conditions: all }).conditions, all);
  });
});

describe('rules that are refused', () => {
  const cases: Record<string, [kind: string, ruleId: string, body: unknown]> = {
    'a body that is no object': ['room', '!a:x', []],
    'an unknown kind': ['not_a_kind', 'foo', { actions: [] }],
    'a kind that every object has': ['constructor', 'foo', { actions: [] }],
    'an empty id': ['room', '', { actions: [] }],
    'an id of the server’s': ['override', '.mine', { actions: [], conditions: [] }],
    'an id with a slash': ['room', '!a/b:x', { actions: [] }],
    'an id with a backslash': ['room', '#fo\\o:example.com', { actions: [] }],
    'an id that is too long': ['room', 'x'.repeat(513), { actions: [] }],
    'no actions': ['room', '#my_room:example.com', {}],
    'actions that are no list': ['room', '!a:x', { actions: 'notify' }],
    'an unknown action': ['room', '!a:x', { actions: ['not_an_action'] }],
    'a tweak without name': ['room', '!a:x', { actions: [{ value: 1 }] }],
    'too many actions': ['room', '!a:x', { actions: new Array(65).fill('notify') }],
    'a content rule without pattern': ['content', 'x', { actions: [] }],
    'a pattern that is no string': ['content', 'x', { actions: [], pattern: 5 }],
    'a pattern that is too long': ['content', 'x', { actions: [], pattern: 'x'.repeat(1025) }],
    'conditions that are no list': ['override', 'x', { actions: [], conditions: {} }],
    'a condition that is no object': ['override', 'x', { actions: [], conditions: ['x'] }],
    'a condition without kind': ['underride', 'x', { actions: [], conditions: [{}] }],
    'event_match without pattern': ['override', 'x', { actions: [], conditions: [{ kind: 'event_match', key: 'a' }] }],
    'event_match without key': ['override', 'x', { actions: [], conditions: [{ kind: 'event_match', pattern: 'a' }] }],
    'event_property_is without value': [
      'override',
      'x',
      { actions: [], conditions: [{ kind: 'event_property_is', key: 'a' }] },
    ],
    'event_property_is with a list': [
      'override',
      'x',
      { actions: [], conditions: [{ kind: 'event_property_is', key: 'a', value: [] }] },
    ],
    'event_property_contains with a float': [
      'override',
      'x',
      { actions: [], conditions: [{ kind: 'event_property_contains', key: 'a', value: 1.5 }] },
    ],
    'room_member_count without number': [
      'override',
      'x',
      { actions: [], conditions: [{ kind: 'room_member_count', is: 'two' }] },
    ],
    'sender_notification_permission without key': [
      'override',
      'x',
      { actions: [], conditions: [{ kind: 'sender_notification_permission' }] },
    ],
  };
  for (const [name, [kind, ruleId, body]] of Object.entries(cases)) {
    test(name, () => refused(() => validateRule(kind, ruleId, body)));
  }

  test('enabled must be true or false', () => {
    assert.equal(validateEnabled(true), true);
    assert.equal(validateEnabled(false), false);
    for (const value of ['not a boolean', 1, null, undefined]) refused(() => validateEnabled(value));
    assert.equal(parseKind('sender'), 'sender');
    refused(() => validateActions(undefined));
  });
});
