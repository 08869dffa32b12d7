import type { StoredAccountData } from '../storage/account-data/account-data.ts';
import type { Queryable } from '../storage/database.ts';
import type { StoredDeviceListChange } from '../storage/device-lists/device-lists.ts';
import type { EventRow } from '../storage/events/event-row.ts';
import type { StoredPresence } from '../storage/presence/presence.ts';
import type { StoredReceipt } from '../storage/receipts/receipts.ts';
import type { StoredToDevice } from '../storage/to-device/to-device.ts';

/** Names of the streams, as in `stream_positions`. */
export type StreamName =
  | 'events'
  | 'receipts'
  | 'account_data'
  | 'to_device'
  | 'device_lists'
  | 'push_rules'
  | 'presence'
  | 'typing'
  | 'federation'
  | 'caches';

/** A receipt moved. */
export type ReceiptRow = StoredReceipt;

/** Account data changed. Tags are type `m.tag`. */
export type AccountDataRow = StoredAccountData;

/** Messages wait for a device. Content is read from the database, not carried. */
export type ToDeviceRow = Omit<StoredToDevice, 'json'>;

/** A user's devices or cross-signing keys changed. */
export type DeviceListRow = StoredDeviceListChange;

/** A user's push rules changed. */
export interface PushRuleRow {
  position: number;
  userId: string;
}

/** A user's presence changed. */
export type PresenceRow = StoredPresence;

/** Who is typing in a room, whole list. */
export interface TypingRow {
  position: number;
  roomId: string;
  roomNid: number;
  userIds: string[];
}

/** A cached value is out of date, by kind (`token`, `profile`, …) and key. */
export interface CacheRow {
  position: number;
  kind: string;
  key: string;
}

/** Row type by stream name. */
export interface StreamRows {
  events: EventRow;
  receipts: ReceiptRow;
  account_data: AccountDataRow;
  to_device: ToDeviceRow;
  device_lists: DeviceListRow;
  push_rules: PushRuleRow;
  presence: PresenceRow;
  typing: TypingRow;
  federation: { position: number };
  caches: CacheRow;
}

/** How a reader gets at a stream that it missed a part of. */
export interface StreamDefinition<Name extends StreamName = StreamName> {
  name: Name;
  /** Highest position that can be read. */
  currentPosition(db: Queryable): Promise<number>;
  /**
   * Rows with `from < position <= to`, in order, at most about `limit`. `to` of the answer is how far it reaches (less
   * than asked when the limit cut it).
   */
  readBetween(
    db: Queryable,
    from: number,
    to: number,
    limit: number,
  ): Promise<{ rows: StreamRows[Name][]; to: number }>;
}
