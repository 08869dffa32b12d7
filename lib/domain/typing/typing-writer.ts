import type { StreamDefinition, TypingRow } from '../../streams/stream.ts';
import type { TypingWriter } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { findRoom } from '../rooms/room-lookup.ts';

interface RoomTyping {
  row: TypingRow;
  /** User id → when typing ends by itself. */
  users: Map<string, NodeJS.Timeout>;
}

/** Positions per epoch of the writer's lease: each owner's are above those of all owners before it. */
const EPOCH_POSITIONS = 2 ** 32;

/** Numeric id of the row that says of all rooms that nobody types there any more: the owner has changed. */
export const EVERY_ROOM = 0;

/** The typing writer: state in memory only (design.md §1). One owner at a time, by a lease. */
export class LocalTypingWriter implements TypingWriter {
  readonly #ctx: Context;
  readonly #rooms = new Map<number, RoomTyping>();
  /** Where this owner's rows begin; what an owner before knew is forgotten there. */
  #start = 0;
  #position = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Takes the stream over under an epoch. Whoever was shown as typing is told of anew or not at all. */
  begin(epoch: number): void {
    this.stop();
    const from = this.#position;
    this.#start = epoch * EPOCH_POSITIONS + 1;
    this.#position = this.#start;
    void this.#ctx.bus.publish({ stream: 'typing', from, to: this.#start, rows: [this.#reset()] });
  }

  /** The typing stream; its rows are in this writer's memory. */
  get stream(): StreamDefinition<'typing'> {
    return {
      name: 'typing',
      currentPosition: async () => this.#position,
      readBetween: async (_db, from, to) => ({
        rows: [this.#reset(), ...[...this.#rooms.values()].map((room) => room.row)]
          .filter((row) => row.position > from && row.position <= to)
          .sort((a, b) => a.position - b.position),
        to,
      }),
    };
  }

  async set({ roomId, userId, typing, timeoutMs }: Parameters<TypingWriter['set']>[0]): Promise<void> {
    const facts = await findRoom(this.#ctx, roomId);
    if (!facts) return;
    let room = this.#rooms.get(facts.roomNid);
    if (!room) {
      if (!typing) return;
      room = { row: { position: 0, roomId, roomNid: facts.roomNid, userIds: [] }, users: new Map() };
      this.#rooms.set(facts.roomNid, room);
    }
    const before = room.users.get(userId);
    clearTimeout(before);
    if (!typing) {
      if (!room.users.delete(userId)) return;
    } else {
      const end = setTimeout(() => void this.set({ roomId, userId, typing: false, timeoutMs: 0 }), timeoutMs);
      end.unref();
      room.users.set(userId, end);
      if (before) return;
    }
    this.#publish(room);
  }

  /** Forgets everybody. */
  stop(): void {
    for (const room of this.#rooms.values()) for (const timer of room.users.values()) clearTimeout(timer);
    this.#rooms.clear();
  }

  #reset(): TypingRow {
    return { position: this.#start, roomId: '', roomNid: EVERY_ROOM, userIds: [] };
  }

  #publish(room: RoomTyping): void {
    const from = this.#position++;
    room.row = { ...room.row, position: this.#position, userIds: [...room.users.keys()] };
    void this.#ctx.bus.publish({ stream: 'typing', from, to: this.#position, rows: [room.row] });
  }
}
