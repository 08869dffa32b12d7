import { makeRelayed } from '../platform/adapters/relayed-http.ts';
import type { UnitName } from '../routing/unit-names.ts';
import type { LeaseGroup } from '../streams/replication/lease-group.ts';
import type { Membership } from '../streams/replication/membership.ts';
import type { StreamDefinition } from '../streams/stream.ts';
import type { Writers } from '../streams/writers.ts';
import { LocalAccountDataWriter } from './account-data/account-data-writer.ts';
import type { Context } from './context.ts';
import { InboxDrainer } from './federation/inbox/inbox-drainer.ts';
import { FederationSender } from './federation/sender/federation-sender.ts';
import { startJobs } from './jobs/jobs.ts';
import { LocalPresenceWriter } from './presence/presence-writer.ts';
import { LocalPushDecider } from './push/push-decider.ts';
import { LocalReceiptsWriter } from './receipts/receipts-writer.ts';
import { Activity } from './replication/activity.ts';
import { RemotePolicyServers } from './rooms/engine/policy-servers.ts';
import { EventPersister, type SlotHolder } from './rooms/event-persister.ts';
import { LocalToDeviceWriter } from './to-device/to-device-writer.ts';
import { LocalTypingWriter } from './typing/typing-writer.ts';

/** Units whose work is jobs alone, done by whoever holds the unit's lease. */
const JOB_UNITS: readonly UnitName[] = ['background', 'user-directory', 'appservice'];

/** The writers of this process, and what starts and ends with them. */
export interface LocalWriters {
  writers: Partial<Writers>;
  /** The typing stream, where its writer is here. */
  typing: StreamDefinition<'typing'> | undefined;
  /** Follows what writers need to follow; the context's hub must follow it already. The answer stops everything. */
  start(): () => Promise<void>;
}

/**
 * Makes the writers and jobs of some units in this process. Those that work by leases begin when the membership has
 * taken their shards. `ctx` is complete but for the writers themselves.
 */
export function createWriters(ctx: Context, membership: Membership, units: ReadonlySet<UnitName>): LocalWriters {
  const writers: Partial<Writers> = {};
  const starts: (() => () => Promise<void> | void)[] = [];
  let typing: StreamDefinition<'typing'> | undefined;
  const failed = (unit: UnitName) => (error: unknown) => ctx.log.error({ err: error, unit }, 'a unit could not go on');

  if (units.has('event-persister')) {
    const push = new LocalPushDecider(ctx);
    const { events, inbox } = eventPersister(ctx, membership, push);
    writers.events = events;
    starts.push(() => {
      const stopPush = push.start();
      const stopInbox = inbox.start();
      return async () => {
        await stopInbox();
        stopPush();
        await events.drain();
      };
    });
  }
  if (units.has('account-data')) {
    const accountData = new LocalAccountDataWriter(ctx);
    writers.accountData = accountData;
    starts.push(() => () => accountData.drain());
  }
  if (units.has('receipts')) {
    const receipts = new LocalReceiptsWriter(ctx);
    writers.receipts = receipts;
    starts.push(() => () => receipts.drain());
  }
  if (units.has('to-device')) writers.toDevice = new LocalToDeviceWriter(ctx);
  if (units.has('typing')) {
    const writer = new LocalTypingWriter(ctx);
    writers.typing = writer;
    typing = writer.stream;
    membership.addGroup('typing', {
      gained: (_shard, epoch) => writer.begin(epoch),
      lost: () => writer.stop(),
    });
  }
  if (units.has('presence')) {
    const writer = new LocalPresenceWriter(ctx, () => group.epochOf(0) !== undefined);
    writers.presence = writer;
    const activity = new Activity(async () => {
      await writer.start();
      return () => writer.stop();
    }, failed('presence'));
    const group = membership.addGroup('presence', hooksOf(activity));
  }
  for (const unit of JOB_UNITS) {
    if (!units.has(unit)) continue;
    const jobs = new Activity(() => startJobs(ctx, [unit]), failed(unit));
    membership.addGroup(unit, hooksOf(jobs));
  }
  // Pushers are claimed one by one: every process of the unit takes part.
  if (units.has('pusher')) starts.push(() => startJobs(ctx, ['pusher']));
  if (units.has('pusher')) membership.addGroup('pusher');
  if (units.has('background')) writers.mail = { send: (message) => ctx.mail.send(message) };
  if (units.has('federation-sender')) {
    writers.outbound = { fetch: (request) => makeRelayed(ctx.http, request) };
    const sender = new FederationSender(ctx, () => senders.held());
    const senders = membership.addGroup('federation-sender', {
      gained: () => sender.gained(),
      lost: () => void sender.lost(),
      drain: (shards) => sender.finish(shards),
    });
    if (ctx.config.federation.enabled) starts.push(() => sender.start());
  }

  return {
    writers,
    typing,
    start() {
      const stops = starts.map((start) => start());
      return async () => {
        await Promise.all(stops.map((stop) => stop()));
      };
    },
  };
}

function eventPersister(
  ctx: Context,
  membership: Membership,
  push: LocalPushDecider,
): { events: EventPersister; inbox: InboxDrainer } {
  let events: EventPersister | undefined;
  const group = membership.addGroup('event-persister', {
    gained: () => events?.slotGained(),
    lost: (slot) => events?.slotLost(slot),
    drain: async () => events?.drain(),
  });
  const inbox = new InboxDrainer(ctx, () => group.held());
  events = new EventPersister({
    db: ctx.db,
    bus: ctx.bus,
    clock: ctx.clock,
    log: ctx.log,
    signer: ctx.signer,
    slots: slotHolder(group, membership),
    push,
    policyServers: new RemotePolicyServers(ctx.federation.client),
    onBatch: (size, seconds) => {
      ctx.metrics.persistBatchSize.observe(size);
      ctx.metrics.persistBatchDuration.observe(seconds);
    },
    onInbox: (roomId) => inbox.wake(roomId),
  });
  return { events, inbox };
}

function slotHolder(group: LeaseGroup, membership: Membership): SlotHolder {
  return {
    epochOf: (slot) => group.epochOf(slot),
    held: () => group.held(),
    holds: (slot, epoch) => group.holds(slot, epoch),
    confirm: () => membership.refresh(),
  };
}

function hooksOf(activity: Activity) {
  return {
    gained: (_shard: number, epoch: number) => activity.begin(epoch),
    lost: () => void activity.end(),
    drain: () => activity.end(),
  };
}
