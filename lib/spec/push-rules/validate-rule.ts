import { badJson, invalidParam, type MatrixError, missingParam } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { isMemberCount, isScalar } from './conditions.ts';
import { isPushRuleKind, type PushAction, type PushCondition, type PushRuleKind } from './types.ts';

/** The part of a rule that its owner writes. */
export interface RuleBody {
  actions: PushAction[];
  conditions?: PushCondition[];
  pattern?: string;
}

/** Most actions and most conditions of one rule. */
const MAX_PARTS = 64;
/** Longest pattern, key or compared string of a rule, in UTF-16 units. */
const MAX_TEXT = 1024;
/** Longest rule id in UTF-16 units: twice what a room or user id takes. */
const MAX_RULE_ID = 512;

/**
 * Checks the body of `PUT /pushrules/global/{kind}/{ruleId}` and the two path parameters, and returns what is to be
 * stored: members that mean nothing for the kind are left out.
 *
 * @throws MatrixError 400 `M_INVALID_PARAM`, `M_MISSING_PARAM` or `M_BAD_JSON`
 */
export function validateRule(kind: string, ruleId: string, body: unknown): RuleBody & { kind: PushRuleKind } {
  const known = parseKind(kind);
  validateNewRuleId(ruleId);
  if (!isJsonObject(body)) throw badJson('A push rule must be a JSON object');
  const rule: RuleBody & { kind: PushRuleKind } = { kind: known, actions: validateActions(body['actions']) };
  if (known === 'override' || known === 'underride') rule.conditions = validateConditions(body['conditions']);
  if (known === 'content') {
    if (body['pattern'] === undefined) throw missingParam('A content rule needs a pattern');
    rule.pattern = text(body['pattern'], 'pattern');
  }
  return rule;
}

/** The rule kind of a path. @throws MatrixError 400 `M_INVALID_PARAM` */
export function parseKind(kind: string): PushRuleKind {
  if (!isPushRuleKind(kind)) throw invalidParam('There is no such kind of push rule');
  return kind;
}

function validateNewRuleId(ruleId: string): void {
  if (ruleId === '') throw invalidParam('A push rule needs an id');
  if (ruleId.startsWith('.')) throw invalidParam('Rule ids that start with a dot belong to the server');
  if (/[/\\\0]/.test(ruleId)) throw invalidParam('A rule id must not contain slashes or backslashes');
  if (ruleId.length > MAX_RULE_ID) throw invalidParam(`A rule id must not be longer than ${MAX_RULE_ID} characters`);
}

/**
 * Checks the `actions` of a rule or of `PUT …/actions` (client-server `#actions`). Historical actions are let through
 * as they are; they do nothing.
 *
 * @throws MatrixError 400
 */
export function validateActions(actions: unknown): PushAction[] {
  if (actions === undefined) throw missingParam('Actions are missing');
  return list(actions, 'actions').map((action) => {
    if (action === 'notify' || action === 'dont_notify' || action === 'coalesce') return action;
    if (isJsonObject(action) && typeof action['set_tweak'] === 'string') return action as PushAction;
    throw invalidParam('There is an action that this server does not know');
  });
}

/** Checks the body of `PUT …/enabled`. @throws MatrixError 400 */
export function validateEnabled(enabled: unknown): boolean {
  if (enabled === undefined) throw missingParam('enabled is missing');
  if (typeof enabled !== 'boolean') throw invalidParam('enabled must be true or false');
  return enabled;
}

function validateConditions(conditions: unknown): PushCondition[] {
  // A rule with no conditions matches everything.
  if (conditions === undefined) return [];
  return list(conditions, 'conditions').map((condition) => {
    if (!isJsonObject(condition)) throw invalidParam('A condition must be a JSON object');
    const kind = condition['kind'];
    if (typeof kind !== 'string') throw invalidParam('A condition needs a kind');
    const problem = parameterProblem(kind, condition);
    if (problem !== undefined) throw problem;
    return condition as PushCondition;
  });
}

/** Conditions of unknown kinds are kept, for clients that evaluate rules themselves; they never match here. */
function parameterProblem(kind: string, condition: Record<string, unknown>): MatrixError | undefined {
  switch (kind) {
    case 'event_match':
      text(condition['pattern'], 'pattern');
      text(condition['key'], 'key');
      return undefined;
    case 'event_property_is':
    case 'event_property_contains':
      text(condition['key'], 'key');
      return isScalar(condition['value'])
        ? undefined
        : invalidParam('value must be a string, integer, boolean or null');
    case 'room_member_count':
      return isMemberCount(condition['is'])
        ? undefined
        : invalidParam('is must be an integer, with ==, <, >, <= or >= before it or nothing');
    case 'sender_notification_permission':
      text(condition['key'], 'key');
      return undefined;
    default:
      return undefined;
  }
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw invalidParam(`${name} must be an array`);
  if (value.length > MAX_PARTS) throw invalidParam(`${name} must not have more than ${MAX_PARTS} entries`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidParam(`${name} must be a string`);
  if (value.length > MAX_TEXT) throw invalidParam(`${name} must not be longer than ${MAX_TEXT} characters`);
  return value;
}
