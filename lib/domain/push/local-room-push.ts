import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { PowerLevels } from '../../spec/power-levels.ts';
import { type Outcome, type PushMember, RoomPushEvaluator } from '../../spec/push-rules/index.ts';
import type { NewEvent } from '../../streams/writers.ts';
import type { PushDecision, PushMembership, RoomPush } from './room-push.ts';

/** A joined local member of a room. */
export interface LocalMember {
  userId: string;
  displayName: string | null;
}

/** Where a room's members and their rules are read from. */
export interface MemberSource {
  /** A member as the evaluator wants it. */
  member(userId: string, displayName: string | null): PushMember;
  /** Those of the users who are joined local members, with their rules at hand. */
  some(userIds: string[]): Promise<LocalMember[]>;
  /** The next joined local members after a user id, in order, with their rules at hand; empty at the end. */
  next(after: string): Promise<LocalMember[]>;
}

const MEMBER_BYTES = 500;
/** Members are taken in so many at a time, so that nothing else waits for long. */
const SLICE = 500;

/**
 * One room's push rules. Of a large room only those members are in memory who have rules of their own, and those whom
 * some event has concerned: for all others an event means the same. The rest is read when a text without declared
 * mentions comes, which may name anybody.
 */
export class LocalRoomPush implements RoomPush {
  readonly #source: MemberSource;
  /** Made for the first event: a new room may have no id before. */
  #evaluator: RoomPushEvaluator | undefined;
  /** Local members who are in memory, with their display names. */
  readonly #names = new Map<string, string | null>();
  /** Users whom the source was asked for and doesn't know, or who have left. */
  readonly #absent = new Set<string>();
  #joined: number;
  #complete: boolean;
  #completing: Promise<void> | undefined;

  /** @param known.joined how many members the room has; `complete` when all local ones are among `members` */
  constructor(source: MemberSource, known: { joined: number; members: LocalMember[]; complete: boolean }) {
    this.#source = source;
    this.#joined = known.joined;
    this.#complete = known.complete;
    for (const { userId, displayName } of known.members) this.#names.set(userId, displayName);
  }

  get bytes(): number {
    return this.#names.size * MEMBER_BYTES;
  }

  prepare({ stateKey, content }: Pick<NewEvent, 'stateKey' | 'content'>): Promise<void> | undefined {
    if (this.#complete) return undefined;
    const mentions = content['m.mentions'];
    if (mentions === undefined && typeof content['body'] === 'string') {
      this.#completing ??= this.#readAll().finally(() => {
        this.#completing = undefined;
      });
      return this.#completing;
    }
    const named = stateKey?.startsWith('@') ? [stateKey] : [];
    const unknown = [...named, ...usersOf(mentions)].filter((id) => !this.#names.has(id) && !this.#absent.has(id));
    return unknown.length > 0 ? this.#readSome(unknown) : undefined;
  }

  memberChanged({ userId, membership, displayName, local, previous }: PushMembership): void {
    if (previous === 'join') this.#joined--;
    if (membership === 'join') this.#joined++;
    if (!local) return;
    if (membership === 'join') {
      this.#absent.delete(userId);
      this.#set(userId, displayName);
    } else {
      if (!this.#complete) this.#absent.add(userId);
      this.#names.delete(userId);
      this.#evaluator?.removeMember(userId);
    }
  }

  /** A member's rules have changed. */
  rulesChanged(userId: string): void {
    const name = this.#names.get(userId);
    if (name !== undefined) this.#evaluator?.setMember(this.#source.member(userId, name));
    else if (!this.#complete && !this.#absent.has(userId)) void this.#readSome([userId]).catch(() => {});
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
    const context = { memberCount: this.#joined, powerLevels: levels };
    // An invited user is not a member yet, and the rule for invites is theirs alone.
    const guest = invited !== undefined && !this.#names.has(invited) ? invited : undefined;
    if (guest) evaluator.setMember(this.#source.member(guest, null));
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

  async #readSome(userIds: string[]): Promise<void> {
    const found = await this.#source.some(userIds);
    for (const { userId, displayName } of found) this.#take(userId, displayName);
    for (const userId of userIds) if (!this.#names.has(userId)) this.#absent.add(userId);
  }

  async #readAll(): Promise<void> {
    for (let after = ''; ; ) {
      const members = await this.#source.next(after);
      if (members.length === 0) break;
      for (let i = 0; i < members.length; i++) {
        if (i > 0 && i % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
        const { userId, displayName } = members[i] as LocalMember;
        this.#take(userId, displayName);
      }
      after = (members.at(-1) as LocalMember).userId;
    }
    this.#complete = true;
    this.#absent.clear();
  }

  /** Takes in what was read, unless something newer is known. */
  #take(userId: string, displayName: string | null): void {
    if (!this.#names.has(userId) && !this.#absent.has(userId)) this.#set(userId, displayName);
  }

  #set(userId: string, displayName: string | null): void {
    this.#names.set(userId, displayName);
    this.#evaluator?.setMember(this.#source.member(userId, displayName));
  }

  #evaluatorOf(roomId: string): RoomPushEvaluator {
    if (!this.#evaluator) {
      this.#evaluator = new RoomPushEvaluator(roomId);
      for (const [userId, name] of this.#names) this.#evaluator.setMember(this.#source.member(userId, name));
    }
    return this.#evaluator;
  }
}

function usersOf(mentions: unknown): string[] {
  const users = isJsonObject(mentions) ? (mentions as JsonObject)['user_ids'] : undefined;
  return Array.isArray(users) ? users.filter((id) => typeof id === 'string') : [];
}

function levelOf(outcome: Outcome | undefined): number {
  if (!outcome?.notify) return 0;
  return outcome.highlight ? 2 : 1;
}
