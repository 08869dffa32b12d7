import { MatrixError } from '../../../spec/errors.ts';
import { checkPduFormat, eventIdOf, type Pdu, roomIdOf } from '../../../spec/events.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { type RoomVersion, roomVersionOfCreate } from '../../../spec/room-versions.ts';
import type { Context } from '../../context.ts';
import { checkEventSignatures } from '../event-signatures.ts';
import { FederationError } from '../federation-error.ts';
import type { PreparedMembership } from './membership-template.ts';

/** What a server says of a room that it let somebody in. All of it is well-formed and signed by who has to. */
export interface JoinAnswer {
  /** The join, with further signatures where the room's rules want them. */
  event: JsonObject;
  state: JsonObject[];
  authChain: JsonObject[];
}

/**
 * Checks the answer to `/send_join` (server-server API, "Joining rooms"): events that are not of the room or not signed are
 * left out; a room without a create event of the version that was announced is not taken.
 * @throws FederationError
 */
export async function checkJoinAnswer(
  ctx: Context,
  server: string,
  roomId: string,
  prepared: PreparedMembership,
  answer: JsonObject,
): Promise<JoinAnswer> {
  const { version } = prepared;
  if (!Array.isArray(answer['state']) || !Array.isArray(answer['auth_chain'])) {
    throw new FederationError(server, `${server} sent no state of the room`);
  }
  const state = wellFormed(answer['state'], roomId, version);
  const authChain = wellFormed(answer['auth_chain'], roomId, version);
  const create = state.find((pdu) => pdu.type === 'm.room.create' && pdu.state_key === '');
  if (!create) throw new FederationError(server, `${server} sent a state without the room's create event`);
  if (roomVersionOfCreate(create.content) !== version) {
    throw new FederationError(server, `${server} sent a room of another version than it said`);
  }
  const event = joinEvent(server, prepared, answer['event']);
  const [own, ...checks] = await checkEventSignatures(ctx.federation.keys, [event, ...state, ...authChain], version);
  if (!own?.valid) throw new FederationError(server, `${server} did not sign the join that one of its users allows`);
  const signed = (pdus: Pdu[], from: number) =>
    pdus.filter((_, i) => checks[from + i]?.valid) as unknown as JsonObject[];
  return {
    event: event as unknown as JsonObject,
    state: signed(state, 0),
    authChain: signed(authChain, state.length),
  };
}

/** The join as the server has it: the one that was sent, perhaps with more signatures. */
function joinEvent(server: string, { version, event }: PreparedMembership, given: unknown): Pdu {
  if (!isJsonObject(given)) return event.pdu;
  try {
    const pdu = checkPduFormat(given, version);
    if (eventIdOf(pdu, version) === event.eventId) return { ...event.pdu, signatures: pdu.signatures };
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
  }
  throw new FederationError(server, `${server} made another event of the join`);
}

function wellFormed(values: readonly unknown[], roomId: string, version: RoomVersion): Pdu[] {
  return values.flatMap((value) => {
    try {
      const pdu = checkPduFormat(value as JsonObject, version);
      return roomIdOf(pdu, version) === roomId ? [pdu] : [];
    } catch (error) {
      if (error instanceof MatrixError) return [];
      throw error;
    }
  });
}
