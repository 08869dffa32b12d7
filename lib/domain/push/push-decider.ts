import type { PowerLevels } from '../../spec/power-levels.ts';
import {
  defaultRules,
  mergeRules,
  type Outcome,
  type PushMember,
  RoomPushEvaluator,
  rulesetFingerprint,
} from '../../spec/push-rules/index.ts';
import { getJoinedMembers, getJoinedRoomNids, getPushRules, type PushRulesRow } from '../../storage/push/push-rules.ts';
import type { NewEvent } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import type { PushDecider, PushDecision, RoomPush } from './room-push.ts';

const DEFAULT_FINGERPRINT = rulesetFingerprint(defaultRules('@:'));

/** Evaluates push rules in the event persister, for all local members of a room at once. */
export class LocalPushDecider implements PushDecider {
  readonly #ctx: Context;
  readonly #active = new Map<number, WeakRef<LocalRoomPush>>();
  readonly #collected = new FinalizationRegistry<number>((roomNid) => {
    if (!this.#active.get(roomNid)?.deref()) this.#active.delete(roomNid);
  });
  /** Changed rules of users whose rooms are active. */
  readonly #rules = new Map<string, PushRulesRow>();

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Follows changes of push rules; the hub must follow the push_rules stream. */
  start(): () => void {
    return this.#ctx.streams.on('push_rules', (rows) => {
      for (const row of rows) void this.#rulesChanged(row.userId);
    });
  }

  async forRoom(roomNid: number): Promise<RoomPush> {
    const members = await getJoinedMembers(this.#ctx.db, roomNid);
    const local = members.filter((m) => m.local);
    for (const row of await getPushRules(
      this.#ctx.db,
      local.map((m) => m.userId),
    ))
      this.#rules.set(row.userId, row);
    const push = this.#add(roomNid);
    for (const { userId, displayName, local: isLocal } of members)
      push.memberChanged(userId, 'join', displayName, isLocal);
    return push;
  }

  async forNewRoom(roomNid: number): Promise<RoomPush> {
    return this.#add(roomNid);
  }

  /** A member as the evaluator wants it. */
  member(userId: string, displayName: string | null): PushMember {
    const row = this.#rules.get(userId);
    if (!row) return { userId, displayName: displayName ?? undefined, fingerprint: DEFAULT_FINGERPRINT } as PushMember;
    const ruleset = mergeRules(userId, row.rules);
    return {
      userId,
      displayName: displayName ?? undefined,
      fingerprint: rulesetFingerprint(ruleset),
      ruleset,
    } as PushMember;
  }

  #add(roomNid: number): LocalRoomPush {
    const push = new LocalRoomPush(this);
    this.#active.set(roomNid, new WeakRef(push));
    this.#collected.register(push, roomNid);
    return push;
  }

  async #rulesChanged(userId: string): Promise<void> {
    try {
      const [row] = await getPushRules(this.#ctx.db, [userId]);
      if (row) this.#rules.set(userId, row);
      for (const roomNid of await getJoinedRoomNids(this.#ctx.db, userId)) {
        this.#active.get(roomNid)?.deref()?.rulesChanged(userId);
      }
    } catch (error) {
      this.#ctx.log.warn({ err: error, userId }, 'changed push rules could not be read');
    }
  }
}

class LocalRoomPush implements RoomPush {
  readonly #decider: LocalPushDecider;
  /** Made for the first event: a new room may have no id before. */
  #evaluator: RoomPushEvaluator | undefined;
  readonly #names = new Map<string, string | null>();
  readonly #remote = new Set<string>();

  constructor(decider: LocalPushDecider) {
    this.#decider = decider;
  }

  memberChanged(userId: string, membership: string, displayName: string | null, local: boolean): void {
    if (!local) {
      if (membership === 'join') this.#remote.add(userId);
      else this.#remote.delete(userId);
    } else if (membership === 'join') {
      this.#names.set(userId, displayName);
      this.#evaluator?.setMember(this.#decider.member(userId, displayName));
    } else {
      this.#names.delete(userId);
      this.#evaluator?.removeMember(userId);
    }
  }

  rulesChanged(userId: string): void {
    const name = this.#names.get(userId);
    if (name !== undefined) this.#evaluator?.setMember(this.#decider.member(userId, name));
  }

  decide(event: NewEvent & { roomId: string }, levels: PowerLevels, invited?: string): PushDecision {
    const evaluator = this.#evaluatorOf(event.roomId);
    const view = {
      type: event.type,
      sender: event.sender,
      room_id: event.roomId,
      content: event.content,
      ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    };
    const context = { memberCount: this.#names.size + this.#remote.size, powerLevels: levels };
    // An invited user is not a member yet, and the rule for invites is theirs alone.
    const guest = invited !== undefined && !this.#names.has(invited) ? invited : undefined;
    if (guest) evaluator.setMember(this.#decider.member(guest, null));
    const outcome = evaluator.evaluate(view, context);
    if (guest) evaluator.removeMember(guest);
    const usual = levelOf(outcome.default);
    const exceptions: PushDecision['exceptions'] = [];
    for (const [userId, own] of outcome.exceptions) {
      const notify = levelOf(own);
      if (notify !== usual) exceptions.push({ userId, notify });
    }
    return { notify: usual, exceptions };
  }

  #evaluatorOf(roomId: string): RoomPushEvaluator {
    if (!this.#evaluator) {
      this.#evaluator = new RoomPushEvaluator(roomId);
      for (const [userId, name] of this.#names) this.#evaluator.setMember(this.#decider.member(userId, name));
    }
    return this.#evaluator;
  }
}

function levelOf(outcome: Outcome | undefined): number {
  if (!outcome?.notify) return 0;
  return outcome.highlight ? 2 : 1;
}
