import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';
import type { PreparedMembership } from './membership-template.ts';

const MiB = 1024 * 1024;

/** A large room takes its server long to put together. */
const JOIN = { timeoutMs: 180_000, maxBytes: 400 * MiB, evenIfFailing: true } as const;
const OTHERS = { evenIfFailing: true } as const;

/** Sends a join (`PUT /send_join`), by the old version where a server knows no other. @throws FederationError */
export async function sendJoin(
  ctx: Context,
  server: string,
  roomId: string,
  { event }: PreparedMembership,
): Promise<JsonObject> {
  const { eventId, pdu } = event;
  const v2 = withQuery(federationPath`/v2/send_join/${roomId}/${eventId}`, { omit_members: false });
  const v1 = federationPath`/v1/send_join/${roomId}/${eventId}`;
  return put(ctx, server, v2, v1, pdu as unknown as JsonObject, JOIN);
}

/** Sends a leave (`PUT /send_leave`). @throws FederationError */
export async function sendLeave(
  ctx: Context,
  server: string,
  roomId: string,
  { event }: PreparedMembership,
): Promise<void> {
  const { eventId, pdu } = event;
  const v2 = federationPath`/v2/send_leave/${roomId}/${eventId}`;
  await put(ctx, server, v2, federationPath`/v1/send_leave/${roomId}/${eventId}`, pdu as unknown as JsonObject, OTHERS);
}

/** Sends a knock (`PUT /send_knock`). What the server shows of the room. @throws FederationError */
export async function sendKnock(
  ctx: Context,
  server: string,
  roomId: string,
  { event }: PreparedMembership,
): Promise<JsonObject[]> {
  const path = federationPath`/v1/send_knock/${roomId}/${event.eventId}`;
  const content = event.pdu as unknown as JsonObject;
  const answer = await ctx.federation.client.json(server, { method: 'PUT', path, content, ...OTHERS });
  const shown = answer['knock_room_state'] ?? answer['knock_state_events'];
  return Array.isArray(shown) ? shown.filter(isJsonObject) : [];
}

async function put(
  ctx: Context,
  server: string,
  v2: string,
  v1: string,
  content: JsonObject,
  limits: typeof JOIN | typeof OTHERS,
): Promise<JsonObject> {
  const { client } = ctx.federation;
  try {
    return await client.json(server, { method: 'PUT', path: v2, content, ...limits });
  } catch (error) {
    if (!(error instanceof FederationError && error.isUnrecognized)) throw error;
  }
  // The old version answers with an array of a status and the object.
  const [, answer] = await client.array(server, { method: 'PUT', path: v1, content, ...limits });
  return isJsonObject(answer) ? answer : {};
}
