import { MatrixError } from '../../../spec/errors.ts';
import type { Pdu } from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { NewEvent, SendResult, TransactionKey } from '../../../streams/writers.ts';
import type { Prepared, RoomActor } from '../room-actor.ts';
import type { Engine } from './engine.ts';
import { takeIn } from './incoming.ts';
import { askPolicyServer, namedPolicyServer } from './policy.ts';
import type { Receiver } from './receiver.ts';

/**
 * Events of this server's users that cannot simply be put on the head: where a policy server has to sign them first, or
 * where there are more extremities than an event can name. They are made like others and then taken in like those of
 * other servers, so that the head may move on meanwhile.
 */
export class LongWay {
  readonly #engine: Engine;
  readonly #receiver: Receiver;

  constructor(engine: Engine, receiver: Receiver) {
    this.#engine = engine;
    this.#receiver = receiver;
  }

  /** Whether the room's events have to be signed by somebody else. Its `m.room.policy` must be loaded. */
  isNeeded(actor: RoomActor): boolean {
    return this.#engine.policyServers !== undefined && namedPolicyServer(actor) !== undefined;
  }

  /** Sends one event after the other. The state that they need is loaded. */
  async send(
    actor: RoomActor,
    events: NewEvent[],
    prepared: Prepared[],
    txn: TransactionKey | undefined,
  ): Promise<SendResult[]> {
    const results: SendResult[] = [];
    for (const [i, event] of events.entries()) {
      const keys = actor.keysFor(event);
      while (actor.state.missing(keys).length > 0 && !actor.dead) await this.#engine.actors.loadKeys(actor, keys);
      const draft = actor.draft(event, prepared[i] as Prepared, this.#engine.clock.now());
      if ('existing' in draft) {
        results.push({ eventId: draft.existing.eventId, position: 0, duplicate: true });
        continue;
      }
      const pdu = await askPolicyServer(this.#engine, actor, draft.pdu as Pdu);
      const incoming = takeIn(pdu as unknown as JsonObject, actor.version, actor.head.roomId);
      const result = await this.#receiver.takeOwn(actor, { incoming, ...(i === 0 && txn ? { txn } : {}) });
      if (result.status !== 'accepted') {
        throw new MatrixError(403, 'M_FORBIDDEN', result.error ?? 'The room does not allow this event any more.');
      }
      results.push({ eventId: result.eventId, position: result.position ?? 0, duplicate: result.duplicate });
    }
    return results;
  }
}
