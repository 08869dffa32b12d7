import { type DefaultRuleOptions, defaultRules } from './default-rules.ts';
import {
  emptyRuleset,
  PUSH_RULE_KINDS,
  type PushAction,
  type PushCondition,
  type PushRule,
  type PushRuleKind,
  type Ruleset,
} from './types.ts';

/**
 * What is kept of a user's push rules: one row for each rule of their own and one for each predefined rule they changed.
 * The key is `(kind, ruleId)`.
 */
export interface StoredPushRule {
  kind: PushRuleKind;
  /** Starts with a dot in rows that change a predefined rule. */
  ruleId: string;
  /**
   * Place among the user's own rules of the kind, each a different integer: the highest is the most important, so that a
   * new rule moves no other. Null for predefined rules, whose order is fixed.
   */
  order: number | null;
  /** Of the user's own `override` and `underride` rules. */
  conditions?: PushCondition[];
  /** Of the user's own `content` rules. */
  pattern?: string;
  /** Always there for the user's own rules; for predefined ones only when changed. */
  actions?: PushAction[];
  /** As `actions`. */
  enabled?: boolean;
}

/** Rule ids with a dot at the start belong to the server (client-server `#predefined-rules`). */
export function isPredefinedId(ruleId: string): boolean {
  return ruleId.startsWith('.');
}

/**
 * A user's whole ruleset: the predefined rules with the user's changes, and the user's own rules above them, except that
 * `.m.rule.master` stays on top (client-server `#predefined-rules`). Rows for predefined rules that are no more are
 * passed over.
 */
export function mergeRules(userId: string, rows: readonly StoredPushRule[], options: DefaultRuleOptions = {}): Ruleset {
  const predefined = defaultRules(userId, options);
  const merged = emptyRuleset();
  for (const kind of PUSH_RULE_KINDS) {
    const own = ownRules(rows, kind).map(toRule);
    const changes = new Map(
      rows.filter((row) => row.kind === kind && isPredefinedId(row.ruleId)).map((r) => [r.ruleId, r]),
    );
    for (const rule of predefined[kind]) {
      const change = changes.get(rule.rule_id);
      if (change?.actions !== undefined) rule.actions = change.actions;
      if (change?.enabled !== undefined) rule.enabled = change.enabled;
    }
    const [master, rest] =
      kind === 'override' ? [predefined[kind].slice(0, 1), predefined[kind].slice(1)] : [[], predefined[kind]];
    merged[kind] = [...master, ...own, ...rest];
  }
  return merged;
}

/** The user's own rows of a kind, most important first. */
export function ownRules(rows: readonly StoredPushRule[], kind: PushRuleKind): StoredPushRule[] {
  return rows
    .filter((row) => row.kind === kind && !isPredefinedId(row.ruleId))
    .sort((a, b) => (b.order ?? 0) - (a.order ?? 0));
}

function toRule(row: StoredPushRule): PushRule {
  const rule: PushRule = {
    rule_id: row.ruleId,
    default: false,
    enabled: row.enabled ?? true,
    actions: row.actions ?? [],
  };
  if (row.kind === 'override' || row.kind === 'underride') rule.conditions = row.conditions ?? [];
  if (row.kind === 'content') rule.pattern = row.pattern ?? '';
  return rule;
}
