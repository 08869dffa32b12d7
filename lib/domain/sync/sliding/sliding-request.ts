import type { SyncToken } from '../../../streams/sync-token.ts';
import type { RequiredState } from './required-state.ts';

/** How much of a room is wanted. */
export interface RoomConfig {
  timelineLimit: number;
  required: RequiredState;
}

/** Which rooms belong to a list; what is undefined lets all through (MSC4186, `SlidingRoomFilter`). */
export interface RoomListFilter {
  isDm: boolean | undefined;
  spaces: string[] | undefined;
  isEncrypted: boolean | undefined;
  isInvite: boolean | undefined;
  /** Null stands for rooms without a type. */
  roomTypes: (string | null)[] | undefined;
  notRoomTypes: (string | null)[] | undefined;
  /** In the room's name, in whatever case. */
  nameLike: string | undefined;
  tags: string[] | undefined;
  notTags: string[] | undefined;
}

/** A list of rooms: those that the filter lets through, by activity, in the ranges. */
export interface RoomList extends RoomConfig {
  /** Inclusive; undefined for all rooms. */
  ranges: [number, number][] | undefined;
  filter: RoomListFilter;
}

/** To which rooms an extension extends. */
export interface ExtensionScope {
  /** Names of lists; undefined or `*`: of all lists. */
  lists: string[] | undefined;
  /** Room ids; undefined or `*`: all room subscriptions. */
  rooms: string[] | undefined;
}

/** Extensions that are asked for. */
export interface ExtensionsRequest {
  toDevice: { since: number | undefined; limit: number } | undefined;
  e2ee: boolean;
  accountData: ExtensionScope | undefined;
  receipts: ExtensionScope | undefined;
  typing: ExtensionScope | undefined;
  threadSubscriptions: { limit: number } | undefined;
}

/** What a client asks of sliding sync, checked. */
export interface SlidingRequest {
  userId: string;
  deviceId: string | null;
  /** The client's name for the connection, perhaps empty. */
  connId: string;
  /** The position of the last answer: what was sent, and where the streams were. Absent for a new connection. */
  pos: { positionId: number; token: SyncToken } | undefined;
  timeoutMs: number;
  lists: Map<string, RoomList>;
  subscriptions: Map<string, RoomConfig>;
  extensions: ExtensionsRequest;
  signal: AbortSignal;
}
