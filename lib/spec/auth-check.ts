import { AuthError, type AuthEvent, type StateLookup } from './auth-event.ts';
import { type RuleNumbers, ruleNumbers } from './auth-rule-numbers.ts';
import { PowerLevels } from './power-levels.ts';
import type { RoomVersion } from './room-versions.ts';

/** Further facts for {@link checkAuth}. */
export interface AuthOptions {
  /**
   * Whether the event carries a right signature of that server, for joins by `join_authorised_via_users_server`.
   * Without it the rule counts as met: events that are stored had their signatures checked on receipt, and events of
   * this server are signed after they are checked.
   */
  isSignedBy?: (serverName: string) => boolean;
}

/** One event under the auth rules, with what several rules ask for. */
export class AuthCheck {
  readonly event: AuthEvent;
  readonly version: RoomVersion;
  readonly state: StateLookup;
  readonly options: AuthOptions;
  readonly rules: RuleNumbers;
  readonly create: AuthEvent;
  #levels: PowerLevels | undefined;

  constructor(event: AuthEvent, version: RoomVersion, state: StateLookup, options: AuthOptions, create: AuthEvent) {
    this.event = event;
    this.version = version;
    this.state = state;
    this.options = options;
    this.rules = ruleNumbers(version);
    this.create = create;
  }

  get levels(): PowerLevels {
    this.#levels ??= new PowerLevels(this.state('m.room.power_levels', ''), this.create, this.version);
    return this.#levels;
  }

  get senderLevel(): number {
    return this.levels.userLevel(this.event.sender);
  }

  /** A user's membership, `leave` where the room has none. */
  membershipOf(userId: string): string {
    const membership = this.state('m.room.member', userId)?.content['membership'];
    return typeof membership === 'string' ? membership : 'leave';
  }

  /** Throws unless the sender is in the room. */
  requireSenderJoined(rule: string): void {
    if (this.membershipOf(this.event.sender) !== 'join') {
      throw new AuthError(rule, `${this.event.sender} is not in the room`);
    }
  }
}
