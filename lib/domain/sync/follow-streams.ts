import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { EVERYTHING } from '../../streams/caches-stream.ts';
import type { CacheRow, PresenceRow, ReceiptRow, TypingRow } from '../../streams/stream.ts';
import { SESSIONS } from '../accounts/token-cache.ts';
import type { Context } from '../context.ts';
import { ANY_USER, changeKeys } from '../e2ee/device-list-changes.ts';
import { FORGOTTEN_ROOMS } from '../rooms/membership.ts';
import { relationOf } from '../rooms/relations.ts';
import { PURGED_HISTORY, PURGED_ROOMS } from '../rooms/room-facts-cache.ts';
import { EVERY_ROOM } from '../typing/typing-writer.ts';
import { KEY_COUNTS } from './device-key-counts.ts';
import type { SyncService } from './sync-service.ts';

/** Kinds of `caches` rows that put key counts out of date: devices go with their sessions. */
const KEY_COUNT_KINDS = new Set([KEY_COUNTS, SESSIONS, EVERYTHING]);

/**
 * Lets a sync service go with the streams: notes what has changed, keeps what is new, wakes whom it concerns. Returns the
 * functions that end it.
 */
export function followStreams(ctx: Context, sync: SyncService): (() => void)[] {
  const { streams } = ctx;
  const { accountData, toDevice, deviceLists, pushRules } = sync.changes;
  const each =
    <Row>(take: (row: Row) => void) =>
    (rows: Row[]) => {
      for (const row of rows) take(row);
    };
  return [
    streams.on(
      'events',
      each((row) => noteEvent(sync, row)),
    ),
    streams.on(
      'receipts',
      each((row) => noteReceipt(sync, row)),
    ),
    streams.on(
      'account_data',
      each((row) => {
        accountData.note(row.userId, row.position);
        sync.waiters.user(row.userId);
      }),
    ),
    streams.on(
      'push_rules',
      each((row) => {
        pushRules.note(row.userId, row.position);
        sync.waiters.user(row.userId);
      }),
    ),
    streams.on(
      'to_device',
      each((row) => {
        toDevice.note(`${row.userId} ${row.deviceId}`, row.position);
        sync.waiters.user(row.userId);
      }),
    ),
    streams.on(
      'device_lists',
      each((row) => {
        for (const key of changeKeys(row)) deviceLists.note(key, row.position);
        sync.waiters.user(row.seenBy ?? row.userId);
        for (const roomNid of row.roomNids) sync.waiters.room(roomNid);
      }),
    ),
    streams.on(
      'presence',
      each((row) => notePresence(ctx, sync, row)),
    ),
    streams.on(
      'caches',
      each((row) => noteCaches(sync, row)),
    ),
    streams.on(
      'typing',
      each((row) => noteTyping(sync, row)),
    ),
  ];
}

function noteEvent(sync: SyncService, row: EventRow): void {
  const position = row.position as number;
  sync.changes.rooms.note(row.roomNid, position);
  sync.roomFacts.note(row);
  sync.timelines.note(row, row.type === 'm.room.create' ? 0 : undefined);
  if (row.json.includes('"m.relates_to"')) {
    const relation = relationOf((JSON.parse(row.json) as { content: JsonObject }).content);
    if (relation) sync.related.note(relation.relatesTo, position);
  }
  // The redacted event may be among the rows that are kept.
  if (row.type === 'm.room.redaction') sync.timelines.forget(row.roomNid);
  if (row.type === 'm.room.member' && row.stateKey !== null) {
    sync.userRooms.note(row);
    sync.unread.noteMember(row.stateKey, row.roomNid);
    sync.changes.members.note(row.roomNid, position);
    sync.waiters.user(row.stateKey);
  }
  sync.waiters.room(row.roomNid);
}

function noteReceipt(sync: SyncService, row: ReceiptRow): void {
  sync.changes.receipts.note(row.roomNid, row.position);
  sync.receipts.note(row);
  sync.unread.noteReceipt(row);
  // A private receipt concerns nobody else, but its reader's counts change.
  if (row.receiptType === 'm.read.private') sync.waiters.user(row.userId);
  else sync.waiters.room(row.roomNid);
}

function notePresence(ctx: Context, sync: SyncService, row: PresenceRow): void {
  sync.changes.presence.note(ANY_USER, row.position);
  sync.presence?.note(row);
  sync.waiters.user(row.userId);
  sync.userRooms.of(row.userId).then(
    (rooms) => {
      for (const room of rooms.values()) if (room.membership === 'join') sync.waiters.room(room.roomNid);
    },
    (error) => ctx.log.warn({ err: error }, 'nobody could be woken for a change of presence'),
  );
}

function noteCaches(sync: SyncService, row: CacheRow): void {
  if (KEY_COUNT_KINDS.has(row.kind)) sync.keyCounts.forget(row.key);
  if (row.kind === FORGOTTEN_ROOMS) sync.userRooms.forget(row.key);
  if (row.kind === EVERYTHING) {
    sync.userRooms.clear();
    sync.roomFacts.clear();
  }
  if (row.kind === PURGED_HISTORY || row.kind === PURGED_ROOMS) sync.forgetRoom(Number.parseInt(row.key, 10));
  // Rare, so that nobody keeps track of who was in the room.
  if (row.kind === PURGED_ROOMS) sync.userRooms.clear();
}

function noteTyping(sync: SyncService, row: TypingRow): void {
  if (row.roomNid !== EVERY_ROOM) {
    sync.typing.set(row.roomNid, row);
    sync.waiters.room(row.roomNid);
    return;
  }
  // The typing writer has a new owner, who knows of nobody.
  for (const [roomNid, known] of sync.typing) {
    if (known.userIds.length === 0 || known.position >= row.position) continue;
    sync.typing.set(roomNid, { ...known, position: row.position, userIds: [] });
    sync.waiters.room(roomNid);
  }
}
