import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MatrixError } from '../../../lib/spec/errors.ts';
import {
  applyDelete,
  applyPut,
  diffRows,
  mergeRules,
  PUSH_RULE_KINDS,
  type RulePlace,
  type StoredPushRule,
  setActions,
  setEnabled,
} from '../../../lib/spec/push-rules/index.ts';
import { ALICE } from './helpers.ts';

const put = (rows: StoredPushRule[], ruleId: string, place?: RulePlace): StoredPushRule[] =>
  applyPut(rows, 'room', ruleId, { actions: ['notify'] }, place);

/** The user's own room rules, most important first. */
const order = (rows: StoredPushRule[]): string[] => mergeRules(ALICE, rows).room.map((rule) => rule.rule_id);

const fails = (status: number, errcode: string, work: () => unknown): void => {
  assert.throws(
    work,
    (error: unknown) => error instanceof MatrixError && error.status === status && error.errcode === errcode,
  );
};

describe('putting rules', () => {
  test('a new rule is enabled and more important than those before it', () => {
    const rows = put(put([], '!a:x'), '!b:x');
    assert.deepEqual(order(rows), ['!b:x', '!a:x']);
    assert.deepEqual(mergeRules(ALICE, rows).room[0], {
      rule_id: '!b:x',
      default: false,
      enabled: true,
      actions: ['notify'],
    });
  });

  test('before makes it the next more important, after the next less important', () => {
    const rows = put(put([], '!a:x'), '!b:x');
    assert.deepEqual(order(put(rows, '!c:x', { before: '!a:x' })), ['!b:x', '!c:x', '!a:x']);
    assert.deepEqual(order(put(rows, '!c:x', { after: '!b:x' })), ['!b:x', '!c:x', '!a:x']);
    assert.deepEqual(order(put(rows, '!c:x', { before: '!b:x' })), ['!c:x', '!b:x', '!a:x']);
    assert.deepEqual(order(put(rows, '!c:x', { after: '!a:x' })), ['!b:x', '!a:x', '!c:x']);
  });

  test('before wins over after', () => {
    const rows = put(put(put([], '!a:x'), '!b:x'), '!c:x');
    const placed = put(rows, '!d:x', { before: '!a:x', after: '!c:x' });
    assert.deepEqual(order(placed), ['!c:x', '!b:x', '!d:x', '!a:x']);
  });

  test('an existing rule keeps its place and whether it is enabled, and takes the new body', () => {
    let rows = put(put([], '!a:x'), '!b:x');
    rows = setEnabled(rows, 'room', '!a:x', false);
    rows = applyPut(rows, 'room', '!a:x', { actions: ['dont_notify'] });
    assert.deepEqual(order(rows), ['!b:x', '!a:x']);
    const rule = mergeRules(ALICE, rows).room[1]!;
    assert.deepEqual([rule.enabled, rule.actions], [false, ['dont_notify']]);
    // …and moves if asked to.
    assert.deepEqual(order(put(rows, '!a:x', { before: '!b:x' })), ['!a:x', '!b:x']);
    assert.deepEqual(order(put(rows, '!b:x', { before: '!b:x' })), ['!b:x', '!a:x']);
  });

  test('the named rule has to be one’s own and of the kind', () => {
    const rows = put([], '!a:x');
    fails(400, 'M_UNKNOWN', () => put(rows, '!b:x', { before: '!nowhere:x' }));
    fails(400, 'M_UNKNOWN', () => put(rows, '!b:x', { after: '!b:x' }));
    fails(400, 'M_UNKNOWN', () => applyPut(rows, 'sender', '@b:x', { actions: [] }, { after: '!a:x' }));
    fails(400, 'M_INVALID_PARAM', () => put(rows, '!b:x', { after: '.m.rule.master' }));
  });

  test('equal ids of different kinds are different rules', () => {
    let rows = applyPut([], 'override', 'x', { actions: [], conditions: [] });
    rows = applyPut(rows, 'underride', 'x', { actions: ['notify'], conditions: [] });
    const merged = mergeRules(ALICE, rows);
    assert.deepEqual(merged.override[1]!.actions, []);
    assert.deepEqual(merged.underride[0]!.actions, ['notify']);
  });

  test('there is an end to them', () => {
    const rows = Array.from(
      { length: 10_000 },
      (_, i): StoredPushRule => ({ kind: 'room', ruleId: `!${i}:x`, order: i }),
    );
    fails(400, 'M_INVALID_PARAM', () => put(rows, '!new:x'));
    assert.equal(put(rows, '!5:x').length, 10_000);
  });

  test('orders are distinct and the list is that of a plain array', () => {
    const name = fc.integer({ min: 0, max: 5 }).map((i) => `!${i}:x`);
    const step = fc.record({ id: name, before: fc.option(name), after: fc.option(name), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let rows: StoredPushRule[] = [];
        let model: string[] = [];
        for (const { id, before, after, remove } of steps) {
          const anchor = before ?? after;
          if (remove && model.includes(id)) {
            rows = applyDelete(rows, 'room', id);
            model = model.filter((other) => other !== id);
          } else if (anchor === null || model.includes(anchor)) {
            rows = put(rows, id, { before: before ?? undefined, after: after ?? undefined });
            if (anchor === null) {
              if (!model.includes(id)) model.unshift(id);
            } else if (anchor !== id) {
              model = model.filter((other) => other !== id);
              model.splice(model.indexOf(anchor) + (before === null ? 1 : 0), 0, id);
            }
          }
          assert.deepEqual(order(rows), model);
          assert.equal(new Set(rows.map((row) => row.order)).size, rows.length);
        }
      }),
    );
  });
});

describe('deleting rules', () => {
  test('takes away one rule', () => {
    const rows = put(put([], '!a:x'), '!b:x');
    assert.deepEqual(order(applyDelete(rows, 'room', '!a:x')), ['!b:x']);
  });

  test('of others there are none', () => {
    fails(404, 'M_NOT_FOUND', () => applyDelete([], 'room', '!a:x'));
    fails(404, 'M_NOT_FOUND', () => applyDelete(put([], '!a:x'), 'sender', '!a:x'));
    const changed = setEnabled([], 'override', '.m.rule.reaction', false);
    fails(404, 'M_NOT_FOUND', () => applyDelete(changed, 'override', '.m.rule.reaction'));
  });
});

describe('enabling and actions', () => {
  test('every predefined rule can be disabled, enabled and given other actions', () => {
    const merged = mergeRules(ALICE, []);
    for (const kind of PUSH_RULE_KINDS) {
      for (const { rule_id: ruleId, actions } of merged[kind]) {
        let rows = setEnabled([], kind, ruleId, true);
        const find = () => mergeRules(ALICE, rows)[kind].find((rule) => rule.rule_id === ruleId)!;
        assert.deepEqual([find().enabled, find().actions, find().default], [true, actions, true]);
        rows = setEnabled(rows, kind, ruleId, false);
        rows = setActions(rows, kind, ruleId, ['dont_notify']);
        assert.equal(rows.length, 1);
        assert.deepEqual([find().enabled, find().actions], [false, ['dont_notify']]);
      }
    }
  });

  test('so can one’s own', () => {
    let rows = put([], '!a:x');
    rows = setActions(setEnabled(rows, 'room', '!a:x', false), 'room', '!a:x', ['coalesce']);
    const rule = mergeRules(ALICE, rows).room[0]!;
    assert.deepEqual([rule.enabled, rule.actions], [false, ['coalesce']]);
  });

  test('unknown rules are not found', () => {
    fails(404, 'M_NOT_FOUND', () => setEnabled([], 'override', '.not.a.rule', true));
    fails(404, 'M_NOT_FOUND', () => setActions([], 'override', '.not.a.rule', ['notify']));
    fails(404, 'M_NOT_FOUND', () => setActions([], 'sender', '@bob:x', ['notify']));
    fails(404, 'M_NOT_FOUND', () => setEnabled([], 'underride', '.m.rule.master', true));
    fails(404, 'M_NOT_FOUND', () => setEnabled([], 'override', '.m.rule.roomnotif', true, { legacyMentions: false }));
  });

  test('no rows are changed in place', () => {
    const rows = Object.freeze(put([], '!a:x').map((row) => Object.freeze(row)));
    setEnabled(rows, 'room', '!a:x', false);
    put([...rows], '!b:x', { before: '!a:x' });
    assert.equal(rows[0]!.enabled, true);
  });
});

describe('merging', () => {
  test('own rules stand above predefined ones, below the master alone', () => {
    let rows = applyPut([], 'override', 'mine', { actions: [], conditions: [] });
    rows = applyPut(rows, 'content', 'cake', { actions: [], pattern: 'cake' });
    const merged = mergeRules(ALICE, rows);
    assert.deepEqual(
      merged.override.slice(0, 3).map((rule) => rule.rule_id),
      ['.m.rule.master', 'mine', '.org.matrix.msc4028.encrypted_event'],
    );
    assert.deepEqual(
      merged.content.map((rule) => [rule.rule_id, rule.pattern]),
      [
        ['cake', 'cake'],
        ['.m.rule.contains_user_name', 'alice'],
      ],
    );
  });

  test('changes to predefined rules that are no more are passed over', () => {
    const rows = setEnabled([], 'override', '.m.rule.roomnotif', false);
    const merged = mergeRules(ALICE, rows, { legacyMentions: false });
    assert.deepEqual(merged, mergeRules(ALICE, [], { legacyMentions: false }));
  });
});

describe('rows to write', () => {
  test('only what changed', () => {
    const before = put(put([], '!a:x'), '!b:x');
    const placed = put(before, '!c:x', { after: '!a:x' });
    assert.deepEqual(
      diffRows(before, placed).upserts.map((row) => row.ruleId),
      ['!c:x'],
    );
    const { upserts, deletes } = diffRows(before, applyDelete(put(before, '!c:x'), 'room', '!a:x'));
    assert.deepEqual(
      upserts.map((row) => row.ruleId),
      ['!c:x'],
    );
    assert.deepEqual(deletes, [{ kind: 'room', ruleId: '!a:x' }]);
    assert.deepEqual(diffRows(before, [...before]), { upserts: [], deletes: [] });
  });
});
