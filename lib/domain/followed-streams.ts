import { accountDataStream } from '../streams/account-data-stream.ts';
import { cachesStream } from '../streams/caches-stream.ts';
import { deviceListsStream } from '../streams/device-lists-stream.ts';
import { eventsStream } from '../streams/events-stream.ts';
import { presenceStream } from '../streams/presence-stream.ts';
import { pushRulesStream } from '../streams/push-rules-stream.ts';
import { receiptsStream } from '../streams/receipts-stream.ts';
import type { StreamDefinition } from '../streams/stream.ts';
import { toDeviceStream } from '../streams/to-device-stream.ts';
import type { LocalWriters } from './create-writers.ts';

/** The streams that a process with every unit follows. */
export function followedStreams(writers: LocalWriters): StreamDefinition[] {
  return [
    eventsStream,
    accountDataStream,
    receiptsStream,
    toDeviceStream,
    deviceListsStream,
    pushRulesStream,
    presenceStream,
    cachesStream,
    ...writers.ownStreams,
  ] as StreamDefinition[];
}
