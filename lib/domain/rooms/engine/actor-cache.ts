import type { RoomActor } from '../room-actor.ts';

/** Hot rooms by id, the longest unused ones given up when all together take too much memory. */
export class ActorCache {
  readonly #actors = new Map<string, RoomActor>();
  readonly #most: number;
  #bytes = 0;

  /** @param most bound of the memory, in bytes; the room used last stays however large it is */
  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#actors.size;
  }

  values(): RoomActor[] {
    return [...this.#actors.values()];
  }

  /** The actor of a room, if it can take commands. It counts as used. */
  get(roomId: string): RoomActor | undefined {
    const actor = this.#actors.get(roomId);
    if (!actor || actor.dead || actor.retired) return undefined;
    this.#actors.delete(roomId);
    this.#actors.set(roomId, actor);
    return actor;
  }

  set(roomId: string, actor: RoomActor): void {
    const old = this.#actors.get(roomId);
    if (old && old !== actor) this.remove(old);
    this.#actors.set(roomId, actor);
    this.weigh(actor);
  }

  /** Notes that an actor has grown or shrunk. */
  weigh(actor: RoomActor): void {
    if (this.#actors.get(actor.head.roomId) !== actor) return;
    const { bytes } = actor;
    this.#bytes += bytes - actor.weighed;
    actor.weighed = bytes;
    if (this.#bytes > this.#most) this.#shrink(actor);
  }

  /** Takes an actor out of use. */
  remove(actor: RoomActor): void {
    actor.retired = true;
    if (this.#actors.get(actor.head.roomId) !== actor) return;
    this.#actors.delete(actor.head.roomId);
    this.#bytes -= actor.weighed;
    actor.weighed = 0;
  }

  #shrink(used: RoomActor): void {
    for (const actor of this.#actors.values()) {
      if (this.#bytes <= this.#most) return;
      if (actor !== used) this.remove(actor);
    }
  }
}
