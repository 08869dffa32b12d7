import { getCitedEvents } from '../../../storage/events/known-events.ts';
import { getEntriesOfGroup } from '../../../storage/state/groups.ts';
import type { RoomActor } from '../room-actor.ts';
import type { Engine } from './engine.ts';
import type { GroupRef } from './group-diff.ts';
import { type CitedEvent, citedOf, citedOfRow } from './known-events.ts';

/** Reads entries of a room's state at some group. */
export class StateReader {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Entries of a group by `type\0state key`: from memory where it is the room's current one, else in two queries. */
  async read(actor: RoomActor, ref: GroupRef, keys: [string, string][]): Promise<Map<string, CitedEvent>> {
    const found = new Map<string, CitedEvent>();
    while (ref.group === actor.head.stateGroup) {
      if (actor.state.missing(keys).length > 0) {
        // The head may move on meanwhile, so that this is not its group any more.
        await this.#engine.actors.loadKeys(actor, keys);
        if (actor.dead) break;
        continue;
      }
      for (const [type, stateKey] of keys) {
        const entry = actor.state.get(type, stateKey);
        if (entry) found.set(`${type}\0${stateKey}`, citedOf(entry));
      }
      return found;
    }
    const { committer, db } = this.#engine;
    await committer.settled();
    const values = new Map<string, number>();
    if (ref.base !== null) {
      for (const { type, stateKey, eventNid } of await getEntriesOfGroup(db, ref.base, keys)) {
        values.set(`${type}\0${stateKey}`, eventNid);
      }
    }
    for (const { type, stateKey, eventNid } of ref.overlay) values.set(`${type}\0${stateKey}`, eventNid);
    const wanted = keys.map(([type, stateKey]) => values.get(`${type}\0${stateKey}`) ?? 0).filter((nid) => nid !== 0);
    const events = new Map((await getCitedEvents(db, wanted)).map((row) => [row.eventNid, citedOfRow(row)]));
    for (const [type, stateKey] of keys) {
      const event = events.get(values.get(`${type}\0${stateKey}`) ?? 0);
      if (event) found.set(`${type}\0${stateKey}`, event);
    }
    return found;
  }
}
