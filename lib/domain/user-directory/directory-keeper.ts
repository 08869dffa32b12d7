import { localpartOf } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Queryable } from '../../storage/database.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import {
  type DirectoryEntry,
  type DirectoryProfile,
  deleteDirectoryEntries,
  getLocalProfiles,
  getOpenness,
  getRemoteProfiles,
  getUnlistedRemoteUsers,
  putDirectoryEntries,
  setOpenRooms,
  takeChangedUsers,
} from '../../storage/user-directory/directory-entries.ts';
import type { Context } from '../context.ts';
import { runEventReader } from '../events/event-reader.ts';
import { folded, wordsOf } from './words.ts';

// Changed profiles are noted in a table; whoever is in a room makes an event as well, which is heard of at once.
const LOOK_MS = 30_000;
const USERS_AT_ONCE = 500;
const CONCERNS = new Set(['m.room.member', 'm.room.join_rules', 'm.room.history_visibility']);

/**
 * Keeps the table that user searches read: follows the events stream from where it stopped, and what changes in profiles
 * and accounts. Returns the function that ends it.
 */
export function startUserDirectory(ctx: Context): () => Promise<void> {
  const isLocal = (userId: string) => userId.endsWith(`:${ctx.serverName}`);
  return runEventReader(ctx, {
    name: 'user-directory',
    idleMs: LOOK_MS,
    concerns: (row) => row.stateKey !== null && CONCERNS.has(row.type),
    async take(q, rows) {
      const members = rows.filter((row) => row.type === 'm.room.member' && row.stateKey !== null);
      const remote = new Set(members.map((row) => row.stateKey as string).filter((userId) => !isLocal(userId)));
      if (remote.size > 0) await refresh(q, [...remote], getRemoteProfiles);
      await listEntered(
        q,
        members.filter((row) => isLocal(row.stateKey as string)),
      );
      await refreshRooms(q, rows);
      for (;;) {
        const changed = await takeChangedUsers(q, USERS_AT_ONCE);
        if (changed.length > 0) await refresh(q, changed, getLocalProfiles);
        if (changed.length < USERS_AT_ONCE) break;
      }
    },
  });
}

async function refresh(
  q: Queryable,
  userIds: string[],
  load: (q: Queryable, userIds: string[]) => Promise<DirectoryProfile[]>,
): Promise<void> {
  const profiles = await load(q, userIds);
  const there = new Set(profiles.map((profile) => profile.userId));
  await putDirectoryEntries(q, profiles.map(entryOf));
  await deleteDirectoryEntries(
    q,
    userIds.filter((userId) => !there.has(userId)),
  );
}

/** Who is in a room that this server comes into is told by no events of their own. */
async function listEntered(q: Queryable, rows: EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  const roomNids = [...new Set(rows.map((row) => row.roomNid))];
  const eventNids = rows.map((row) => row.eventNid);
  const users = await getUnlistedRemoteUsers(q, roomNids, eventNids);
  for (let at = 0; at < users.length; at += USERS_AT_ONCE) {
    await refresh(q, users.slice(at, at + USERS_AT_ONCE), getRemoteProfiles);
  }
}

function entryOf(profile: DirectoryProfile): DirectoryEntry {
  const { userId, displayName } = profile;
  return {
    ...profile,
    localpart: folded(localpartOf(userId)),
    name: displayName === null ? null : folded(displayName),
    words: wordsOf(`${userId} ${displayName ?? ''}`),
  };
}

/** Rooms whose join rules or history visibility have changed may have become open, or no longer be. */
async function refreshRooms(q: Queryable, rows: EventRow[]): Promise<void> {
  const concerned = rows.filter(
    (row) => row.stateKey === '' && (row.type === 'm.room.join_rules' || row.type === 'm.room.history_visibility'),
  );
  const roomNids = [...new Set(concerned.map((row) => row.roomNid))];
  if (roomNids.length === 0) return;
  const open = new Set<number>();
  for (const { roomNid, type, json } of await getOpenness(q, roomNids)) {
    const { content } = JSON.parse(json) as { content?: JsonObject };
    const isOpen =
      type === 'm.room.join_rules'
        ? content?.['join_rule'] === 'public'
        : content?.['history_visibility'] === 'world_readable';
    if (isOpen) open.add(roomNid);
  }
  await setOpenRooms(q, roomNids, [...open]);
}
