import type { Filter } from '../../spec/filters.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { SyncToken } from '../../streams/sync-token.ts';
import type { Viewer } from '../events/client-event.ts';

/** What a client asks of `/sync`, checked. */
export interface SyncRequest {
  userId: string;
  deviceId: string | null;
  /** Absent in an initial sync. */
  since: SyncToken | undefined;
  filter: Filter;
  fullState: boolean;
  /** State up to the end of timelines instead of up to their start (MSC4222, spec 1.16). */
  useStateAfter: boolean;
  /** What state after timelines is called, where that is not `state_after`. */
  stateAfterName?: string;
  /** How long to wait for news, in milliseconds. */
  timeoutMs: number;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** One computation of an answer: from where to where, for whom. */
export interface SyncScope {
  request: SyncRequest;
  /** Where the reader is; zeros in an initial sync. */
  since: SyncToken;
  /** Where the answer takes the reader. */
  now: SyncToken;
  /** The reader's rooms as they were when `now` was taken, perhaps with later changes. */
  rooms: ReadonlyMap<number, UserRoom>;
  ignored: ReadonlySet<string>;
  /** For whom events are written, and when. */
  viewer: Viewer;
}
