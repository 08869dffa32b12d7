/** Push rules: the predefined ones, users' changes to them, and what they make of an event. */
export { applyDelete, applyPut, diffRows, MAX_RULES, type RulePlace, setActions, setEnabled } from './change-rules.ts';
export { compileRuleset, evaluate } from './compile-ruleset.ts';
export { type DefaultRuleOptions, defaultRules, isPredefined } from './default-rules.ts';
export type { EventView, PushContext } from './event-facts.ts';
export { rulesetFingerprint, rulesInRoom } from './fingerprint.ts';
export { type Outcome, sameEffect } from './outcome.ts';
export { type PushMember, RoomPushEvaluator } from './room-push-evaluator.ts';
export { mergeRules, type StoredPushRule } from './stored-rules.ts';
export {
  PUSH_RULE_KINDS,
  type PushCondition,
  type PushRule,
  type Ruleset,
} from './types.ts';
export { parseKind, validateActions, validateEnabled, validateRule } from './validate-rule.ts';
