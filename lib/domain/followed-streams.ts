import { accountDataStream } from '../streams/account-data-stream.ts';
import { cachesStream } from '../streams/caches-stream.ts';
import { eventsStream } from '../streams/events-stream.ts';
import { receiptsStream } from '../streams/receipts-stream.ts';
import type { StreamDefinition } from '../streams/stream.ts';
import type { LocalWriters } from './create-writers.ts';

/** The streams that a process with every unit follows. */
export function followedStreams(writers: LocalWriters): StreamDefinition[] {
  return [eventsStream, accountDataStream, receiptsStream, cachesStream, ...writers.ownStreams] as StreamDefinition[];
}
