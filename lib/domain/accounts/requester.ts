/** Who is asking. */
export interface Requester {
  userId: string;
  /** Null for an application service without a device. */
  deviceId: string | null;
  isGuest: boolean;
  isAdmin: boolean;
  /** Numeric id of the access token; 0 for an application service. */
  tokenId: number;
  /** Suspended users may only do what does not reach others. */
  suspended?: true;
  /** What they send reaches nobody, and they are not told. */
  shadowBanned?: true;
  /** Set when an application service asks, in its own or a user's name. */
  appserviceId?: string;
}
