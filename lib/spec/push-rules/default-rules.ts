import { localpartOf } from '../ids.ts';
import { emptyRuleset, type PushAction, type PushCondition, type PushRuleKind, type Ruleset } from './types.ts';

/** Which rules the server predefines besides those of the specification. */
export interface DefaultRuleOptions {
  /**
   * The rules that find mentions in `content.body` (`.m.rule.contains_display_name`, `.m.rule.roomnotif`,
   * `.m.rule.contains_user_name`). The specification dropped them in 1.17 (MSC4210); bridges and older clients still
   * mention people only so. They never match events that carry `m.mentions`. Default true.
   */
  legacyMentions?: boolean;
  /** Rules for polls, under their unstable ids (MSC3930). Default true. */
  polls?: boolean;
  /**
   * Pushes every encrypted event, so that clients can decrypt it and decide (MSC4028); switched off until a user
   * switches it on. Default true.
   */
  encryptedEvents?: boolean;
}

/** A parameter of a predefined condition that is filled in for each user. */
type OwnerField = 'userId' | 'localpart';

/** A predefined condition; `own` says which part of the owner's id becomes its `pattern` or `value`. */
export interface ConditionTemplate extends PushCondition {
  own?: OwnerField;
}

export interface RuleTemplate {
  kind: PushRuleKind;
  ruleId: string;
  enabled: boolean;
  conditions: ConditionTemplate[];
  actions: PushAction[];
  /** Set for rules that ignore events with `m.mentions`. */
  legacy?: boolean;
  option?: keyof DefaultRuleOptions;
}

const SOUND: PushAction = { set_tweak: 'sound', value: 'default' };
const RING: PushAction = { set_tweak: 'sound', value: 'ring' };
const HIGHLIGHT: PushAction = { set_tweak: 'highlight' };

const matches = (key: string, pattern: string): ConditionTemplate => ({ kind: 'event_match', key, pattern });
const ONE_TO_ONE: ConditionTemplate = { kind: 'room_member_count', is: '2' };
const MAY_NOTIFY_ROOM: ConditionTemplate = { kind: 'sender_notification_permission', key: 'room' };

function rule(
  kind: PushRuleKind,
  ruleId: string,
  conditions: ConditionTemplate[],
  actions: PushAction[],
  more: Partial<RuleTemplate> = {},
): RuleTemplate {
  return { kind, ruleId, enabled: true, conditions, actions, ...more };
}

/** Every rule the server may predefine, in order of importance (client-server `#predefined-rules`). */
export const RULE_TEMPLATES: readonly RuleTemplate[] = [
  rule('override', '.m.rule.master', [], [], { enabled: false }),
  rule(
    'override',
    '.org.matrix.msc4028.encrypted_event',
    [matches('type', 'm.room.encrypted')],
    ['notify', { set_tweak: 'org.matrix.msc4062.dont_email' }],
    { enabled: false, option: 'encryptedEvents' },
  ),
  rule('override', '.m.rule.suppress_notices', [matches('content.msgtype', 'm.notice')], []),
  rule(
    'override',
    '.m.rule.invite_for_me',
    [
      matches('type', 'm.room.member'),
      matches('content.membership', 'invite'),
      { kind: 'event_match', key: 'state_key', own: 'userId' },
    ],
    ['notify', SOUND],
  ),
  rule('override', '.m.rule.member_event', [matches('type', 'm.room.member')], []),
  rule(
    'override',
    '.m.rule.is_user_mention',
    [{ kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', own: 'userId' }],
    ['notify', SOUND, HIGHLIGHT],
  ),
  rule('override', '.m.rule.contains_display_name', [{ kind: 'contains_display_name' }], ['notify', SOUND, HIGHLIGHT], {
    legacy: true,
    option: 'legacyMentions',
  }),
  rule(
    'override',
    '.m.rule.is_room_mention',
    [{ kind: 'event_property_is', key: 'content.m\\.mentions.room', value: true }, MAY_NOTIFY_ROOM],
    ['notify', HIGHLIGHT],
  ),
  rule('override', '.m.rule.roomnotif', [matches('content.body', '@room'), MAY_NOTIFY_ROOM], ['notify', HIGHLIGHT], {
    legacy: true,
    option: 'legacyMentions',
  }),
  rule(
    'override',
    '.m.rule.tombstone',
    [matches('type', 'm.room.tombstone'), matches('state_key', '')],
    ['notify', HIGHLIGHT],
  ),
  rule('override', '.m.rule.reaction', [matches('type', 'm.reaction')], []),
  rule('override', '.m.rule.room.server_acl', [matches('type', 'm.room.server_acl'), matches('state_key', '')], []),
  rule(
    'override',
    '.org.matrix.msc3930.rule.poll_response',
    [matches('type', 'org.matrix.msc3381.poll.response')],
    [],
    {
      option: 'polls',
    },
  ),
  rule(
    'override',
    '.m.rule.suppress_edits',
    [{ kind: 'event_property_is', key: 'content.m\\.relates_to.rel_type', value: 'm.replace' }],
    [],
  ),

  rule(
    'content',
    '.m.rule.contains_user_name',
    [{ kind: 'event_match', key: 'content.body', own: 'localpart' }],
    ['notify', SOUND, HIGHLIGHT],
    { legacy: true, option: 'legacyMentions' },
  ),

  rule('underride', '.m.rule.call', [matches('type', 'm.call.invite')], ['notify', RING]),
  rule(
    'underride',
    '.m.rule.encrypted_room_one_to_one',
    [ONE_TO_ONE, matches('type', 'm.room.encrypted')],
    ['notify', SOUND],
  ),
  rule('underride', '.m.rule.room_one_to_one', [ONE_TO_ONE, matches('type', 'm.room.message')], ['notify', SOUND]),
  rule('underride', '.m.rule.message', [matches('type', 'm.room.message')], ['notify']),
  rule('underride', '.m.rule.encrypted', [matches('type', 'm.room.encrypted')], ['notify']),
  ...(['start', 'end'] as const).flatMap((phase) => {
    const ofPoll = matches('type', `org.matrix.msc3381.poll.${phase}`);
    const ruleId = `.org.matrix.msc3930.rule.poll_${phase}`;
    return [
      rule('underride', `${ruleId}_one_to_one`, [ONE_TO_ONE, ofPoll], ['notify', SOUND], { option: 'polls' as const }),
      rule('underride', ruleId, [ofPoll], ['notify'], { option: 'polls' as const }),
    ];
  }),
];

const DEFAULTS: Required<DefaultRuleOptions> = { legacyMentions: true, polls: true, encryptedEvents: true };

/** The templates that hold under the given options, in order. */
export function activeTemplates(options: DefaultRuleOptions = {}): RuleTemplate[] {
  return RULE_TEMPLATES.filter(({ option }) => option === undefined || (options[option] ?? DEFAULTS[option]));
}

/** Does the server predefine this rule? */
export function isPredefined(kind: PushRuleKind, ruleId: string, options: DefaultRuleOptions = {}): boolean {
  return activeTemplates(options).some((template) => template.kind === kind && template.ruleId === ruleId);
}

/** The predefined rules as a user sees them who has changed nothing (client-server `#predefined-rules`). */
export function defaultRules(userId: string, options: DefaultRuleOptions = {}): Ruleset {
  const ruleset = emptyRuleset();
  const owner: Record<OwnerField, string> = { userId, localpart: localpartOf(userId) };
  for (const template of activeTemplates(options)) {
    const shared = {
      rule_id: template.ruleId,
      default: true,
      enabled: template.enabled,
      actions: structuredClone(template.actions),
    };
    const conditions = template.conditions.map((condition) => fillIn(condition, owner));
    ruleset[template.kind].push(
      template.kind === 'content'
        ? { ...shared, pattern: String(conditions[0]!['pattern']) }
        : { ...shared, conditions },
    );
  }
  return ruleset;
}

function fillIn({ own, ...condition }: ConditionTemplate, owner: Record<OwnerField, string>): PushCondition {
  if (own === undefined) return condition;
  const parameter = condition.kind === 'event_match' ? 'pattern' : 'value';
  return { ...condition, [parameter]: owner[own] };
}
