import { forbidden } from '../../spec/errors.ts';
import { isUserId } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { isSignedByThirdPartyInvite } from '../../spec/third-party-invite.ts';
import { hasJoinedUserOf } from '../../storage/state/joined-server.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { exchangeThreepidInvite } from '../federation/remote/exchange-invite.ts';
import { isLocal, memberProfile } from '../profiles/profile.ts';
import { checkInvitePermission } from '../rooms/invite-permission.ts';
import { sendInvite } from '../rooms/member-event.ts';
import { currentStateEvent, findRoom, membershipOf } from '../rooms/room-lookup.ts';
import { askIdentityServer } from './identity-server.ts';

const TYPE = 'm.room.third_party_invite';
const MOST_INVITES = 100;

/**
 * Makes an invite of what an identity server has signed: that a user has the identifier that was invited
 * (server-server API, "Third-party invites"). Nothing happens for a room that this server is not in.
 * @throws MatrixError 403 M_FORBIDDEN when it is not signed, not for that user, or the key is no longer valid.
 */
export async function acceptThreepidInvite(
  ctx: Context,
  roomId: string,
  userId: string,
  signed: JsonObject,
): Promise<void> {
  const room = await findRoom(ctx, roomId);
  if (!room) return;
  const membership = await membershipOf(ctx, room.roomNid, userId);
  if (membership === 'join' || membership === 'invite') return;
  const { mxid, token } = signed;
  if (mxid !== userId) throw forbidden('The third-party invite is for another user.');
  const row = typeof token === 'string' ? await currentStateEvent(ctx, room.roomNid, TYPE, token) : undefined;
  if (!row) throw forbidden('The room has no such third-party invite.');
  const { content } = visiblePdu(row);
  await checkSignature(ctx, signed, content as JsonObject);
  if (!isLocal(ctx, row.sender)) throw forbidden('The third-party invite has to be accepted at the inviter’s server.');
  await checkInvitePermission(ctx, userId);
  const profile = isLocal(ctx, userId) ? await memberProfile(ctx, userId) : {};
  const displayName = content['display_name'];
  await sendInvite(ctx, room, {
    sender: row.sender,
    userId,
    content: {
      ...profile,
      membership: 'invite',
      third_party_invite: { display_name: typeof displayName === 'string' ? displayName : '', signed },
    },
  });
}

/**
 * Takes in that an identifier was bound: whoever was invited by it is invited now. What does not check holds up none of
 * the others.
 * @param body of `PUT /3pid/onbind`, which anybody can send.
 * @throws MatrixError what the last invite failed with that was not accepted
 */
export async function onThreepidBound(ctx: Context, body: JsonObject): Promise<void> {
  let failure: unknown;
  const invites = Array.isArray(body['invites']) ? body['invites'].slice(0, MOST_INVITES) : [];
  for (const invite of invites) {
    if (!isJsonObject(invite)) continue;
    const { room_id: roomId, mxid, signed, sender } = invite;
    if (typeof roomId !== 'string' || typeof mxid !== 'string' || !isUserId(mxid) || !isJsonObject(signed)) continue;
    try {
      const room = await findRoom(ctx, roomId);
      const isHere = room && (await hasJoinedUserOf(ctx.db, room.roomNid, ctx.serverName));
      if (isHere && isLocal(ctx, isUserId(sender) ? sender : mxid))
        await acceptThreepidInvite(ctx, roomId, mxid, signed);
      else if (isUserId(sender)) await exchangeThreepidInvite(ctx, roomId, { sender, userId: mxid, signed });
    } catch (error) {
      failure = error;
      ctx.log.info({ err: error, roomId, userId: mxid }, 'a third-party invite was not accepted');
    }
  }
  if (failure !== undefined) throw failure;
}

/** @throws MatrixError 403 unless one of the invite's keys has signed, and its identity server says that it is valid */
async function checkSignature(ctx: Context, signed: JsonObject, invite: JsonObject): Promise<void> {
  const { public_key: first, key_validity_url: firstUrl, public_keys: more } = invite;
  const keys = [
    ...(Array.isArray(more) ? more.filter(isJsonObject) : []),
    { public_key: first, key_validity_url: firstUrl } as JsonObject,
  ];
  const key = keys.find(({ public_key }) => isSignedByThirdPartyInvite(signed, { public_key } as JsonObject));
  if (!key) throw forbidden('The third-party invite is not signed by a key that the room knows.');
  const { key_validity_url: url, public_key: publicKey } = key;
  if (url === undefined) return;
  if (!(await isKeyValid(ctx, url, publicKey as string))) throw forbidden('The key of the invite is no longer valid.');
}

async function isKeyValid(ctx: Context, url: unknown, publicKey: string): Promise<boolean> {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'https:') return false;
  try {
    const path = `${pathname}?${new URLSearchParams({ public_key: publicKey })}`;
    const { status, body } = await askIdentityServer(ctx, host, { method: 'GET', path });
    return status === 200 && body['valid'] === true;
  } catch {
    return false;
  }
}
