import type { AuthCheck } from './auth-check.ts';
import { AuthError } from './auth-event.ts';
import { type Pdu, prevEventIds } from './events.ts';
import { isUserId, serverNameOf } from './ids.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { creatorOf } from './power-levels.ts';
import { isSignedByThirdPartyInvite } from './third-party-invite.ts';

/** The rules for `m.room.member`. Returns when the event is allowed, throws {@link AuthError} when it is not. */
export function checkMember(check: AuthCheck): void {
  const { event, rules, version } = check;
  const { membership } = event.content;
  const target = event.state_key;
  if (target === undefined) throw new AuthError(`${rules.member}.1`, 'a membership event needs a state key');
  if (membership === undefined) throw new AuthError(`${rules.member}.1`, 'a membership event needs a membership');
  if (version.restricted) checkVouchingSignature(check);
  switch (membership) {
    case 'join':
      checkJoin(check, target);
      return;
    case 'invite':
      checkInvite(check, target);
      return;
    case 'leave':
      checkLeave(check, target);
      return;
    case 'ban':
      checkBan(check, target);
      return;
    case 'knock':
      if (version.knock) {
        checkKnock(check, target);
        return;
      }
      break;
  }
  throw new AuthError(rules.unknownMembership, 'the membership is not one of this room version');
}

function checkVouchingSignature({ event, rules, options }: AuthCheck): void {
  const via = event.content['join_authorised_via_users_server'];
  if (via === undefined) return;
  const server = isUserId(via) ? serverNameOf(via) : undefined;
  if (server === undefined || options.isSignedBy?.(server) === false) {
    throw new AuthError(`${rules.joinAuthorised}.1`, 'the join is not signed by the server that should vouch for it');
  }
}

function joinRuleOf(check: AuthCheck): unknown {
  // A room without a join rule is taken as invite only, as all servers do.
  return check.state('m.room.join_rules', '')?.content['join_rule'] ?? 'invite';
}

function isFirstJoin({ event, version, create }: AuthCheck, target: string): boolean {
  const previous = prevEventIds(event as Pick<Pdu, 'prev_events'>, version);
  return previous.length === 1 && previous[0] === create.eventId && target === creatorOf(create, version);
}

function checkJoin(check: AuthCheck, target: string): void {
  const { event, rules, version } = check;
  if (event.prev_events !== undefined && isFirstJoin(check, target)) return;
  if (event.sender !== target) throw new AuthError(`${rules.join}.2`, 'nobody can join for somebody else');
  const membership = check.membershipOf(target);
  if (membership === 'ban') throw new AuthError(`${rules.join}.3`, `${target} is banned from the room`);
  const invited = membership === 'invite' || membership === 'join';
  const rule = joinRuleOf(check);
  if (rule === 'public') return;
  if (rule === 'invite' || (rule === 'knock' && version.knock)) {
    if (invited) return;
    throw new AuthError(lastJoinRule(check), `${target} is not invited to the room`);
  }
  if ((rule === 'restricted' && version.restricted) || (rule === 'knock_restricted' && version.knockRestricted)) {
    if (!invited) checkVouchingUser(check);
    return;
  }
  throw new AuthError(lastJoinRule(check), 'the join rule of the room admits nobody');
}

function lastJoinRule({ rules, version }: AuthCheck): string {
  return `${rules.join}.${version.restricted ? 7 : 6}`;
}

function checkVouchingUser(check: AuthCheck): void {
  const via = check.event.content['join_authorised_via_users_server'];
  const { levels } = check;
  if (
    typeof via === 'string' &&
    check.membershipOf(via) === 'join' &&
    levels.userLevel(via) >= levels.level('invite')
  ) {
    return;
  }
  throw new AuthError(`${check.rules.join}.5.2`, 'nobody in the room who may invite vouches for this join');
}

function checkInvite(check: AuthCheck, target: string): void {
  const { event, rules, levels } = check;
  if (event.content['third_party_invite'] !== undefined) {
    checkThirdPartyInvite(check, target);
    return;
  }
  check.requireSenderJoined(`${rules.invite}.2`);
  const membership = check.membershipOf(target);
  if (membership === 'join') throw new AuthError(`${rules.invite}.3`, `${target} is already in the room`);
  if (membership === 'ban') throw new AuthError(`${rules.invite}.3`, `${target} is banned from the room`);
  if (check.senderLevel >= levels.level('invite')) return;
  throw new AuthError(`${rules.invite}.5`, `${event.sender} may not invite to the room`);
}

function checkThirdPartyInvite(check: AuthCheck, target: string): void {
  const { event } = check;
  const rule = `${check.rules.invite}.1`;
  if (check.membershipOf(target) === 'ban') throw new AuthError(`${rule}.1`, `${target} is banned from the room`);
  const invite = event.content['third_party_invite'];
  const signed = isJsonObject(invite) ? invite['signed'] : undefined;
  if (!isJsonObject(signed)) throw new AuthError(`${rule}.2`, 'the third party invite holds nothing signed');
  const { mxid, token } = signed as JsonObject;
  if (typeof mxid !== 'string' || typeof token !== 'string') {
    throw new AuthError(`${rule}.3`, 'the third party invite names no user or no token');
  }
  if (mxid !== target) throw new AuthError(`${rule}.4`, `the third party invite is not for ${target}`);
  const thirdParty = check.state('m.room.third_party_invite', token);
  if (thirdParty === undefined) throw new AuthError(`${rule}.5`, 'the room has no third party invite with that token');
  if (thirdParty.sender !== event.sender) {
    throw new AuthError(`${rule}.6`, `the third party invite was not sent by ${event.sender}`);
  }
  if (!isSignedByThirdPartyInvite(signed, thirdParty.content)) {
    throw new AuthError(`${rule}.8`, 'the third party invite is not signed by a key that the room knows');
  }
}

function checkLeave(check: AuthCheck, target: string): void {
  const { event, rules, levels, version } = check;
  const membership = check.membershipOf(target);
  if (event.sender === target) {
    if (membership === 'invite' || membership === 'join' || (membership === 'knock' && version.knock)) return;
    throw new AuthError(`${rules.leave}.1`, `${target} is not in the room and not invited to it`);
  }
  check.requireSenderJoined(`${rules.leave}.2`);
  const level = check.senderLevel;
  if (membership === 'ban' && level < levels.level('ban')) {
    throw new AuthError(`${rules.leave}.3`, `${event.sender} may not lift bans in the room`);
  }
  if (level >= levels.level('kick') && levels.userLevel(target) < level) return;
  throw new AuthError(`${rules.leave}.5`, `${event.sender} may not remove ${target} from the room`);
}

function checkBan(check: AuthCheck, target: string): void {
  const { event, rules, levels } = check;
  check.requireSenderJoined(`${rules.ban}.1`);
  const level = check.senderLevel;
  if (level >= levels.level('ban') && levels.userLevel(target) < level) return;
  throw new AuthError(`${rules.ban}.3`, `${event.sender} may not ban ${target} from the room`);
}

function checkKnock(check: AuthCheck, target: string): void {
  const { event, rules, version } = check;
  const rule = joinRuleOf(check);
  if (rule !== 'knock' && !(rule === 'knock_restricted' && version.knockRestricted)) {
    throw new AuthError(`${rules.knock}.1`, 'the join rule of the room does not allow knocking');
  }
  if (event.sender !== target) throw new AuthError(`${rules.knock}.2`, 'nobody can knock for somebody else');
  const membership = check.membershipOf(target);
  if (membership === 'ban' || membership === 'invite' || membership === 'join') {
    throw new AuthError(`${rules.knock}.4`, `${target} cannot knock with membership ${membership}`);
  }
}
