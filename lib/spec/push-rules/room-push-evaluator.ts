import { localpartOf } from '../ids.ts';
import { type CompiledRuleset, compileRuleset, evaluateFacts, gatherFacts } from './compile-ruleset.ts';
import type { Owner } from './conditions.ts';
import { type DefaultRuleOptions, defaultRules } from './default-rules.ts';
import type { EventFacts, EventView, PushContext } from './event-facts.ts';
import { rulesetFingerprint, rulesInRoom } from './fingerprint.ts';
import { foldCase } from './glob.ts';
import { NameIndex } from './name-index.ts';
import { type Outcome, sameEffect } from './outcome.ts';
import type { Ruleset } from './types.ts';

/** A local user in the room, as rules must know them. */
export interface PushMember extends Owner {
  /** Of the user's whole ruleset, by `rulesetFingerprint`. */
  fingerprint: string;
  /** Asked for only when the fingerprint is not that of the predefined rules and new to the evaluator. */
  ruleset?: Ruleset | (() => Ruleset);
}

/** What an event means for all local members of a room. */
export interface RoomOutcome {
  /** For everyone who is not named in `exceptions`; undefined when no rule matches. */
  default: Outcome | undefined;
  /** Members for whom it is otherwise. Never the sender, whom nothing notifies. */
  exceptions: Map<string, Outcome | undefined>;
}

/** Users whose rules are equal in this room. */
interface Group {
  key: string;
  compiled: CompiledRuleset;
  members: Set<string>;
  /** Fingerprints of whole rulesets that come down to this group. */
  fingerprints: Set<string>;
}

interface Member extends Owner {
  group: Group;
}

/**
 * Evaluates push rules for all local members of a room at once (client-server `#push-rules`).
 *
 * Members with equal rules form a group, for which an event is evaluated once. Only those whom the event might concern
 * in person (mentioned, invited, named in the body) are looked at one by one, so that an event costs the number of
 * groups, of members with rules of their own and of people it names, and not the number of members.
 */
export class RoomPushEvaluator {
  readonly #roomId: string;
  readonly #members = new Map<string, Member>();
  readonly #groups = new Map<string, Group>();
  readonly #byFingerprint = new Map<string, Group>();
  readonly #default: Group;
  readonly #displayNames = new NameIndex();
  readonly #localparts = new NameIndex();
  /** Folded id to members, only for ids that folding changes. */
  readonly #unfoldedIds = new Map<string, Set<string>>();
  /** Members whose rules look for their display name even where mentions are declared. */
  #alwaysByName = 0;

  /**
   * @param defaults which rules are predefined; members whose fingerprint is that of these rules need no ruleset
   */
  constructor(roomId: string, members: Iterable<PushMember> = [], defaults: DefaultRuleOptions = {}) {
    this.#roomId = roomId;
    const predefined = defaultRules('@:', defaults);
    this.#default = this.#groupOf(rulesetFingerprint(predefined), predefined);
    for (const member of members) this.setMember(member);
  }

  /** Members known to the evaluator. */
  get size(): number {
    return this.#members.size;
  }

  /** Groups of different rules, the predefined ones included. */
  get groupCount(): number {
    return this.#groups.size;
  }

  /**
   * Adds a member, or takes over a change of display name or rules.
   * @throws Error when the ruleset is needed and not given
   */
  setMember({ userId, displayName, fingerprint, ruleset }: PushMember): void {
    const group = this.#groupOf(fingerprint, ruleset);
    this.removeMember(userId);
    group.members.add(userId);
    // Taking out the only member of the group may have dropped it.
    this.#groups.set(group.key, group);
    for (const known of group.fingerprints) this.#byFingerprint.set(known, group);
    this.#members.set(userId, { userId, displayName, group });
    const { compiled } = group;
    if (compiled.usesDisplayName && displayName) this.#displayNames.set(userId, foldCase(displayName));
    if (compiled.usesLocalpart) this.#localparts.set(userId, foldCase(localpartOf(userId)));
    if (compiled.usesDisplayNameAlways) this.#alwaysByName++;
    const folded = foldCase(userId);
    if (folded !== userId) {
      const users = this.#unfoldedIds.get(folded) ?? new Set();
      this.#unfoldedIds.set(folded, users.add(userId));
    }
  }

  /** Forgets a member; nothing happens when there is no such member. */
  removeMember(userId: string): void {
    const member = this.#members.get(userId);
    if (member === undefined) return;
    const { group } = member;
    this.#members.delete(userId);
    this.#displayNames.delete(userId);
    this.#localparts.delete(userId);
    if (group.compiled.usesDisplayNameAlways) this.#alwaysByName--;
    const folded = foldCase(userId);
    const users = this.#unfoldedIds.get(folded);
    if (users?.delete(userId) && users.size === 0) this.#unfoldedIds.delete(folded);
    group.members.delete(userId);
    if (group.members.size > 0 || group === this.#default) return;
    this.#groups.delete(group.key);
    for (const fingerprint of group.fingerprints) this.#byFingerprint.delete(fingerprint);
  }

  /** What an event means for the members. The event is not asked for its room. */
  evaluate(event: EventView, context: PushContext): RoomOutcome {
    const facts = gatherFacts(event, context);
    const { sender } = event;
    const usual = evaluateFacts(this.#default.compiled, facts, undefined);
    const exceptions = new Map<string, Outcome | undefined>();
    for (const group of this.#groups.values()) {
      if (group === this.#default) continue;
      const outcome = evaluateFacts(group.compiled, facts, undefined);
      if (sameEffect(outcome, usual)) continue;
      for (const userId of group.members) if (userId !== sender) exceptions.set(userId, outcome);
    }
    for (const userId of this.#concerned(facts)) {
      const member = this.#members.get(userId);
      if (member === undefined || userId === sender) continue;
      const outcome = evaluateFacts(member.group.compiled, facts, member);
      if (sameEffect(outcome, usual)) exceptions.delete(userId);
      else exceptions.set(userId, outcome);
    }
    return { default: usual, exceptions };
  }

  /** The outcome for one member, undefined also for the sender and for strangers. */
  evaluateFor(userId: string, event: EventView, context: PushContext): Outcome | undefined {
    const member = this.#members.get(userId);
    if (member === undefined || userId === event['sender']) return undefined;
    return evaluateFacts(member.group.compiled, gatherFacts(event, context), member);
  }

  /** Everyone for whom a condition that depends on the owner might hold. */
  #concerned(facts: EventFacts): Set<string> {
    const concerned = new Set<string>(facts.mentionedUsers);
    const stateKey = facts.folded('state_key');
    if (stateKey !== undefined) {
      concerned.add(stateKey);
      for (const userId of this.#unfoldedIds.get(stateKey) ?? []) concerned.add(userId);
    }
    const { body } = facts;
    if (body === undefined) return concerned;
    if (!facts.declaresMentions || this.#alwaysByName > 0) {
      for (const userId of this.#displayNames.candidates(body)) concerned.add(userId);
    }
    if (!facts.declaresMentions) for (const userId of this.#localparts.candidates(body)) concerned.add(userId);
    return concerned;
  }

  #groupOf(fingerprint: string, ruleset: PushMember['ruleset']): Group {
    const known = this.#byFingerprint.get(fingerprint);
    if (known !== undefined) return known;
    if (ruleset === undefined) throw new Error(`the ruleset with fingerprint ${fingerprint} is not known`);
    const whole = typeof ruleset === 'function' ? ruleset() : ruleset;
    const here = rulesInRoom(whole, this.#roomId);
    const key = rulesetFingerprint(here);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { key, compiled: compileRuleset(here), members: new Set(), fingerprints: new Set() };
      this.#groups.set(key, group);
    }
    group.fingerprints.add(fingerprint);
    this.#byFingerprint.set(fingerprint, group);
    return group;
  }
}
