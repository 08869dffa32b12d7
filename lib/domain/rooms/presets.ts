/** Names of the presets of `createRoom`. */
export type PresetName = 'private_chat' | 'trusted_private_chat' | 'public_chat';

/** What a preset sets (client-server API, room creation). */
export interface Preset {
  joinRule: string;
  historyVisibility: string;
  guestAccess: string;
  /** Level that is needed to invite. */
  invite: number;
  /** Whether those invited at creation get the creator's level. */
  trustsInvitees: boolean;
}

/** The presets of `createRoom`. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  private_chat: {
    joinRule: 'invite',
    historyVisibility: 'shared',
    guestAccess: 'can_join',
    invite: 0,
    trustsInvitees: false,
  },
  trusted_private_chat: {
    joinRule: 'invite',
    historyVisibility: 'shared',
    guestAccess: 'can_join',
    invite: 0,
    trustsInvitees: true,
  },
  public_chat: {
    joinRule: 'public',
    historyVisibility: 'shared',
    guestAccess: 'forbidden',
    invite: 50,
    trustsInvitees: false,
  },
};
