import type { LeaseGroup } from '../streams/replication/lease-group.ts';
import type { Membership } from '../streams/replication/membership.ts';
import type { StreamDefinition } from '../streams/stream.ts';
import type { Writers } from '../streams/writers.ts';
import { LocalAccountDataWriter } from './account-data/account-data-writer.ts';
import type { Context } from './context.ts';
import { LocalPresenceWriter } from './presence/presence-writer.ts';
import { LocalPushDecider } from './push/push-decider.ts';
import { LocalReceiptsWriter } from './receipts/receipts-writer.ts';
import { EventPersister, type SlotHolder } from './rooms/event-persister.ts';
import { LocalToDeviceWriter } from './to-device/to-device-writer.ts';
import { LocalTypingWriter } from './typing/typing-writer.ts';

/** The writers of this process, and what starts and ends with them. */
export interface LocalWriters {
  writers: Writers;
  /** Streams whose definition comes from a writer, because their rows are in its memory. */
  ownStreams: StreamDefinition[];
  /** Starts timers and catch-up; the answer stops them and waits for what is under way. */
  start(): Promise<() => Promise<void>>;
}

/** Makes all writers in this process. `ctx` is complete but for the writers themselves. */
export function createWriters(ctx: Context, membership: Membership): LocalWriters {
  const push = new LocalPushDecider(ctx);
  let events: EventPersister | undefined;
  const slots = membership.addGroup('event-persister', {
    gained: () => events?.slotGained(),
    lost: (slot) => events?.slotLost(slot),
    drain: async () => events?.drain(),
  });
  events = new EventPersister({
    db: ctx.db,
    bus: ctx.bus,
    clock: ctx.clock,
    log: ctx.log,
    signer: ctx.signer,
    slots: slotHolder(slots, membership),
    push,
    onBatch: (size, seconds) => {
      ctx.metrics.persistBatchSize.observe(size);
      ctx.metrics.persistBatchDuration.observe(seconds);
    },
  });
  const persister = events;
  const accountData = new LocalAccountDataWriter(ctx);
  const receipts = new LocalReceiptsWriter(ctx);
  const typing = new LocalTypingWriter(ctx);
  const presence = new LocalPresenceWriter(ctx);
  return {
    writers: { events, accountData, receipts, typing, toDevice: new LocalToDeviceWriter(ctx), presence },
    ownStreams: [typing.stream] as StreamDefinition[],
    start: async () => {
      const stopPush = push.start();
      await presence.start();
      return async () => {
        stopPush();
        typing.stop();
        await presence.stop();
        await Promise.all([persister.drain(), accountData.drain(), receipts.drain()]);
      };
    },
  };
}

function slotHolder(group: LeaseGroup, membership: Membership): SlotHolder {
  return {
    epochOf: (slot) => group.epochOf(slot),
    held: () => group.held(),
    holds: (slot, epoch) => group.holds(slot, epoch),
    confirm: () => membership.refresh(),
  };
}
