import type { StreamDefinition, TypingRow } from '../../streams/stream.ts';
import type { TypingWriter } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { findRoom } from '../rooms/room-lookup.ts';

interface RoomTyping {
  row: TypingRow;
  /** User id → when typing ends by itself. */
  users: Map<string, NodeJS.Timeout>;
}

/** The typing writer: state in memory only (design.md §1). */
export class LocalTypingWriter implements TypingWriter {
  readonly #ctx: Context;
  readonly #rooms = new Map<number, RoomTyping>();
  /** Starts at the time of day, so that it is ahead of every token that an earlier process has given. */
  #position: number;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#position = ctx.clock.now();
  }

  /** The typing stream; its rows are in this writer's memory. */
  get stream(): StreamDefinition<'typing'> {
    return {
      name: 'typing',
      currentPosition: async () => this.#position,
      readBetween: async (_db, from, to) => ({
        rows: [...this.#rooms.values()]
          .map((room) => room.row)
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

  #publish(room: RoomTyping): void {
    const from = this.#position++;
    room.row = { ...room.row, position: this.#position, userIds: [...room.users.keys()] };
    void this.#ctx.bus.publish({ stream: 'typing', from, to: this.#position, rows: [room.row] });
  }
}
