/** Shapes of push rules as the client-server API has them (client-server `#push-rules`). */

/** Rule kinds in the order in which they are checked. */
export const PUSH_RULE_KINDS = ['override', 'content', 'room', 'sender', 'underride'] as const;
export type PushRuleKind = (typeof PUSH_RULE_KINDS)[number];

/** `"notify"`, or a tweak such as `{"set_tweak": "sound", "value": "default"}`. */
export type PushAction = string | { set_tweak: string; value?: unknown; [key: string]: unknown };

/** A condition as it was sent; unknown kinds are kept and never match. */
export interface PushCondition {
  kind: string;
  [parameter: string]: unknown;
}

/** One rule in the form of `GET /pushrules/`. */
export interface PushRule {
  rule_id: string;
  default: boolean;
  enabled: boolean;
  actions: PushAction[];
  /** Of `override` and `underride` rules: all must hold. */
  conditions?: PushCondition[];
  /** Of `content` rules: a glob. */
  pattern?: string;
}

/** All rules of a user, most important first within each kind: the `global` of `GET /pushrules/`. */
export type Ruleset = Record<PushRuleKind, PushRule[]>;

/** A ruleset without rules. */
export function emptyRuleset(): Ruleset {
  return { override: [], content: [], room: [], sender: [], underride: [] };
}

/** Is this the name of a rule kind? */
export function isPushRuleKind(kind: string): kind is PushRuleKind {
  return (PUSH_RULE_KINDS as readonly string[]).includes(kind);
}
