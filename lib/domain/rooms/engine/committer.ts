import type { Logger } from 'pino';
import type { Bus } from '../../../platform/bus.ts';
import { MatrixError } from '../../../spec/errors.ts';
import { isDataError, violatedConstraint } from '../../../storage/data-error.ts';
import type { Database } from '../../../storage/database.ts';
import type { BatchWrite } from '../../../storage/events/batch-write.ts';
import { commitBatch, FencedError } from '../../../storage/events/commit-batch.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import { Batcher } from '../../../streams/batcher.ts';
import { NotMineError } from '../../../streams/replication/not-mine.ts';
import { type BatchItem, mergeBatch } from '../merge-batch.ts';
import type { RoomActor } from '../room-actor.ts';
import type { RoomActors } from './actors.ts';
import type { SlotHolder } from './slot-holder.ts';

/** What a {@link Committer} works with. */
export interface CommitterOptions {
  db: Database;
  bus: Bus;
  log: Logger;
  slots: SlotHolder;
  actors: () => RoomActors;
  onBatch?: ((events: number, seconds: number) => void) | undefined;
}

/** There is a room with that id already. */
export class RoomIdTakenError extends MatrixError {
  constructor() {
    super(400, 'M_ROOM_IN_USE', 'There is a room with that id already.');
  }
}

type Outcome = (number | null)[] | Error;

const MOST_COMMANDS_PER_BATCH = 512;

/** Group commit: what commands of all rooms have planned is written in batches, one at a time (P3). */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #batcher: Batcher<BatchItem, (number | null)[]>;
  /** Actors whose slot another process has taken over. */
  readonly #moved = new WeakSet<RoomActor>();

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#batcher = new Batcher((items) => this.#commit(items), MOST_COMMANDS_PER_BATCH);
  }

  /**
   * Queues what a command has planned on an actor. Resolves with the position of each event, null for those without,
   * once it is committed.
   */
  add(item: BatchItem): Promise<(number | null)[]> {
    const { actor } = item;
    actor.pending++;
    return this.#batcher.add(item).finally(() => {
      actor.pending--;
      this.#options.actors().committed(actor);
    });
  }

  /** Resolves when everything added so far is committed or refused. */
  settled(): Promise<void> {
    return this.#batcher.barrier();
  }

  async #commit(items: BatchItem[]): Promise<Outcome[]> {
    const results = new Map<BatchItem, Outcome>();
    let alive = items.filter((item) => !item.actor.dead);
    while (alive.length > 0) {
      const error = await this.#write(alive, results);
      if (!error) break;
      const staying = error instanceof FencedError ? await this.#staying(alive) : [];
      // Nothing was written, so rooms of slots that are still ours are none the worse for their neighbours' going.
      if (staying.length > 0 && staying.length < alive.length) {
        alive = staying;
        continue;
      }
      const rooms = new Map<RoomActor, BatchItem[]>();
      for (const item of alive) rooms.set(item.actor, [...(rooms.get(item.actor) ?? []), item]);
      if (rooms.size > 1 && isDataError(error)) await this.#writeOneByOne(rooms, results);
      else this.#refuse(alive, error, results);
      break;
    }
    return items.map((item) => {
      if (this.#moved.has(item.actor)) return new NotMineError('event-persister', item.actor.head.slot);
      return (
        results.get(item) ??
        new MatrixError(503, 'M_UNKNOWN', 'An event before this one could not be stored; try again.')
      );
    });
  }

  /** What one room cannot write is no fault of the others: each room is tried by itself. */
  async #writeOneByOne(rooms: ReadonlyMap<RoomActor, BatchItem[]>, results: Map<BatchItem, Outcome>): Promise<void> {
    for (const items of rooms.values()) {
      const error = await this.#write(items, results);
      if (error) this.#refuse(items, error, results);
    }
  }

  async #write(items: BatchItem[], results: Map<BatchItem, Outcome>): Promise<Error | undefined> {
    let batch: BatchWrite;
    let last: number;
    const started = performance.now();
    try {
      batch = mergeBatch(items, this.#options.actors().epochs);
      last = await commitBatch(this.#options.db, batch);
    } catch (error) {
      return error as Error;
    }
    this.#options.onBatch?.(batch.events.length, (performance.now() - started) / 1_000);
    const rows: EventRow[] = [];
    let position = last - batch.places;
    for (const item of items) {
      item.actor.isNew = false;
      const positions = item.planned.map(({ row, placed }) => {
        if (!placed) return row.position;
        row.position = ++position;
        rows.push(row);
        return position;
      });
      results.set(item, positions);
    }
    this.#publish(rows, last - batch.places, last);
    return undefined;
  }

  #refuse(items: BatchItem[], error: Error, results: Map<BatchItem, Outcome>): void {
    this.#options.log.error({ err: error, commands: items.length }, 'a batch of events failed');
    const constraint = violatedConstraint(error);
    const told =
      constraint === 'room_aliases_pkey'
        ? new MatrixError(400, 'M_ROOM_IN_USE', 'The room alias is taken.')
        : constraint === 'rooms_room_id_key'
          ? new RoomIdTakenError()
          : error;
    for (const item of items) {
      this.#options.actors().kill(item.actor);
      results.set(item, told);
    }
  }

  /** After a fence has held a batch back: the items whose slots are held still. The others' actors are dead. */
  async #staying(items: BatchItem[]): Promise<BatchItem[]> {
    try {
      await this.#options.slots.confirm();
    } catch {
      return [];
    }
    const actors = this.#options.actors();
    return items.filter(({ actor }) => {
      if (this.#options.slots.holds(actor.head.slot, actors.epochs.get(actor) as number)) return true;
      actors.kill(actor);
      this.#moved.add(actor);
      return false;
    });
  }

  #publish(rows: EventRow[], from: number, to: number): void {
    if (rows.length === 0) return;
    try {
      void this.#options.bus.publish({ stream: 'events', from, to, rows });
    } catch (error) {
      // The bus is a hint: readers find the rows in the database.
      this.#options.log.warn({ err: error }, 'the bus did not take a batch of events');
    }
  }
}
