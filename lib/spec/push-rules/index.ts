/** Push rules: the predefined ones, users' changes to them, and what they make of an event. */
export { applyDelete, applyPut, diffRows, MAX_RULES, type RulePlace, setActions, setEnabled } from './change-rules.ts';
export { type CompiledRuleset, compileRuleset, evaluate } from './compile-ruleset.ts';
export type { Owner } from './conditions.ts';
export { type DefaultRuleOptions, defaultRules, isPredefined } from './default-rules.ts';
export type { EventView, PushContext } from './event-facts.ts';
export { rulesetFingerprint, rulesInRoom } from './fingerprint.ts';
export { type Outcome, sameEffect } from './outcome.ts';
export { type PushMember, type RoomOutcome, RoomPushEvaluator } from './room-push-evaluator.ts';
export { mergeRules, type StoredPushRule } from './stored-rules.ts';
export {
  PUSH_RULE_KINDS,
  type PushAction,
  type PushCondition,
  type PushRule,
  type PushRuleKind,
  type Ruleset,
} from './types.ts';
export { parseKind, type RuleBody, validateActions, validateEnabled, validateRule } from './validate-rule.ts';
