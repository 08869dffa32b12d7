import type { PowerLevels } from '../power-levels.ts';
import { foldCase } from './glob.ts';
import { parsePropertyPath, propertyAt } from './property-path.ts';

/** An event in the form clients see it: rules may look at any property. */
export type EventView = Readonly<Record<string, unknown>>;

/** What rules must know of the room besides the event. */
export interface PushContext {
  /** Joined members of the room. */
  memberCount: number;
  /** Power levels of the room before the event. */
  powerLevels: Pick<PowerLevels, 'userLevel' | 'notificationLevel'>;
}

const MENTIONED = ['content', 'm.mentions', 'user_ids'];
const BODY = 'content.body';

/** One event with everything the rules find out about it, each thing only once however many rulesets ask. */
export class EventFacts {
  readonly event: EventView;
  readonly context: PushContext;
  readonly #values = new Map<string, unknown>();
  readonly #folded = new Map<string, string | undefined>();
  /** Results of conditions that do not depend on the owner: 1 and 2 for false and true, by the condition's number. */
  readonly memo: Uint8Array;
  /** Does the event say whom it mentions? Then rules that guess from the body keep quiet. */
  readonly declaresMentions: boolean;

  constructor(event: EventView, context: PushContext, memoSize: number) {
    this.event = event;
    this.context = context;
    this.memo = new Uint8Array(memoSize);
    this.declaresMentions = propertyAt(event, ['content', 'm.mentions']) !== undefined;
  }

  /** The property at a dot-separated path, undefined when it is not there. */
  value(path: string): unknown {
    if (this.#values.has(path)) return this.#values.get(path);
    const value = propertyAt(this.event, parsePropertyPath(path));
    this.#values.set(path, value);
    return value;
  }

  /** The property without regard to case, undefined unless it is a string. */
  folded(path: string): string | undefined {
    if (this.#folded.has(path)) return this.#folded.get(path);
    const value = this.value(path);
    const folded = typeof value === 'string' ? foldCase(value) : undefined;
    this.#folded.set(path, folded);
    return folded;
  }

  /** `content.body` without regard to case. */
  get body(): string | undefined {
    return this.folded(BODY);
  }

  /** The users in `m.mentions`. */
  get mentionedUsers(): string[] {
    const ids = propertyAt(this.event, MENTIONED);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  }
}
