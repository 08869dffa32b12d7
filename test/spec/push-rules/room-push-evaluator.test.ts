import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  applyPut,
  compileRuleset,
  defaultRules,
  type EventView,
  evaluate,
  mergeRules,
  type PushMember,
  type PushRule,
  RoomPushEvaluator,
  type Ruleset,
  rulesetFingerprint,
  rulesInRoom,
  type StoredPushRule,
  sameEffect,
  setActions,
  setEnabled,
} from '../../../lib/spec/push-rules/index.ts';
import { NameIndex } from '../../../lib/spec/push-rules/name-index.ts';
import { ALICE, BOB, eventOf, message, ROOM, room, ruleOf, withRule } from './helpers.ts';

const PLAIN = rulesetFingerprint(defaultRules(ALICE));
const plain = (userId: string, displayName?: string): PushMember => ({ userId, displayName, fingerprint: PLAIN });
const own = (userId: string, ruleset: Ruleset, displayName?: string): PushMember => ({
  userId,
  displayName,
  fingerprint: rulesetFingerprint(ruleset),
  ruleset,
});

describe('fingerprints', () => {
  test('are equal for equal rules, whoever owns them', () => {
    assert.equal(rulesetFingerprint(defaultRules(BOB)), PLAIN);
    const muted = (userId: string) => mergeRules(userId, applyPut([], 'room', '!x:y', { actions: [] }));
    assert.equal(rulesetFingerprint(muted(ALICE)), rulesetFingerprint(muted(BOB)));
    assert.notEqual(rulesetFingerprint(muted(ALICE)), PLAIN);
  });

  test('differ by whatever makes a difference, and by nothing else', () => {
    const print = (rows: StoredPushRule[]): string => rulesetFingerprint(mergeRules(ALICE, rows));
    assert.notEqual(print(setEnabled([], 'override', '.m.rule.reaction', false)), PLAIN);
    assert.notEqual(print(setEnabled([], 'override', '.m.rule.master', true)), PLAIN);
    assert.notEqual(print(setActions([], 'underride', '.m.rule.message', [])), PLAIN);
    assert.equal(print(setActions([], 'override', '.m.rule.reaction', ['dont_notify'])), PLAIN);
    const added = applyPut([], 'content', 'cake', { actions: ['notify'], pattern: 'cake' });
    assert.notEqual(print(added), PLAIN);
    assert.notEqual(print(added), print(applyPut([], 'content', 'cake', { actions: ['notify'], pattern: 'pie' })));
    assert.equal(print(setEnabled(added, 'content', 'cake', false)), PLAIN);
    assert.notEqual(rulesetFingerprint(defaultRules(ALICE, { legacyMentions: false })), PLAIN);
  });

  test('rules for other rooms do not count in this one', () => {
    const ruleset = withRule('room', ruleOf('!other:example.org', { actions: [] }));
    const names = (pattern: string, kind = 'event_match'): PushRule =>
      ruleOf(pattern, { actions: [], conditions: [{ kind, key: 'room_id', pattern, value: pattern }] });
    ruleset.override.push(names('!other:example.org'), names('!other:example.org', 'event_property_is'));
    assert.equal(rulesetFingerprint(rulesInRoom(ruleset, ROOM)), PLAIN);
    assert.notEqual(rulesetFingerprint(rulesInRoom(ruleset, '!other:example.org')), PLAIN);
    ruleset.override.push(names('!*:example.org'));
    assert.notEqual(rulesetFingerprint(rulesInRoom(ruleset, ROOM)), PLAIN);
    assert.notEqual(rulesetFingerprint(rulesInRoom(withRule('override', names('!ROOM:example.org')), ROOM)), PLAIN);
  });
});

describe('a room’s rules', () => {
  const muted = withRule('room', ruleOf(ROOM, { actions: [] }));

  test('those who changed nothing and are not named share the default', () => {
    const evaluator = new RoomPushEvaluator(ROOM, [plain(ALICE), plain(BOB), plain('@carol:x')]);
    const outcome = evaluator.evaluate(message('hello'), room());
    assert.equal(outcome.default!.ruleId, '.m.rule.message');
    assert.equal(outcome.exceptions.size, 0);
    assert.deepEqual([evaluator.size, evaluator.groupCount], [3, 1]);
  });

  test('mentioned, invited and named members are exceptions, the sender never', () => {
    const evaluator = new RoomPushEvaluator(ROOM, [
      plain(ALICE, 'Alice A.'),
      plain(BOB, 'Bob B.'),
      plain('@carol:x', 'Кэрол'),
      plain('@Upper:x'),
    ]);
    const whom = (event: EventView): Array<[string, string | undefined]> =>
      [...evaluator.evaluate(event, room()).exceptions].map(([userId, outcome]) => [userId, outcome?.ruleId]);
    const everyone = { 'm.mentions': { user_ids: [ALICE, BOB, '@stranger:x'] } };
    assert.deepEqual(whom(message('x', everyone)), [[ALICE, '.m.rule.is_user_mention']]);
    assert.deepEqual(whom(message('hey alice a.! bob b.!')), [[ALICE, '.m.rule.contains_display_name']]);
    assert.deepEqual(whom(message('ask ALICE')), [[ALICE, '.m.rule.contains_user_name']]);
    assert.deepEqual(whom(message('кэрол?')), [['@carol:x', '.m.rule.contains_display_name']]);
    assert.deepEqual(whom(message('alice, кэрол', { 'm.mentions': {} })), []);
    const invite = (userId: string) => eventOf('m.room.member', { membership: 'invite' }, { state_key: userId });
    assert.deepEqual(whom(invite(ALICE)), [[ALICE, '.m.rule.invite_for_me']]);
    assert.deepEqual(whom(invite('@Upper:x')), [['@Upper:x', '.m.rule.invite_for_me']]);
    assert.deepEqual(whom(invite('@upper:X')), [['@Upper:x', '.m.rule.invite_for_me']], 'event_match ignores case');
  });

  test('members with rules of their own are exceptions where it comes out differently', () => {
    const evaluator = new RoomPushEvaluator(ROOM, [plain(ALICE), own('@quiet:x', muted), own('@mute:x', muted)]);
    assert.equal(evaluator.groupCount, 2);
    const { exceptions } = evaluator.evaluate(message('x'), room());
    assert.deepEqual([...exceptions.keys()], ['@quiet:x', '@mute:x']);
    assert.equal(exceptions.get('@quiet:x')!.notify, false);
    assert.equal(evaluator.evaluate(eventOf('m.reaction', {}), room()).exceptions.size, 0);
    // Room rules come after mentions.
    const mention = evaluator.evaluate(message('x', { 'm.mentions': { user_ids: ['@mute:x'] } }), room());
    assert.equal(mention.exceptions.get('@mute:x')!.ruleId, '.m.rule.is_user_mention');
  });

  test('members come, change and go', () => {
    const evaluator = new RoomPushEvaluator(ROOM);
    const named = (body: string): string[] => [...evaluator.evaluate(message(body), room()).exceptions.keys()];
    evaluator.setMember(plain(ALICE, 'Old Name'));
    assert.deepEqual(named('old name'), [ALICE]);
    evaluator.setMember(plain(ALICE, 'New Name'));
    assert.deepEqual([named('old name'), named('new name')], [[], [ALICE]]);
    evaluator.setMember(own(ALICE, muted, 'New Name'));
    assert.deepEqual(named('whatever'), [ALICE]);
    // The same again: the group must outlive its only member's change, ruleset or not.
    evaluator.setMember({ userId: ALICE, displayName: 'x', fingerprint: rulesetFingerprint(muted) });
    evaluator.setMember({ userId: BOB, fingerprint: rulesetFingerprint(muted) });
    assert.equal(evaluator.groupCount, 2);
    evaluator.removeMember(ALICE);
    evaluator.removeMember(BOB);
    evaluator.removeMember(BOB);
    assert.deepEqual([evaluator.size, evaluator.groupCount, named('new name alice')], [0, 1, []]);
    assert.throws(() => evaluator.setMember({ userId: BOB, fingerprint: rulesetFingerprint(muted) }), /not known/);
    evaluator.setMember({ userId: BOB, fingerprint: rulesetFingerprint(muted), ruleset: () => muted });
    assert.equal(evaluator.evaluateFor(BOB, { ...message('x'), sender: ALICE }, room())!.notify, false);
    assert.equal(evaluator.evaluateFor(BOB, message('x'), room()), undefined, 'their own event');
    assert.equal(evaluator.evaluateFor('@stranger:x', message('x'), room()), undefined);
  });
});

describe('the index of names', () => {
  test('finds everyone whose name occurs', () => {
    const word = fc.constantFrom('ann', 'bo', 'x1', 'жук', '😀', ' ', '-', '_', '.', 'é');
    const name = fc.array(word, { maxLength: 4 }).map((words) => words.join(''));
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 8 }),
        fc.array(fc.nat(7)),
        fc.array(fc.oneof(name, word)),
        (names, gone, text) => {
          const index = new NameIndex();
          names.forEach((folded, i) => {
            index.set(`@${i}:x`, 'zzz');
            index.set(`@${i}:x`, folded);
          });
          for (const i of gone) index.delete(`@${i}:x`);
          const body = text.join(' ');
          const found = new Set(index.candidates(body));
          names.forEach((folded, i) => {
            if (folded === '' || gone.includes(i)) assert.ok(!found.has(`@${i}:x`));
            else if (` ${body} `.includes(` ${folded} `)) assert.ok(found.has(`@${i}:x`), `${folded} in ${body}`);
          });
          assert.deepEqual([...index.candidates('zzz')], []);
        },
      ),
      { numRuns: 500 },
    );
  });
});

type Change = (rows: StoredPushRule[]) => StoredPushRule[];

describe('grouped evaluation', () => {
  const users = ['@ann:x', '@bo:x', '@cy.d:x', '@Dee:x', '@e*e:x', '@f:x'];
  const displayNames = ['Ann', 'Bo B.', 'ann', 'жук', '😀', '', null];
  const bodies = ['hello', 'ann bo', 'Bo B. and жук', '@room cake', 'e*e 😀', 'cy.d', 'cy d dee', 'exe'];
  const condition = fc.constantFrom(
    { kind: 'contains_display_name' },
    { kind: 'event_match', key: 'content.body', pattern: 'cake' },
    { kind: 'event_match', key: 'room_id', pattern: ROOM },
    { kind: 'event_match', key: 'room_id', pattern: '!other:x' },
    { kind: 'event_match', key: 'state_key', pattern: '@ann:x' },
    { kind: 'room_member_count', is: '2' },
    { kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: '@bo:x' },
    { kind: 'sender_notification_permission', key: 'room' },
  );
  const actions = fc.constantFrom<PushRule['actions'][]>(
    [],
    ['notify'],
    ['notify', { set_tweak: 'highlight' }],
    ['dont_notify'],
  );
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('override' as const, 'underride' as const),
        fc.nat(2),
        fc.array(condition, { maxLength: 2 }),
        actions,
      )
      .map(
        ([kind, id, conditions, does]) =>
          (rows: StoredPushRule[]) =>
            applyPut(rows, kind, `r${id}`, { conditions, actions: does }),
      ),
    fc.tuple(fc.constantFrom(ROOM, '!other:x'), actions).map(
      ([id, does]) =>
        (rows: StoredPushRule[]) =>
          applyPut(rows, 'room', id, { actions: does }),
    ),
    fc.tuple(fc.constantFrom(...users), actions).map(
      ([id, does]) =>
        (rows: StoredPushRule[]) =>
          applyPut(rows, 'sender', id, { actions: does }),
    ),
    fc
      .constantFrom('cake', 'b*')
      .map(
        (pattern) => (rows: StoredPushRule[]) => applyPut(rows, 'content', pattern, { pattern, actions: ['notify'] }),
      ),
    fc
      .tuple(
        fc.constantFrom(
          '.m.rule.master',
          '.m.rule.is_user_mention',
          '.m.rule.contains_display_name',
          '.m.rule.member_event',
        ),
        fc.boolean(),
      )
      .map(
        ([id, enabled]) =>
          (rows: StoredPushRule[]) =>
            setEnabled(rows, 'override', id, enabled),
      ),
    actions.map((does) => (rows: StoredPushRule[]) => setActions(rows, 'underride', '.m.rule.message', does)),
  );
  const member = fc.record({
    userId: fc.constantFrom(...users),
    displayName: fc.constantFrom(...displayNames),
    rows: fc
      .oneof(fc.constant([]), fc.array(change, { maxLength: 3 }))
      .map((changes) => changes.reduce<StoredPushRule[]>((rows, next) => next(rows), [])),
  });
  const event = fc
    .record({
      type: fc.constantFrom('m.room.message', 'm.room.message', 'm.room.member', 'm.reaction', 'm.room.encrypted'),
      sender: fc.constantFrom(...users, '@stranger:y'),
      stateKey: fc.option(fc.constantFrom(...users, '@dee:x', ''), { nil: undefined }),
      body: fc.constantFrom(...bodies),
      mentions: fc.option(fc.subarray(users), { nil: undefined }),
      mentionRoom: fc.boolean(),
    })
    .map(
      ({ type, sender, stateKey, body, mentions, mentionRoom }): EventView => ({
        type,
        sender,
        room_id: ROOM,
        ...(stateKey === undefined ? {} : { state_key: stateKey }),
        content: {
          body,
          membership: 'invite',
          ...(mentions === undefined ? {} : { 'm.mentions': { user_ids: mentions, room: mentionRoom } }),
        },
      }),
    );

  for (const legacyMentions of [true, false]) {
    test(`equals evaluating each member alone${legacyMentions ? '' : ', without legacy rules'}`, () => {
      const options = { legacyMentions };
      fc.assert(
        fc.property(
          fc.array(member, { maxLength: 10 }),
          fc.array(fc.constantFrom(...users), { maxLength: 2 }),
          fc.array(event, { minLength: 1, maxLength: 4 }),
          fc.constantFrom(2, 3),
          fc.constantFrom(0, 50),
          (members, gone, events, count, level) => {
            const evaluator = new RoomPushEvaluator(ROOM, [], options);
            const present = new Map<string, { displayName: string | null; ruleset: Ruleset }>();
            for (const { userId, displayName, rows } of members) {
              const ruleset = mergeRules(userId, rows, options);
              evaluator.setMember({ userId, displayName, fingerprint: rulesetFingerprint(ruleset), ruleset });
              present.set(userId, { displayName, ruleset });
            }
            for (const userId of gone) {
              evaluator.removeMember(userId);
              present.delete(userId);
            }
            const context = room(count, { users_default: level });
            for (const each of events) {
              const outcome = evaluator.evaluate(each, context);
              for (const userId of outcome.exceptions.keys()) {
                assert.ok(present.has(userId) && userId !== each['sender'], `${userId} must not be listed`);
                assert.ok(!sameEffect(outcome.exceptions.get(userId), outcome.default), 'an exception that is none');
              }
              for (const [userId, { displayName, ruleset }] of present) {
                if (userId === each['sender']) continue;
                const alone = evaluate(compileRuleset(ruleset), each, context, { userId, displayName });
                const grouped = outcome.exceptions.has(userId) ? outcome.exceptions.get(userId) : outcome.default;
                assert.ok(sameEffect(alone, grouped), `${userId}: ${alone?.ruleId} alone, ${grouped?.ruleId} grouped`);
                assert.ok(sameEffect(alone, evaluator.evaluateFor(userId, each, context)));
              }
            }
          },
        ),
        { numRuns: 600 },
      );
    });
  }
});
