import { hash } from 'node:crypto';
import { foldCase } from './glob.ts';
import { outcomeOf } from './outcome.ts';
import { PUSH_RULE_KINDS, type PushCondition, type PushRule, type PushRuleKind, type Ruleset } from './types.ts';

/**
 * A short text that is equal for rulesets that do the same, whoever owns them: what predefined rules take from the
 * owner's id is left out, and so are rules that are disabled.
 */
export function rulesetFingerprint(ruleset: Ruleset): string {
  const parts: unknown[] = [];
  for (const kind of PUSH_RULE_KINDS) {
    for (const rule of ruleset[kind]) {
      if (!rule.enabled) continue;
      const { actions } = outcomeOf(rule.rule_id, rule.actions);
      parts.push(
        rule.default
          ? [kind, rule.rule_id, actions]
          : [kind, rule.rule_id, actions, rule.conditions ?? rule.pattern ?? null],
      );
    }
  }
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);
}

/**
 * The rules of a ruleset that can match in a room. Most users who changed anything muted other rooms; here they are like
 * everyone else.
 */
export function rulesInRoom(ruleset: Ruleset, roomId: string): Ruleset {
  const foldedRoomId = foldCase(roomId);
  const keep = (kind: PushRuleKind): PushRule[] =>
    ruleset[kind].filter((rule) => {
      if (!rule.enabled) return false;
      if (kind === 'room') return rule.rule_id === roomId;
      return rule.conditions?.every((condition) => !excludesRoom(condition, foldedRoomId)) ?? true;
    });
  return {
    override: keep('override'),
    content: keep('content'),
    room: keep('room'),
    sender: keep('sender'),
    underride: keep('underride'),
  };
}

/** Is this a condition that names another room? */
function excludesRoom({ kind, key, pattern, value }: PushCondition, foldedRoomId: string): boolean {
  if (key !== 'room_id') return false;
  if (kind === 'event_match' && typeof pattern === 'string') {
    return !/[*?]/.test(pattern) && foldCase(pattern) !== foldedRoomId;
  }
  return kind === 'event_property_is' && typeof value === 'string' && foldCase(value) !== foldedRoomId;
}
