import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import type { Counts } from '../../storage/receipts/unread.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import { eventTexts } from './event-text.ts';
import type { Timeline } from './load-timelines.ts';
import { wantsThreadCounts } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

const NOTHING = '{"events":[]}';

/** What an entry of `rooms.join` or `rooms.leave` is made of, apart from its timeline and state. */
export interface EntryParts {
  ephemeral: string[] | undefined;
  accountData: string[] | undefined;
  counts: ReadonlyMap<string, Counts> | undefined;
  summary: string | undefined;
}

/** Writes the entries of an answer's rooms as JSON texts. */
export class RoomEntries {
  readonly #scope: SyncScope;
  readonly #relations: ReadonlyMap<number, JsonObject>;
  readonly #text: ReturnType<typeof eventTexts>;
  readonly #stateName: string;
  readonly #withThreads: boolean;

  /** @param relations bundled aggregations by numeric event id. */
  constructor(scope: SyncScope, relations: ReadonlyMap<number, JsonObject>) {
    this.#scope = scope;
    this.#relations = relations;
    this.#text = eventTexts(scope.request.filter, scope.viewer);
    this.#stateName = scope.request.useStateAfter ? (scope.request.stateAfterName ?? 'state_after') : 'state';
    this.#withThreads = wantsThreadCounts(scope.request.filter);
  }

  /** A room that the reader is in. Without a timeline only something beside it is new. */
  joined(timeline: Timeline | undefined, state: EventRow[], parts: EntryParts): string {
    return jsonObject({
      timeline: this.#timeline(timeline),
      [this.#stateName]: this.#state(state),
      ephemeral: parts.ephemeral ? `{"events":${jsonArray(parts.ephemeral)}}` : NOTHING,
      account_data: events(parts.accountData),
      unread_notifications: this.#unread(parts.counts),
      unread_thread_notifications: this.#withThreads ? threadCounts(parts.counts) : undefined,
      summary: parts.summary,
    });
  }

  /** A room that the reader has left. */
  left(timeline: Timeline, state: EventRow[], accountData: string[] | undefined): string {
    return jsonObject({
      timeline: this.#timeline(timeline),
      [this.#stateName]: this.#state(state),
      account_data: events(accountData),
    });
  }

  #timeline(timeline: Timeline | undefined): string {
    if (!timeline) return `{"events":[],"limited":false,"prev_batch":"s${this.#scope.now.events}"}`;
    const texts = timeline.shown.map(({ row, membership }) =>
      this.#text(row, { membership, relations: this.#relations.get(row.eventNid) }),
    );
    return `{"events":${jsonArray(texts)},"limited":${timeline.limited},"prev_batch":"${timeline.prevBatch}"}`;
  }

  #state(rows: EventRow[]): string {
    return rows.length === 0 ? NOTHING : `{"events":${jsonArray(rows.map((row) => this.#text(row)))}}`;
  }

  #unread(counts: ReadonlyMap<string, Counts> | undefined): string {
    let notify = 0;
    let highlight = 0;
    for (const [thread, count] of counts ?? []) {
      if (this.#withThreads && thread !== 'main') continue;
      notify += count.notify;
      highlight += count.highlight;
    }
    return `{"notification_count":${notify},"highlight_count":${highlight}}`;
  }
}

function events(texts: string[] | undefined): string {
  return texts ? `{"events":${jsonArray(texts)}}` : NOTHING;
}

/** A thread that is not there has nothing unread. */
function threadCounts(counts: ReadonlyMap<string, Counts> | undefined): string {
  const threads: Record<string, string> = {};
  for (const [thread, { notify, highlight }] of counts ?? []) {
    if (thread !== 'main' && notify > 0)
      threads[thread] = `{"notification_count":${notify},"highlight_count":${highlight}}`;
  }
  return jsonObject(threads);
}
