import { type CompiledCondition, compileCondition, compileTemplate, eventMatch, type Owner } from './conditions.ts';
import { RULE_TEMPLATES, type RuleTemplate } from './default-rules.ts';
import { EventFacts, type EventView, type PushContext } from './event-facts.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { PUSH_RULE_KINDS, type PushRule, type PushRuleKind, type Ruleset } from './types.ts';

interface CompiledRule {
  conditions: readonly NumberedCondition[];
  /** Keeps quiet when the event says itself whom it mentions. */
  legacyMention: boolean;
  outcome: Outcome;
}

/** A condition; `number` says where its result is kept while an event is evaluated, -1 for nowhere. */
interface NumberedCondition extends CompiledCondition {
  number: number;
}

/**
 * A ruleset ready for evaluation. It knows nothing of its owner: what predefined rules take from the owner's id is
 * looked up during evaluation, so that all users with equal rules share one.
 */
export interface CompiledRuleset {
  readonly rules: readonly CompiledRule[];
  /** Does a rule look for the owner's display name in the body? */
  readonly usesDisplayName: boolean;
  /** …even in events that carry `m.mentions`? */
  readonly usesDisplayNameAlways: boolean;
  /** Does a rule look for the owner's localpart in the body? */
  readonly usesLocalpart: boolean;
}

/** Compiles the enabled rules of a ruleset in the order in which they are checked (client-server `#push-rules`). */
export function compileRuleset(ruleset: Ruleset): CompiledRuleset {
  const rules: CompiledRule[] = [];
  for (const kind of PUSH_RULE_KINDS) {
    for (const rule of ruleset[kind]) if (rule.enabled) rules.push(compileRule(kind, rule));
  }
  const uses = (personal: string, always = false): boolean =>
    rules.some((rule) => !(always && rule.legacyMention) && rule.conditions.some((c) => c.personal === personal));
  return {
    rules,
    usesDisplayName: uses('displayName'),
    usesDisplayNameAlways: uses('displayName', true),
    usesLocalpart: uses('localpart'),
  };
}

/**
 * The outcome of the first rule that matches, or undefined if none does. Whether the owner sent the event is not asked
 * here; nobody is notified of their own events.
 */
export function evaluate(
  compiled: CompiledRuleset,
  event: EventView,
  context: PushContext,
  owner: Owner,
): Outcome | undefined {
  return evaluateFacts(compiled, gatherFacts(event, context), owner);
}

/** Wraps an event so that several rulesets can be evaluated on it. */
export function gatherFacts(event: EventView, context: PushContext): EventFacts {
  return new EventFacts(event, context, PREDEFINED.count);
}

/** As {@link evaluate}; without an owner for users whom the event does not concern in person. */
export function evaluateFacts(
  compiled: CompiledRuleset,
  facts: EventFacts,
  owner: Owner | undefined,
): Outcome | undefined {
  const { declaresMentions } = facts;
  for (const rule of compiled.rules) {
    if (rule.legacyMention && declaresMentions) continue;
    if (allHold(rule.conditions, facts, owner)) return rule.outcome;
  }
  return undefined;
}

function allHold(conditions: readonly NumberedCondition[], facts: EventFacts, owner: Owner | undefined): boolean {
  for (const condition of conditions) {
    const { number } = condition;
    let known = number < 0 ? 0 : facts.memo[number]!;
    if (known === 0) {
      known = condition.test(facts, owner) ? 2 : 1;
      if (number >= 0) facts.memo[number] = known;
    }
    if (known === 1) return false;
  }
  return true;
}

function compileRule(kind: PushRuleKind, rule: PushRule): CompiledRule {
  const predefined = rule.default ? PREDEFINED.rules.get(`${kind}/${rule.rule_id}`) : undefined;
  return {
    conditions: predefined?.conditions ?? conditionsOf(kind, rule).map((condition) => ({ ...condition, number: -1 })),
    legacyMention: predefined?.template.legacy ?? false,
    outcome: outcomeOf(rule.rule_id, rule.actions),
  };
}

function conditionsOf(kind: PushRuleKind, rule: PushRule): CompiledCondition[] {
  switch (kind) {
    case 'override':
    case 'underride':
      return (rule.conditions ?? []).map(compileCondition);
    case 'content':
      return [eventMatch('content.body', rule.pattern)];
    case 'room':
      return [{ test: ({ event }) => event['room_id'] === rule.rule_id }];
    case 'sender':
      return [{ test: ({ event }) => event['sender'] === rule.rule_id }];
  }
}

/**
 * The predefined rules, compiled once. Equal conditions are one and numbered, so that over all rulesets of a room each
 * is tested once for an event; what depends on the owner has no number.
 */
const PREDEFINED = compilePredefined();

function compilePredefined(): {
  rules: ReadonlyMap<string, { template: RuleTemplate; conditions: NumberedCondition[] }>;
  count: number;
} {
  const known = new Map<string, NumberedCondition>();
  let count = 0;
  const rules = new Map<string, { template: RuleTemplate; conditions: NumberedCondition[] }>();
  for (const template of RULE_TEMPLATES) {
    const conditions = template.conditions.map((source) => {
      const text = JSON.stringify(source);
      let condition = known.get(text);
      if (condition === undefined) {
        const compiled = compileTemplate(source);
        condition = { ...compiled, number: compiled.personal === undefined ? count++ : -1 };
        known.set(text, condition);
      }
      return condition;
    });
    rules.set(`${template.kind}/${template.ruleId}`, { template, conditions });
  }
  return { rules, count };
}
