import { LRUCache } from 'lru-cache';
import { MatrixError } from '../../../spec/errors.ts';
import {
  acknowledgePosition,
  addPosition,
  beginConnection,
  type ConnectionKey,
  getConnectionState,
  pruneConnections,
} from '../../../storage/sync/sliding-connections.ts';
import type { Context } from '../../context.ts';
import { type ConnectionState, decodeState, encodeState } from './connection-state.ts';

/** Connections that one device may have at a time. */
const MOST_CONNECTIONS = 16;
const DAY = 86_400_000;
const UNUSED_MS = 14 * DAY;
/** How often the database learns that a connection is in use. */
const NOTED_MS = 3_600_000;

interface Known {
  owner: string;
  state: ConnectionState;
  /** When the database was last told that the client has got the position; 0: never. */
  notedTs: number;
}

/**
 * What has been sent on the connections of sliding sync. It is in the database, so that any instance can go on where
 * another one ended; what is kept here cannot change and only saves reading it again.
 */
export class SlidingConnections {
  readonly #ctx: Pick<Context, 'db' | 'clock'>;
  readonly #known = new LRUCache<number, Known>({ max: 5_000 });

  constructor(ctx: Pick<Context, 'db' | 'clock'>) {
    this.#ctx = ctx;
  }

  /**
   * What had been sent at a position that the client has got. Its earlier positions end.
   * @throws MatrixError 400 M_UNKNOWN_POS when the position is not one of this connection (any more).
   */
  async at(key: ConnectionKey, positionId: number): Promise<ConnectionState> {
    const { db, clock } = this.#ctx;
    const owner = ownerOf(key);
    let known = this.#known.get(positionId);
    if (!known || known.owner !== owner) {
      const stored = await getConnectionState(db, key, positionId);
      if (!stored) throw unknownPos();
      known = { owner, state: decodeState(stored.state), notedTs: 0 };
      this.#known.set(positionId, known);
    }
    if (clock.now() - known.notedTs > NOTED_MS) {
      await acknowledgePosition(db, positionId, clock.now());
      known.notedTs = clock.now();
    }
    return known.state;
  }

  /** Begins a connection with the state that its first answer leads to. Returns the position's id. */
  async begin(key: ConnectionKey, state: ConnectionState): Promise<number> {
    const { db, clock } = this.#ctx;
    const positionId = await beginConnection(db, key, encodeState(state), clock.now(), MOST_CONNECTIONS);
    this.#known.set(positionId, { owner: ownerOf(key), state, notedTs: 0 });
    return positionId;
  }

  /**
   * Stores the state that an answer to a position leads to. Returns the new position's id.
   * @throws MatrixError 400 M_UNKNOWN_POS when the connection has ended meanwhile.
   */
  async goOn(key: ConnectionKey, from: number, state: ConnectionState): Promise<number> {
    const positionId = await addPosition(this.#ctx.db, from, encodeState(state));
    if (positionId === undefined) {
      this.#known.delete(from);
      throw unknownPos();
    }
    this.#known.set(positionId, { owner: ownerOf(key), state, notedTs: 0 });
    return positionId;
  }
}

/** Removes connections that nobody uses any more. A job of the background unit. */
export async function pruneSlidingConnections(ctx: Pick<Context, 'db' | 'clock'>): Promise<void> {
  await pruneConnections(ctx.db, ctx.clock.now() - UNUSED_MS);
}

/** 400 `M_UNKNOWN_POS`: the client has to begin anew (MSC4186, connections). */
export function unknownPos(): MatrixError {
  return new MatrixError(
    400,
    'M_UNKNOWN_POS',
    'pos is not one of this connection, or it has ended; begin without one.',
  );
}

function ownerOf({ userId, deviceId, connId }: ConnectionKey): string {
  return JSON.stringify([userId, deviceId, connId]);
}
