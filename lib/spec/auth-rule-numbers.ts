import type { RoomVersion } from './room-versions.ts';

/** Numbers of the authorization rules on the page of a room version, for messages and tests. */
export interface RuleNumbers {
  readonly noCreate: string;
  readonly authEvents: string;
  readonly roomMismatch: string;
  readonly federate: string;
  readonly aliases: string;
  readonly member: string;
  readonly joinAuthorised: string;
  readonly join: string;
  readonly invite: string;
  readonly leave: string;
  readonly ban: string;
  readonly knock: string;
  readonly unknownMembership: string;
  readonly senderJoined: string;
  readonly thirdPartyInvite: string;
  readonly requiredLevel: string;
  readonly userStateKey: string;
  readonly power: string;
  /** Place of the rule about `users` below `power`; 10.3 of version 12 is place 3. */
  readonly powerUsers: number;
  readonly redaction: string;
}

const numbers = new Map<RoomVersion, RuleNumbers>();

/** The rule numbers of a room version. */
export function ruleNumbers(version: RoomVersion): RuleNumbers {
  let found = numbers.get(version);
  if (found === undefined) {
    found = numberRules(version);
    numbers.set(version, found);
  }
  return found;
}

function numberRules(version: RoomVersion): RuleNumbers {
  const authEvents = version.roomIdIsHash ? 3 : 2;
  const member = authEvents + (version.specialCaseAliasesAuth ? 3 : 2);
  const join = version.restricted ? 3 : 2;
  const under = (place: number): string => `${member}.${place}`;
  return {
    noCreate: version.roomIdIsHash ? '2' : '2.4',
    authEvents: `${authEvents}`,
    roomMismatch: `${authEvents}.5`,
    federate: `${authEvents + 1}`,
    aliases: '4',
    member: `${member}`,
    joinAuthorised: under(2),
    join: under(join),
    invite: under(join + 1),
    leave: under(join + 2),
    ban: under(join + 3),
    knock: under(join + 4),
    unknownMembership: under(join + (version.knock ? 5 : 4)),
    senderJoined: `${member + 1}`,
    thirdPartyInvite: `${member + 2}`,
    requiredLevel: `${member + 3}`,
    userStateKey: `${member + 4}`,
    power: `${member + 5}`,
    powerUsers: version.integerPowerLevels ? 3 : 1,
    redaction: `${member + 6}`,
  };
}
