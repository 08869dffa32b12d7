import type { LoadClient, LoadUser } from './client.ts';

interface SyncAnswer {
  next_batch: string;
  rooms?: { join?: Record<string, { timeline?: { events?: { event_id: string; type: string }[] } }> };
}

/** Members of a room who long-poll and note what they see. */
export interface Watchers {
  /** Messages seen so far, by all of them together. */
  seen(): number;
  /** Seen more than once by the same member. */
  doubled(): number;
  /** Milliseconds from {@link Watchers.sent} to the reading of the answer that held it. */
  latencies(): number[];
  /** A message is on its way: `started` by `performance.now()`. */
  sent(eventId: string, started: number): void;
  /** Resolves when every member has seen so many messages, or after `limitMs`. */
  until(messages: number, limitMs: number): Promise<void>;
  stop(): Promise<void>;
}

const FILTER = encodeURIComponent(
  JSON.stringify({ room: { timeline: { limit: 100 }, state: { lazy_load_members: true } }, presence: { types: [] } }),
);
const POLL_MS = 20_000;

/** Lets members long-poll until they are stopped; resolves when each has its first answer. */
export async function watch(client: LoadClient, members: readonly LoadUser[], roomId: string): Promise<Watchers> {
  const starts = new Map<string, number>();
  /** Seen before its id was known to us: the answer to its sender came later. */
  const early: { eventId: string; at: number }[] = [];
  const latencies: number[] = [];
  const seenBy = members.map(() => new Set<string>());
  let seen = 0;
  let doubled = 0;
  let stopped = false;
  const sync = (member: LoadUser, since?: string, timeout = 0) => {
    const query = `timeout=${timeout}&filter=${FILTER}&set_presence=offline${since ? `&since=${since}` : ''}`;
    return client.call<SyncAnswer>('GET', `/sync?${query}`, member.token);
  };
  const note = (own: Set<string>, answer: SyncAnswer) => {
    const now = performance.now();
    for (const { type, event_id: eventId } of answer.rooms?.join?.[roomId]?.timeline?.events ?? []) {
      if (type !== 'm.room.message') continue;
      if (own.has(eventId)) doubled++;
      own.add(eventId);
      seen++;
      const started = starts.get(eventId);
      if (started === undefined) early.push({ eventId, at: now });
      else latencies.push(now - started);
    }
  };
  const poll = async (member: LoadUser, i: number, since: string) => {
    for (let from = since; !stopped; ) {
      const answer = await sync(member, from, POLL_MS);
      note(seenBy[i]!, answer);
      from = answer.next_batch;
    }
  };
  const first: string[] = [];
  for (const member of members) first.push((await sync(member)).next_batch);
  const polls = members.map((member, i) => poll(member, i, first[i]!));
  return {
    seen: () => seen,
    doubled: () => doubled,
    latencies() {
      for (const { eventId, at } of early.splice(0)) {
        const started = starts.get(eventId);
        if (started !== undefined) latencies.push(at - started);
      }
      return latencies;
    },
    sent: (eventId, started) => starts.set(eventId, started),
    async until(messages, limitMs) {
      const end = performance.now() + limitMs;
      while (seen < messages * members.length && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async stop() {
      stopped = true;
      await Promise.all(polls);
    },
  };
}
