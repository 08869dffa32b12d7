import { PowerLevels } from '../../../lib/spec/power-levels.ts';
import {
  compileRuleset,
  type DefaultRuleOptions,
  defaultRules,
  type EventView,
  evaluate,
  type Outcome,
  type PushCondition,
  type PushContext,
  type PushRule,
  type Ruleset,
} from '../../../lib/spec/push-rules/index.ts';
import { getRoomVersion } from '../../../lib/spec/room-versions.ts';

export const ALICE = '@alice:example.org';
export const BOB = '@bob:example.org';
export const ROOM = '!room:example.org';

/** A room of so many members where Bob is an ordinary user, unless told otherwise. */
export function room(memberCount = 10, levels: object = {}, version = '11'): PushContext {
  const content = { users: {}, ...levels } as never;
  const create = { sender: '@founder:example.org', content: {} };
  return { memberCount, powerLevels: new PowerLevels({ content }, create, getRoomVersion(version)!) };
}

/** A text message by Bob. */
export function message(
  body: unknown,
  more: Record<string, unknown> = {},
  top: Record<string, unknown> = {},
): EventView {
  return {
    type: 'm.room.message',
    sender: BOB,
    room_id: ROOM,
    event_id: '$event',
    content: { msgtype: 'm.text', body, ...more },
    ...top,
  };
}

/** Another event by Bob. */
export function eventOf(type: string, content: object, top: Record<string, unknown> = {}): EventView {
  return { type, sender: BOB, room_id: ROOM, event_id: '$event', content, ...top };
}

/** The outcome for Alice, under the predefined rules or those given. */
export function forAlice(
  event: EventView,
  context: PushContext = room(),
  ruleset: Ruleset = defaultRules(ALICE),
  displayName: string | null = 'A. Liddell',
): Outcome | undefined {
  return evaluate(compileRuleset(ruleset), event, context, { userId: ALICE, displayName });
}

export function ruleOf(ruleId: string, more: Partial<PushRule>): PushRule {
  return { rule_id: ruleId, default: false, enabled: true, actions: ['notify'], ...more };
}

/** Rules of Alice with one of her own on top of the predefined ones. */
export function withRule(kind: keyof Ruleset, rule: PushRule, options?: DefaultRuleOptions): Ruleset {
  const ruleset = defaultRules(ALICE, options);
  ruleset[kind].unshift(rule);
  return ruleset;
}

/** Does a rule with this single condition match? */
export function holds(condition: PushCondition, event: EventView, context = room(), displayName?: string): boolean {
  const ruleset: Ruleset = { override: [], content: [], room: [], sender: [], underride: [] };
  ruleset.override.push(ruleOf('x', { conditions: [condition] }));
  return forAlice(event, context, ruleset, displayName ?? null) !== undefined;
}
