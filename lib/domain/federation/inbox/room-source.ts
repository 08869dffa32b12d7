import { prevEventIds } from '../../../spec/events.ts';
import type { JsonObject, JsonValue } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';
import { type CheckedPdu, checkPdus } from './check-pdus.ts';

const TIMEOUT_MS = 30_000;
const MOST_STATE_BYTES = 128 * 1024 * 1024;
const MOST_STATE_TIMEOUT_MS = 120_000;
const EVENTS_AT_ONCE = 6;
const MOST_IDS = 500_000;

/** Asks one server about a room. Every event that it gives is checked by form and signature; others are left out. */
export class RoomSource {
  readonly server: string;
  readonly #ctx: Context;
  readonly #room: Room;
  readonly #stop: AbortSignal;

  constructor(ctx: Context, room: Room, server: string, stop: AbortSignal) {
    this.#ctx = ctx;
    this.#room = room;
    this.server = server;
    this.#stop = stop;
  }

  /** Events between some that are here and newer ones; `bad` are the ids of those that cannot be used. */
  async missingEvents(query: {
    earliest: string[];
    latest: string[];
    limit: number;
  }): Promise<{ events: CheckedPdu[]; bad: Set<string> }> {
    const answer = await this.#ctx.federation.client.json(this.server, {
      method: 'POST',
      path: federationPath`/v1/get_missing_events/${this.#room.roomId}`,
      content: { earliest_events: query.earliest, latest_events: query.latest, limit: query.limit, min_depth: 0 },
      timeoutMs: TIMEOUT_MS,
      evenIfFailing: true,
      signal: this.#stop,
    });
    const checks = await checkPdus(this.#ctx, this.#room, listOf(answer['events']).slice(0, query.limit));
    return {
      events: checks.flatMap((check) => ('checked' in check ? [check.checked] : [])),
      bad: new Set(checks.flatMap((check) => ('error' in check ? (check.eventId ?? []) : []))),
    };
  }

  /** Events before some that are named, these included; nothing that lies only behind what cannot be used. */
  async backfill(from: string[], limit: number): Promise<CheckedPdu[]> {
    const path = federationPath`/v1/backfill/${this.#room.roomId}`;
    const answer = await this.#get(withQuery(path, { v: from, limit }));
    const events = await this.#good(listOf(answer['pdus']).slice(0, limit));
    const byId = new Map(events.map((one) => [one.eventId, one]));
    const reached = new Set<CheckedPdu>();
    const todo = [...from];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      const one = byId.get(id);
      if (!one || reached.has(one)) continue;
      reached.add(one);
      todo.push(...prevEventIds(one.pdu, this.#room.version));
    }
    return events.filter((one) => reached.has(one));
  }

  /** One event; undefined when the server does not have it, or gives something else. */
  async event(eventId: string): Promise<CheckedPdu | undefined> {
    try {
      const answer = await this.#get(federationPath`/v1/event/${eventId}`);
      const found = await this.#good(listOf(answer['pdus']).slice(0, 1));
      return found.find((one) => one.eventId === eventId);
    } catch (error) {
      if (error instanceof FederationError && error.isRefusal) return undefined;
      throw error;
    }
  }

  /** Several events, as far as the server has them. */
  async events(eventIds: string[]): Promise<CheckedPdu[]> {
    const found: CheckedPdu[] = [];
    for (let at = 0; at < eventIds.length; at += EVENTS_AT_ONCE) {
      const some = eventIds.slice(at, at + EVENTS_AT_ONCE);
      found.push(...(await Promise.all(some.map((id) => this.event(id)))).flatMap((one) => one ?? []));
    }
    return found;
  }

  /** Ids of the state before an event and of its auth chain. */
  async stateIds(eventId: string): Promise<{ pduIds: string[]; authChainIds: string[] }> {
    const path = federationPath`/v1/state_ids/${this.#room.roomId}`;
    const answer = await this.#get(withQuery(path, { event_id: eventId }), MOST_STATE_BYTES);
    return { pduIds: idsOf(answer['pdu_ids']), authChainIds: idsOf(answer['auth_chain_ids']) };
  }

  /** The events of the state before an event and of its auth chain. */
  async state(eventId: string): Promise<CheckedPdu[]> {
    const path = federationPath`/v1/state/${this.#room.roomId}`;
    const answer = await this.#get(withQuery(path, { event_id: eventId }), MOST_STATE_BYTES);
    return this.#good([...listOf(answer['auth_chain']), ...listOf(answer['pdus'])]);
  }

  /** The auth chain of an event. */
  async eventAuth(eventId: string): Promise<CheckedPdu[]> {
    const path = federationPath`/v1/event_auth/${this.#room.roomId}/${eventId}`;
    const answer = await this.#get(path, MOST_STATE_BYTES);
    return this.#good(listOf(answer['auth_chain']));
  }

  #get(path: string, maxBytes?: number): Promise<JsonObject> {
    return this.#ctx.federation.client.json(this.server, {
      path,
      evenIfFailing: true,
      signal: this.#stop,
      ...(maxBytes === undefined ? { timeoutMs: TIMEOUT_MS } : { timeoutMs: MOST_STATE_TIMEOUT_MS, maxBytes }),
    });
  }

  async #good(values: readonly JsonValue[]): Promise<CheckedPdu[]> {
    const checks = await checkPdus(this.#ctx, this.#room, values);
    return checks.flatMap((check) => ('checked' in check ? [check.checked] : []));
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function idsOf(value: JsonValue | undefined): string[] {
  const ids = listOf(value).filter((id) => typeof id === 'string' && !id.includes('\0'));
  return [...new Set(ids as string[])].slice(0, MOST_IDS);
}
