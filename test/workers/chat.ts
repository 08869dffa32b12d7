import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const FILTER = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1_000 } }, presence: { types: [] } }));
const REQUEST_MS = 40_000;
const RETRY_MS = 100;

interface Member {
  name: string;
  /** Answers of `/sync`, for whoever has to find out what went wrong. */
  syncs: number;
  token: string;
  /** Ids of message events as the member's syncs showed them, by room, in order. */
  seen: Map<string, string[]>;
  since: string | undefined;
}

/** A message that the server has acknowledged. */
interface Acknowledged {
  eventId: string;
  sender: string;
  number: number;
}

/** What happened to the requests. */
export interface ChatReport {
  acknowledged: number;
  /** Requests that failed, by status or kind; their senders tried again. */
  failures: Record<string, number>;
  /** Longest time from the first try of a message to its acknowledgement, in ms. */
  slowestMs: number;
  medianMs: number;
}

/**
 * People who talk and listen all the time, as clients do: a message is sent until it is acknowledged, under one
 * transaction id; a sync that fails is repeated from the same token.
 */
export class Chat {
  readonly #url: string;
  readonly #members: Member[] = [];
  readonly #rooms: string[] = [];
  readonly #acknowledged = new Map<string, Acknowledged[]>();
  readonly #failures = new Map<string, number>();
  readonly #times: number[] = [];
  #talking = true;
  #listening = true;
  #talkers: Promise<void>[] = [];
  #listeners: Promise<void>[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  get rooms(): readonly string[] {
    return this.#rooms;
  }

  /** Makes users and rooms with all of them in. */
  async prepare(members: number, rooms: number): Promise<void> {
    for (let m = 0; m < members; m++) {
      const name = `member${m}`;
      const auth = { type: 'm.login.dummy' };
      const answer = await this.#must('POST', '/register', undefined, { username: name, password: 'secret', auth });
      this.#members.push({
        name,
        token: answer['access_token'] as string,
        seen: new Map(),
        since: undefined,
        syncs: 0,
      });
    }
    const [first, ...others] = this.#members as [Member, ...Member[]];
    for (let r = 0; r < rooms; r++) {
      const made = await this.#must('POST', '/createRoom', first, { preset: 'public_chat' });
      const roomId = made['room_id'] as string;
      for (const member of others) await this.#must('POST', `/join/${encodeURIComponent(roomId)}`, member, {});
      this.#rooms.push(roomId);
      this.#acknowledged.set(roomId, []);
    }
  }

  /** Everybody talks in every room and listens, until {@link finish}. */
  start(pauseMs = 20): void {
    for (const member of this.#members) {
      for (const room of this.#rooms) this.#talkers.push(this.#talk(member, room, pauseMs));
      const listener = this.#listen(member);
      listener.catch((error) => this.#fail(`listening: ${error.message}`));
      this.#listeners.push(listener);
    }
  }

  /** Messages acknowledged so far. */
  get count(): number {
    return [...this.#acknowledged.values()].reduce((sum, list) => sum + list.length, 0);
  }

  /** Resolves when so many more messages have been acknowledged; rejects when that takes too long. */
  async progress(more: number, withinMs: number): Promise<void> {
    const goal = this.count + more;
    const deadline = Date.now() + withinMs;
    while (this.count < goal) {
      if (Date.now() > deadline) throw new Error(`only ${this.count} of ${goal} messages after ${withinMs} ms`);
      await sleep(20);
    }
  }

  /** Ends the talk, waits until everybody has heard everything, and holds what they heard against what was said. */
  async finish(waitMs = 30_000): Promise<ChatReport> {
    this.#talking = false;
    await Promise.all(this.#talkers);
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline && !this.#allHeard()) await sleep(50);
    this.#listening = false;
    try {
      for (const room of this.#rooms) await this.#check(room);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#whoHeardWhat()}`, { cause: error });
    }
    const [first] = this.#members;
    // Wakes the last long polls, so that nothing is left over.
    for (const room of this.#rooms) await this.#send(first as Member, room, 'the end').catch(() => {});
    await Promise.all(this.#listeners);
    const times = this.#times.sort((a, b) => a - b);
    return {
      acknowledged: this.count,
      failures: Object.fromEntries(this.#failures),
      slowestMs: Math.round(times.at(-1) ?? 0),
      medianMs: Math.round(times[times.length >> 1] ?? 0),
    };
  }

  /** Ends everything without a look: something else has failed. */
  abort(): void {
    this.#talking = false;
    this.#listening = false;
  }

  #allHeard(): boolean {
    return this.#members.every((member) =>
      this.#rooms.every(
        (room) => (member.seen.get(room)?.length ?? 0) >= (this.#acknowledged.get(room) as Acknowledged[]).length,
      ),
    );
  }

  #whoHeardWhat(): string {
    const line = ({ name, syncs, since, seen }: Member) =>
      `${name}: ${syncs} syncs, now at ${since}, heard ${this.#rooms.map((room) => seen.get(room)?.length ?? 0)}`;
    const said = this.#rooms.map((room) => this.#acknowledged.get(room)?.length);
    return [`said: ${said}`, ...this.#members.map(line), JSON.stringify([...this.#failures])].join('\n');
  }

  async #check(room: string): Promise<void> {
    const said = this.#acknowledged.get(room) as Acknowledged[];
    const ids = said.map((one) => one.eventId);
    assert.equal(new Set(ids).size, ids.length, `${room}: two messages were given one event id`);
    const history = await this.#history(room);
    assert.equal(new Set(history).size, history.length, `${room}: the history has an event twice`);
    const stored = new Set(history);
    assert.equal(
      ids.find((id) => !stored.has(id)),
      undefined,
      `${room}: acknowledged and not in the history`,
    );
    assert.equal(history.length, ids.length, `${room}: the history has messages that were stored twice`);
    for (const member of this.#members) {
      const seen = member.seen.get(room) ?? [];
      const wrong = history.findIndex((id, i) => seen[i] !== id);
      const about = `${room}: ${member.name} saw ${seen.length} of ${history.length}, different from ${wrong} on`;
      assert.ok(wrong < 0 && seen.length === history.length, about);
    }
    const place = new Map(history.map((id, i) => [id, i]));
    for (const [sender, own] of Map.groupBy(said, (one) => one.sender)) {
      const places = own.sort((a, b) => a.number - b.number).map((one) => place.get(one.eventId) as number);
      const late = places.findIndex((place, i) => i > 0 && place < (places[i - 1] as number));
      assert.equal(late, -1, `${room}: ${sender}'s messages are in another order`);
    }
  }

  /** Ids of all messages of a room, the oldest first. */
  async #history(room: string): Promise<string[]> {
    return this.#between(this.#members[0] as Member, room, '', undefined);
  }

  async #talk(member: Member, room: string, pauseMs: number): Promise<void> {
    for (let number = 0; this.#talking; number++) {
      const started = performance.now();
      const eventId = await this.#send(member, room, `${number}`);
      this.#times.push(performance.now() - started);
      this.#acknowledged.get(room)?.push({ eventId, sender: member.name, number });
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }

  async #send(member: Member, room: string, text: string): Promise<string> {
    const ending = !this.#listening;
    const path = `/rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(`${room} ${text}`)}`;
    for (;;) {
      const answer = await this.#request('PUT', path, member, { msgtype: 'm.text', body: text });
      if (answer) return answer['event_id'] as string;
      if (!ending && !this.#listening) return '';
      await sleep(RETRY_MS);
    }
  }

  async #listen(member: Member): Promise<void> {
    while (this.#listening) {
      const since = member.since === undefined ? '' : `&since=${member.since}`;
      const answer = await this.#request('GET', `/sync?timeout=5000&filter=${FILTER}${since}`, member);
      if (!answer) {
        await sleep(RETRY_MS);
        continue;
      }
      member.since = answer['next_batch'] as string;
      member.syncs++;
      const joined = (answer['rooms'] as { join?: Record<string, Joined> } | undefined)?.join ?? {};
      for (const [room, { timeline }] of Object.entries(joined)) {
        const seen = member.seen.get(room) ?? [];
        // What a sync has left out is read from the history, as clients do.
        if (timeline.limited && since)
          seen.push(...(await this.#between(member, room, timeline.prev_batch, seen.at(-1))));
        member.seen.set(room, seen);
        seen.push(...messagesOf(timeline.events));
      }
    }
  }

  /** Ids of messages before a place of the history, back to one that is known; the oldest first. @param from empty: the end */
  async #between(member: Member, room: string, from: string, known: string | undefined): Promise<string[]> {
    const ids: string[] = [];
    for (let at: string | undefined = from; at !== undefined; ) {
      const path: string = `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=100${at && `&from=${at}`}`;
      const page: Record<string, unknown> = await this.#must('GET', path, member);
      for (const id of messagesOf(page['chunk'] as RoomEvent[])) {
        if (id === known) return ids.reverse();
        ids.push(id);
      }
      at = page['end'] as string | undefined;
    }
    return ids.reverse();
  }

  async #must(method: string, path: string, member?: Member, body?: unknown): Promise<Record<string, unknown>> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#request(method, path, member, body);
      if (answer) return answer;
      if (attempt === 50) throw new Error(`${method} ${path} fails again and again`);
      await sleep(RETRY_MS);
    }
  }

  /** The answer's body; undefined for a failure that a client would try again after. */
  async #request(method: string, path: string, member?: Member, body?: unknown) {
    try {
      const response = await fetch(`${this.#url}/_matrix/client/v3${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(member ? { authorization: `Bearer ${member.token}` } : {}) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      if (response.status === 200) return answer;
      this.#fail(`${response.status} ${answer['errcode'] ?? ''}`.trim());
      if (response.status < 500) throw new Refused(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    } catch (error) {
      if (error instanceof Refused) throw error;
      this.#fail((error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name);
    }
    return undefined;
  }

  #fail(kind: string): void {
    this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + 1);
  }
}

/** An answer that no client would try again after. */
class Refused extends Error {}

interface Joined {
  timeline: { limited?: boolean; prev_batch: string; events: RoomEvent[] };
}

interface RoomEvent {
  type: string;
  event_id: string;
  content: { body?: string };
}

function messagesOf(events: RoomEvent[]): string[] {
  return events
    .filter((event) => event.type === 'm.room.message' && event.content.body !== 'the end')
    .map((event) => event.event_id);
}
