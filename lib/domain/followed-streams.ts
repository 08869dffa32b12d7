import type { UnitSpec } from '../routing/unit.ts';
import { accountDataStream } from '../streams/account-data-stream.ts';
import { cachesStream } from '../streams/caches-stream.ts';
import { deviceListsStream } from '../streams/device-lists-stream.ts';
import { eventsStream } from '../streams/events-stream.ts';
import { presenceStream } from '../streams/presence-stream.ts';
import { pushRulesStream } from '../streams/push-rules-stream.ts';
import { receiptsStream } from '../streams/receipts-stream.ts';
import type { StreamDefinition } from '../streams/stream.ts';
import { toDeviceStream } from '../streams/to-device-stream.ts';

/**
 * The streams that a process follows: those that its units declare, or all.
 * @param typing the typing stream, whose rows are in its owner's memory
 */
export function followedStreams(
  units: readonly UnitSpec[] | undefined,
  typing: StreamDefinition<'typing'>,
): StreamDefinition[] {
  const all = [
    eventsStream,
    accountDataStream,
    receiptsStream,
    toDeviceStream,
    deviceListsStream,
    pushRulesStream,
    presenceStream,
    cachesStream,
    typing,
  ] as StreamDefinition[];
  if (!units) return all;
  const wanted = new Set<string>(units.flatMap((unit) => unit.streamsFollowed));
  return all.filter(({ name }) => wanted.has(name));
}
