import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type DefaultRuleOptions,
  defaultRules,
  type EventView,
  isPredefined,
  type PushContext,
  type Ruleset,
  sameEffect,
} from '../../../lib/spec/push-rules/index.ts';
import { ALICE, BOB, eventOf, forAlice, message, ROOM, room, ruleOf } from './helpers.ts';

const ids = (ruleset: Ruleset): Record<string, string[]> =>
  Object.fromEntries(Object.entries(ruleset).map(([kind, rules]) => [kind, rules.map((rule) => rule.rule_id)]));

describe('predefined rules', () => {
  test('are those of the specification, in its order, and the older ones for mentions in the body', () => {
    assert.deepEqual(ids(defaultRules(ALICE, { polls: false, encryptedEvents: false })), {
      override: [
        '.m.rule.master',
        '.m.rule.suppress_notices',
        '.m.rule.invite_for_me',
        '.m.rule.member_event',
        '.m.rule.is_user_mention',
        '.m.rule.contains_display_name',
        '.m.rule.is_room_mention',
        '.m.rule.roomnotif',
        '.m.rule.tombstone',
        '.m.rule.reaction',
        '.m.rule.room.server_acl',
        '.m.rule.suppress_edits',
      ],
      content: ['.m.rule.contains_user_name'],
      room: [],
      sender: [],
      underride: [
        '.m.rule.call',
        '.m.rule.encrypted_room_one_to_one',
        '.m.rule.room_one_to_one',
        '.m.rule.message',
        '.m.rule.encrypted',
      ],
    });
  });

  test('are those of the specification alone without the legacy ones', () => {
    const rules = ids(defaultRules(ALICE, { legacyMentions: false, polls: false, encryptedEvents: false }));
    assert.equal(rules['override']!.length, 10);
    assert.deepEqual(rules['content'], []);
  });

  test('may have more: polls, encrypted events', () => {
    const rules = ids(defaultRules(ALICE));
    const [, encrypted] = defaultRules(ALICE).override;
    assert.equal(encrypted?.enabled, false, 'until a user switches it on');
    assert.equal(rules['override']![1], '.org.matrix.msc4028.encrypted_event');
    const acl = rules['override']!.indexOf('.m.rule.room.server_acl');
    assert.equal(rules['override']![acl + 1], '.org.matrix.msc3930.rule.poll_response');
    assert.deepEqual(rules['underride']!.slice(5), [
      '.org.matrix.msc3930.rule.poll_start_one_to_one',
      '.org.matrix.msc3930.rule.poll_start',
      '.org.matrix.msc3930.rule.poll_end_one_to_one',
      '.org.matrix.msc3930.rule.poll_end',
    ]);
    assert.ok(isPredefined('override', '.m.rule.roomnotif'));
    assert.ok(!isPredefined('override', '.m.rule.roomnotif', { legacyMentions: false }));
    assert.ok(!isPredefined('underride', '.m.rule.roomnotif'));
  });

  test('carry the user’s own id where the specification says so', () => {
    const { override, content } = defaultRules(ALICE);
    const conditions = (id: string) => override.find((rule) => rule.rule_id === id)!.conditions;
    assert.deepEqual(conditions('.m.rule.invite_for_me')![2], {
      kind: 'event_match',
      key: 'state_key',
      pattern: ALICE,
    });
    assert.deepEqual(conditions('.m.rule.is_user_mention'), [
      { kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: ALICE },
    ]);
    assert.equal(content[0]!.pattern, 'alice');
    assert.equal(content[0]!.conditions, undefined);
  });

  test('cannot be changed through what was handed out', () => {
    defaultRules(ALICE).override[3]!.actions.push('coalesce');
    assert.equal(defaultRules(ALICE).override[3]!.actions.length, 2);
  });
});

interface Case {
  ruleId: string;
  event: EventView;
  context?: PushContext;
  options?: DefaultRuleOptions;
  /** The rule is off until a user switches it on. */
  switchedOn?: boolean;
  notify: boolean;
  highlight?: boolean;
  sound?: string;
}

const INVITE = eventOf('m.room.member', { membership: 'invite' }, { state_key: ALICE });
const MEANT = { 'm.mentions': { user_ids: [ALICE] } };
const POWERFUL = room(10, { users: { [BOB]: 50 } });
const poll = (phase: string): EventView => eventOf(`org.matrix.msc3381.poll.${phase}`, { body: 'x' });

const CASES: Case[] = [
  { ruleId: '.m.rule.suppress_notices', event: message('x', { msgtype: 'm.notice' }), notify: false },
  { ruleId: '.m.rule.invite_for_me', event: INVITE, notify: true, sound: 'default' },
  {
    ruleId: '.m.rule.member_event',
    event: eventOf('m.room.member', { membership: 'join', body: 'A. Liddell is here' }, { state_key: BOB }),
    notify: false,
  },
  {
    ruleId: '.m.rule.is_user_mention',
    event: message('see above', MEANT),
    notify: true,
    highlight: true,
    sound: 'default',
  },
  {
    ruleId: '.m.rule.contains_display_name',
    event: message('are you there, a. liddell?'),
    notify: true,
    highlight: true,
    sound: 'default',
  },
  {
    ruleId: '.m.rule.is_room_mention',
    event: message('all hands', { 'm.mentions': { room: true } }),
    context: POWERFUL,
    notify: true,
    highlight: true,
  },
  {
    ruleId: '.m.rule.roomnotif',
    event: message('@room all hands'),
    context: POWERFUL,
    notify: true,
    highlight: true,
  },
  {
    ruleId: '.m.rule.tombstone',
    event: eventOf('m.room.tombstone', { replacement_room: '!next:example.org' }, { state_key: '' }),
    notify: true,
    highlight: true,
  },
  // The other rules would not notify of these either: a rule of the user's own shows the difference.
  { ruleId: '.m.rule.reaction', event: eventOf('m.reaction', { 'm.relates_to': { key: '+' } }), notify: false },
  {
    ruleId: '.m.rule.room.server_acl',
    event: eventOf('m.room.server_acl', { allow: ['*'] }, { state_key: '' }),
    notify: false,
  },
  {
    ruleId: '.m.rule.suppress_edits',
    event: message('* x', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$x' } }),
    notify: false,
  },
  {
    ruleId: '.m.rule.contains_user_name',
    event: message('ask alice'),
    notify: true,
    highlight: true,
    sound: 'default',
  },
  { ruleId: '.m.rule.call', event: eventOf('m.call.invite', {}), notify: true, sound: 'ring' },
  {
    ruleId: '.m.rule.encrypted_room_one_to_one',
    event: eventOf('m.room.encrypted', {}),
    context: room(2),
    notify: true,
    sound: 'default',
  },
  { ruleId: '.m.rule.room_one_to_one', event: message('x'), context: room(2), notify: true, sound: 'default' },
  { ruleId: '.m.rule.message', event: message('x'), notify: true },
  { ruleId: '.m.rule.encrypted', event: eventOf('m.room.encrypted', {}), notify: true },
  {
    ruleId: '.org.matrix.msc4028.encrypted_event',
    event: eventOf('m.room.encrypted', {}),
    switchedOn: true,
    notify: true,
  },
  {
    ruleId: '.org.matrix.msc3930.rule.poll_response',
    event: poll('response'),
    options: { polls: true },
    notify: false,
  },
  ...['start', 'end'].flatMap((phase): Case[] => [
    {
      ruleId: `.org.matrix.msc3930.rule.poll_${phase}_one_to_one`,
      event: poll(phase),
      options: { polls: true },
      context: room(2),
      notify: true,
      sound: 'default',
    },
    {
      ruleId: `.org.matrix.msc3930.rule.poll_${phase}`,
      event: poll(phase),
      options: { polls: true },
      notify: true,
    },
  ]),
];

describe('each predefined rule', () => {
  for (const { ruleId, event, context, options, switchedOn, notify, highlight = false, sound } of CASES) {
    test(ruleId, () => {
      const ruleset = defaultRules(ALICE, options);
      if (switchedOn) for (const rule of ruleset.override) if (rule.rule_id === ruleId) rule.enabled = true;
      // Notifies of everything that no predefined rule settles, so that rules which only suppress can be seen to.
      ruleset.underride.push(ruleOf('everything', { conditions: [] }));
      const outcome = forAlice(event, context, ruleset)!;
      assert.equal(outcome.ruleId, ruleId);
      assert.deepEqual([outcome.notify, outcome.highlight, outcome.sound], [notify, highlight, sound]);

      for (const rules of Object.values(ruleset)) {
        const at = rules.findIndex((rule) => rule.rule_id === ruleId);
        if (at >= 0) rules.splice(at, 1);
      }
      const without = forAlice(event, context, ruleset);
      assert.notEqual(without?.ruleId, ruleId);
      if (
        ruleId !== '.org.matrix.msc4028.encrypted_event' &&
        !/rule\.(message|encrypted|poll_start|poll_end)$/.test(ruleId)
      ) {
        assert.ok(!sameEffect(outcome, without), `without ${ruleId} it must be otherwise`);
      }
    });
  }

  test('every one of them has its case', () => {
    const all = Object.values(defaultRules(ALICE, { polls: true, encryptedEvents: true })).flat();
    const covered = new Set(CASES.map(({ ruleId }) => ruleId));
    assert.deepEqual(
      all.map((rule) => rule.rule_id).filter((id) => !covered.has(id)),
      ['.m.rule.master'],
    );
  });

  test('.m.rule.master turns everything off, even rules of one’s own', () => {
    const ruleset = defaultRules(ALICE);
    ruleset.override.splice(1, 0, ruleOf('mine', { conditions: [] }));
    assert.equal(forAlice(message('x'), room(), ruleset)!.ruleId, 'mine');
    ruleset.override[0]!.enabled = true;
    const outcome = forAlice(message('x', MEANT), room(), ruleset)!;
    assert.deepEqual([outcome.ruleId, outcome.notify], ['.m.rule.master', false]);
  });

  test('without a matching rule there is nothing', () => {
    assert.equal(forAlice(eventOf('m.room.topic', { topic: 'x' }, { state_key: '' })), undefined);
    assert.equal(forAlice(eventOf('m.room.tombstone', {})), undefined, 'a tombstone is a state event');
  });
});

describe('mentions', () => {
  test('an event that declares mentions is not searched for names', () => {
    for (const declared of [{}, { user_ids: [BOB] }, 'nonsense']) {
      const outcome = forAlice(message('alice, A. Liddell and @room', { 'm.mentions': declared }), POWERFUL)!;
      assert.equal(outcome.ruleId, '.m.rule.message');
    }
  });

  test('a display name looked for by a rule of one’s own is found all the same', () => {
    const ruleset = defaultRules(ALICE);
    ruleset.override.unshift(ruleOf('mine', { conditions: [{ kind: 'contains_display_name' }] }));
    assert.equal(forAlice(message('A. Liddell', { 'm.mentions': {} }), room(), ruleset)!.ruleId, 'mine');
  });

  test('the room may be mentioned only by those with the level for it', () => {
    const event = message('all hands', { 'm.mentions': { room: true } });
    assert.equal(forAlice(event, room())!.ruleId, '.m.rule.message');
    assert.equal(forAlice(event, room(10, { notifications: { room: 0 } }))!.ruleId, '.m.rule.is_room_mention');
    assert.equal(forAlice(message('@room'), room())!.ruleId, '.m.rule.message');
    const creator = { ...event, sender: '@founder:example.org' };
    assert.equal(forAlice(creator, room(10, {}, '12'))!.ruleId, '.m.rule.is_room_mention');
  });

  test('malformed mentions mention nobody', () => {
    for (const declared of [
      { user_ids: ALICE },
      { user_ids: [{ [ALICE]: 1 }] },
      { room: 'true' },
      { room: 1 },
      [ALICE],
    ]) {
      assert.equal(forAlice(message('x', { 'm.mentions': declared }), POWERFUL)!.ruleId, '.m.rule.message');
    }
  });

  test('an invite of somebody else is none for me', () => {
    const event = eventOf('m.room.member', { membership: 'invite' }, { state_key: BOB, room_id: ROOM });
    assert.equal(forAlice(event)!.ruleId, '.m.rule.member_event');
  });
});
