import { canonicalJson } from '../../../spec/canonical-json.ts';
import { MatrixError } from '../../../spec/errors.ts';
import { type Pdu, verifyEventSignature } from '../../../spec/events.ts';
import { isServerName } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { addSignature, signaturesOf } from '../../../spec/signing.ts';
import { hasJoinedUserOf } from '../../../storage/state/joined-server.ts';
import type { RoomActor } from '../room-actor.ts';
import type { Engine } from './engine.ts';
import type { Incoming } from './incoming.ts';
import { POLICY_KEY_ID } from './policy-servers.ts';

/** The policy server that a room names. */
interface PolicyServer {
  via: string;
  publicKey: string;
}

/** What the current state says of a policy server; its `m.room.policy` must be loaded. */
export function namedPolicyServer(actor: RoomActor): PolicyServer | undefined {
  const content = actor.state.get('m.room.policy')?.event.content;
  if (!content) return undefined;
  const { via, public_keys: keys } = content;
  const publicKey = isJsonObject(keys) ? keys['ed25519'] : undefined;
  if (typeof via !== 'string' || !isServerName(via) || typeof publicKey !== 'string') return undefined;
  return { via, publicKey };
}

/** The policy server that a room uses: named, and with a user in the room (server-server API, policy servers). */
async function policyServerOf(engine: Engine, actor: RoomActor): Promise<PolicyServer | undefined> {
  await engine.actors.loadKeys(actor, [['m.room.policy', '']]);
  const server = namedPolicyServer(actor);
  if (!server) return undefined;
  return (await hasJoinedUserOf(engine.db, actor.head.roomNid, server.via)) ? server : undefined;
}

/** Whether nobody need be asked about an event: that which names the policy server itself. */
function isExempt(event: { type: string; state_key?: string | undefined }): boolean {
  return event.type === 'm.room.policy' && event.state_key === '';
}

function isSigned(pdu: Pdu, actor: RoomActor, { via, publicKey }: PolicyServer): boolean {
  return verifyEventSignature(pdu, actor.version, via, POLICY_KEY_ID, publicKey);
}

/**
 * An event that came from elsewhere, if the room's policy server recommends it; when its signature is missing it is asked
 * for one, which is added. The event itself where the room uses none, or nobody can be asked.
 */
export async function welcome(engine: Engine, actor: RoomActor, incoming: Incoming): Promise<Incoming | undefined> {
  const { policyServers } = engine;
  const { pdu } = incoming;
  if (!policyServers || isExempt(pdu)) return incoming;
  const server = await policyServerOf(engine, actor);
  if (!server || isSigned(pdu, actor, server)) return incoming;
  const answer = await policyServers.sign(server.via, pdu as unknown as JsonObject);
  const signed = 'signature' in answer ? withSignature(pdu, server.via, answer.signature) : undefined;
  if (!signed || !isSigned(signed, actor, server)) return undefined;
  return { ...incoming, pdu: signed, json: canonicalJson(signed, 'lenient') };
}

/**
 * An event of this server with the policy server's signature, where the room uses one.
 * @throws MatrixError what the policy server says when it refuses; 502 when it cannot be asked.
 */
export async function askPolicyServer(engine: Engine, actor: RoomActor, pdu: Pdu): Promise<Pdu> {
  const { policyServers } = engine;
  if (!policyServers || isExempt(pdu)) return pdu;
  const server = await policyServerOf(engine, actor);
  if (!server) return pdu;
  const answer = await policyServers.sign(server.via, pdu as unknown as JsonObject);
  if ('refused' in answer) {
    const { status, errcode, error, extra } = answer.refused;
    throw new MatrixError(status, errcode, error, extra);
  }
  const signed = 'signature' in answer ? withSignature(pdu, server.via, answer.signature) : undefined;
  if (signed && isSigned(signed, actor, server)) return signed;
  throw new MatrixError(502, 'M_UNKNOWN', `The room's policy server ${server.via} did not sign the event.`);
}

function withSignature(pdu: Pdu, via: string, signature: string): Pdu {
  return { ...pdu, signatures: addSignature(signaturesOf(pdu), via, POLICY_KEY_ID, signature) };
}
