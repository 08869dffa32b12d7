import { forbidden, invalidParam, MatrixError, missingParam } from '../../spec/errors.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { canonicalAddress } from '../accounts/identify.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { memberProfile } from '../profiles/profile.ts';
import { checkEvent } from '../rooms/check-event.ts';
import { inviteUser } from '../rooms/membership.ts';
import { currentContent, powerLevelsOf, type Room, requireJoined } from '../rooms/room-lookup.ts';
import { pretendToSend } from '../rooms/shadow-ban.ts';
import { accepted, askIdentityServer } from './identity-server.ts';
import { lookUpThreepid, type ThreepidAddress } from './look-up-threepid.ts';

const TOKEN = /^[0-9a-zA-Z.=_-]{1,255}$/;

/**
 * Whom a body invites by an identifier.
 * @throws MatrixError 400 M_MISSING_PARAM, M_INVALID_PARAM
 */
export function threepidInviteOf(body: JsonObject): ThreepidAddress {
  const [medium, address, idServer, token] = ['medium', 'address', 'id_server', 'id_access_token'].map((name) => {
    const value = body[name];
    if (value === undefined) throw missingParam(`The invite has no ${name}.`);
    if (typeof value !== 'string' || value.length > 1_000) throw invalidParam(`The invite's ${name} is not valid.`);
    return value;
  }) as [string, string, string, string];
  return { medium, address: canonicalAddress(medium, address), idServer, token };
}

/**
 * Invites whoever has an identifier (client-server API, third-party invites): the user of whom the identity server knows
 * it, or whoever will bind it there.
 * @param content further members of the event where it is an invite of a known user.
 * @throws MatrixError 403 M_FORBIDDEN; what the identity server refused with; 502
 */
export async function inviteThreepid(
  ctx: Context,
  requester: Requester,
  roomId: string,
  invite: ThreepidAddress & { content?: JsonObject },
): Promise<void> {
  const room = await requireJoined(ctx, roomId, requester.userId);
  const levels = await powerLevelsOf(ctx, room);
  // Nobody is to have mails sent for rooms that they may not invite to.
  if (levels.userLevel(requester.userId) < levels.level('invite')) throw forbidden('You may not invite to this room.');
  if (await pretendToSend(requester)) return;
  const userId = await lookUpThreepid(ctx, invite);
  if (userId !== undefined) {
    await inviteUser(ctx, requester, roomId, { userId, content: invite.content ?? {} });
    return;
  }
  const { token, content } = await storeInvite(ctx, requester.userId, room, invite);
  const event = { type: 'm.room.third_party_invite', stateKey: token, sender: requester.userId, content };
  checkEvent(event, room.version, room);
  await ctx.writers.events.send({ roomId, event });
}

/** Leaves an invite with the identity server, which mails it. Returns what the room is to know of it. */
async function storeInvite(
  ctx: Context,
  sender: string,
  room: Room,
  { medium, address, idServer, token }: ThreepidAddress,
): Promise<{ token: string; content: JsonObject }> {
  const facts = await mailFacts(ctx, sender, room);
  const answer = accepted(
    await askIdentityServer(ctx, idServer, {
      method: 'POST',
      path: '/_matrix/identity/v2/store-invite',
      body: { medium, address, room_id: room.roomId, sender, ...facts },
      token,
    }),
  );
  const { token: inviteToken, display_name: displayName } = answer;
  const keys = (Array.isArray(answer['public_keys']) ? answer['public_keys'] : [])
    .filter(isJsonObject)
    .filter((key) => typeof key['public_key'] === 'string');
  const [first] = keys;
  if (typeof inviteToken !== 'string' || !TOKEN.test(inviteToken) || typeof displayName !== 'string' || !first) {
    throw new MatrixError(502, 'M_UNKNOWN', 'The answer of the identity server makes no sense.');
  }
  const validity = first['key_validity_url'];
  return {
    token: inviteToken,
    content: {
      display_name: displayName,
      public_keys: keys,
      public_key: first['public_key'] as string,
      key_validity_url:
        typeof validity === 'string' ? validity : `https://${idServer}/_matrix/identity/v2/pubkey/isvalid`,
    },
  };
}

/** What the mail may say of the room and the inviter; what there is not is left out. */
async function mailFacts(ctx: Context, sender: string, room: Room): Promise<JsonObject> {
  const state = (type: string) => currentContent(ctx, room.roomNid, type);
  const [profile, name, alias, avatar, joinRules, create] = await Promise.all([
    memberProfile(ctx, sender),
    state('m.room.name'),
    state('m.room.canonical_alias'),
    state('m.room.avatar'),
    state('m.room.join_rules'),
    state('m.room.create'),
  ]);
  const facts = {
    room_name: name?.['name'],
    room_alias: alias?.['alias'],
    room_avatar_url: avatar?.['url'],
    room_join_rules: joinRules?.['join_rule'],
    room_type: create?.['type'],
    sender_display_name: profile.displayname,
    sender_avatar_url: profile.avatar_url,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === 'string')) as JsonObject;
}
