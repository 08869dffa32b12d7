import { defaultRules, mergeRules, type PushMember, rulesetFingerprint } from '../../spec/push-rules/index.ts';
import {
  countJoinedMembers,
  getJoinedLocalMembers,
  getJoinedLocalMembersAmong,
  getJoinedLocalMembersWithRules,
  getJoinedRoomNids,
  getPushRules,
  type PushRulesRow,
} from '../../storage/push/push-rules.ts';
import type { Context } from '../context.ts';
import { type LocalMember, LocalRoomPush, type MemberSource } from './local-room-push.ts';
import type { PushDecider, RoomPush } from './room-push.ts';

const DEFAULT_FINGERPRINT = rulesetFingerprint(defaultRules('@:'));
/** Of a room with more local members than this, only those are read at once who have rules of their own. */
const MOST_AT_ONCE = 500;
const PAGE = 2_000;

/** Evaluates push rules in the event persister, for all local members of a room at once. */
export class LocalPushDecider implements PushDecider {
  readonly #ctx: Pick<Context, 'db' | 'log' | 'streams'>;
  readonly #active = new Map<number, WeakRef<LocalRoomPush>>();
  readonly #collected = new FinalizationRegistry<number>((roomNid) => {
    if (!this.#active.get(roomNid)?.deref()) this.#active.delete(roomNid);
  });
  /** Changed rules of users whose rooms are active. */
  readonly #rules = new Map<string, PushRulesRow>();

  constructor(ctx: Pick<Context, 'db' | 'log' | 'streams'>) {
    this.#ctx = ctx;
  }

  /** Follows changes of push rules; the hub must follow the push_rules stream. */
  start(): () => void {
    return this.#ctx.streams.on('push_rules', (rows) => {
      for (const row of rows) void this.#rulesChanged(row.userId);
    });
  }

  async forRoom(roomNid: number): Promise<RoomPush> {
    const { db } = this.#ctx;
    const [joined, first] = await Promise.all([
      countJoinedMembers(db, roomNid),
      getJoinedLocalMembers(db, roomNid, '', MOST_AT_ONCE + 1),
    ]);
    const complete = first.length <= MOST_AT_ONCE;
    const members = complete ? first : await getJoinedLocalMembersWithRules(db, roomNid);
    await this.#readRules(members);
    return this.#add(roomNid, { joined, members, complete });
  }

  async forNewRoom(roomNid: number): Promise<RoomPush> {
    return this.#add(roomNid, { joined: 0, members: [], complete: true });
  }

  #add(roomNid: number, known: { joined: number; members: LocalMember[]; complete: boolean }): LocalRoomPush {
    const { db } = this.#ctx;
    const withRules = async (members: LocalMember[]) => {
      await this.#readRules(members);
      return members;
    };
    const source: MemberSource = {
      member: (userId, displayName) => this.#member(userId, displayName),
      some: async (userIds) => withRules(await getJoinedLocalMembersAmong(db, roomNid, userIds)),
      next: async (after) => withRules(await getJoinedLocalMembers(db, roomNid, after, PAGE)),
    };
    const push = new LocalRoomPush(source, known);
    this.#active.set(roomNid, new WeakRef(push));
    this.#collected.register(push, roomNid);
    return push;
  }

  #member(userId: string, displayName: string | null): PushMember {
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

  async #readRules(members: LocalMember[]): Promise<void> {
    const userIds = members.map((member) => member.userId);
    for (const row of await getPushRules(this.#ctx.db, userIds)) this.#rules.set(row.userId, row);
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
