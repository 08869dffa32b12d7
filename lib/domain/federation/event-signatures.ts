import { type Pdu, verifyEventSignature } from '../../spec/events.ts';
import { serverNameOf } from '../../spec/ids.ts';
import { isJsonObject } from '../../spec/json.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { ServerKeys } from './server-keys.ts';

/** What came of checking an event's signatures. */
export interface SignatureCheck {
  /** Everybody who has to sign it has. */
  valid: boolean;
  /** Servers whose signatures were found right. */
  signedBy: string[];
}

/**
 * Servers whose signatures an event needs (server-server API, "Validating hashes and signatures on received events"): that
 * of its sender, in room versions 1 and 2 that of its id, and that of the user who vouches for a restricted join.
 */
export function requiredSigners(pdu: Pdu, version: RoomVersion): string[] {
  const signers = new Set<string>();
  const add = (id: unknown) => signers.add((typeof id === 'string' ? serverNameOf(id) : undefined) ?? '');
  const { membership, third_party_invite: thirdParty, join_authorised_via_users_server: vouching } = pdu.content;
  const isMember = pdu.type === 'm.room.member';
  // Who sends an invite for somebody at another place may be of the invited user's server by now.
  if (!(isMember && membership === 'invite' && isJsonObject(thirdParty))) add(pdu.sender);
  if (version.eventIdFormat === 'domain') add(pdu.event_id);
  if (version.restricted && isMember && membership === 'join' && typeof vouching === 'string') add(vouching);
  return [...signers];
}

/**
 * Checks the signatures of well-formed events of one room version, in order, fetching keys where needed.
 * @param signers servers that have to have signed all of them; those that the events themselves demand when absent
 */
export async function checkEventSignatures(
  keys: ServerKeys,
  pdus: readonly Pdu[],
  version: RoomVersion,
  signers?: readonly string[],
): Promise<SignatureCheck[]> {
  const wanted = pdus.flatMap((pdu, index) =>
    (signers ?? requiredSigners(pdu, version)).map((serverName) => ({
      index,
      object: pdu,
      serverName,
      validAt: version.enforceKeyValidity ? pdu.origin_server_ts : 0,
    })),
  );
  const right = await keys.check(wanted, ({ object, serverName }, keyId, publicKey) =>
    verifyEventSignature(object, version, serverName, keyId, publicKey),
  );
  const checks = pdus.map((): SignatureCheck => ({ valid: true, signedBy: [] }));
  for (const [i, { index, serverName }] of wanted.entries()) {
    const check = checks[index] as SignatureCheck;
    if (right[i]) check.signedBy.push(serverName);
    else check.valid = false;
  }
  return checks;
}
