import { localpartOf } from '../ids.ts';
import type { ConditionTemplate } from './default-rules.ts';
import type { EventFacts } from './event-facts.ts';
import { compileGlob, containsWords, foldCase } from './glob.ts';
import type { PushCondition } from './types.ts';

/** Whose rules are evaluated. */
export interface Owner {
  userId: string;
  /** Display name in the room. */
  displayName?: string | null;
}

/** Ways in which a condition can depend on who owns the rule. */
export type Personal = 'userId' | 'localpart' | 'displayName';

/** A condition ready to be tested. */
export interface CompiledCondition {
  /** Set when the result depends on the owner; without an owner such a condition does not hold. */
  personal?: Personal;
  test(facts: EventFacts, owner: Owner | undefined): boolean;
}

/** Makes a condition of a rule ready (client-server `#conditions`). Malformed and unknown ones never hold. */
export function compileCondition(condition: PushCondition): CompiledCondition {
  switch (condition.kind) {
    case 'event_match':
      return eventMatch(condition['key'], condition['pattern']);
    case 'event_property_is':
      return propertyIs(condition['key'], condition['value']);
    case 'event_property_contains':
      return propertyContains(condition['key'], condition['value']);
    case 'contains_display_name':
      return CONTAINS_DISPLAY_NAME;
    case 'room_member_count':
      return memberCount(condition['is']);
    case 'sender_notification_permission':
      return notificationPermission(condition['key']);
    default:
      return NEVER;
  }
}

/** Makes a predefined condition ready for all users at once: what is filled in for each user is looked up instead. */
export function compileTemplate(template: ConditionTemplate): CompiledCondition {
  const { own, key } = template;
  if (own === undefined || typeof key !== 'string') return compileCondition(template);
  if (own === 'localpart') return CONTAINS_LOCALPART;
  if (template.kind === 'event_match') {
    return {
      personal: 'userId',
      test: (facts, owner) => owner !== undefined && facts.folded(key) === foldCase(owner.userId),
    };
  }
  return {
    personal: 'userId',
    test: (facts, owner) => {
      const list = owner === undefined ? undefined : facts.value(key);
      return Array.isArray(list) && list.includes(owner!.userId);
    },
  };
}

const NEVER: CompiledCondition = { test: () => false };

const CONTAINS_DISPLAY_NAME: CompiledCondition = {
  personal: 'displayName',
  test: ({ body }, owner) => {
    const name = owner?.displayName;
    return body !== undefined && typeof name === 'string' && name !== '' && containsWords(body, foldCase(name));
  },
};

const CONTAINS_LOCALPART: CompiledCondition = {
  personal: 'localpart',
  test: ({ body }, owner) =>
    body !== undefined && owner !== undefined && containsWords(body, foldCase(localpartOf(owner.userId))),
};

/** `event_match`: a glob against a string property, for `content.body` against any words of it. */
export function eventMatch(key: unknown, pattern: unknown): CompiledCondition {
  if (typeof key !== 'string' || typeof pattern !== 'string') return NEVER;
  const glob = compileGlob(pattern);
  return {
    test: (facts) => {
      const text = facts.folded(key);
      return text !== undefined && (key === 'content.body' ? glob.matchesWords(text) : glob.matchesAll(text));
    },
  };
}

function propertyIs(key: unknown, wanted: unknown): CompiledCondition {
  if (typeof key !== 'string' || !isScalar(wanted)) return NEVER;
  return { test: (facts) => facts.value(key) === wanted };
}

function propertyContains(key: unknown, wanted: unknown): CompiledCondition {
  if (typeof key !== 'string' || !isScalar(wanted)) return NEVER;
  return {
    test: (facts) => {
      const list = facts.value(key);
      return Array.isArray(list) && list.includes(wanted);
    },
  };
}

/** A value that conditions compare: string, integer, boolean or null. */
export function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

const COUNT = /^(==|<=|>=|<|>)?([0-9]{1,15})$/;

/** Is this a well-formed `is` of `room_member_count`? */
export function isMemberCount(is: unknown): is is string {
  return typeof is === 'string' && COUNT.test(is);
}

function memberCount(is: unknown): CompiledCondition {
  const match = typeof is === 'string' ? COUNT.exec(is) : null;
  if (match === null) return NEVER;
  const wanted = Number(match[2]);
  const compare = COMPARISONS[match[1] ?? '=='];
  return compare === undefined ? NEVER : { test: (facts) => compare(facts.context.memberCount, wanted) };
}

const COMPARISONS: Record<string, (count: number, wanted: number) => boolean> = {
  '==': (count, wanted) => count === wanted,
  '<': (count, wanted) => count < wanted,
  '>': (count, wanted) => count > wanted,
  '<=': (count, wanted) => count <= wanted,
  '>=': (count, wanted) => count >= wanted,
};

function notificationPermission(key: unknown): CompiledCondition {
  if (typeof key !== 'string') return NEVER;
  return {
    test: ({ event, context: { powerLevels } }) =>
      typeof event['sender'] === 'string' &&
      powerLevels.userLevel(event['sender']) >= powerLevels.notificationLevel(key),
  };
}
