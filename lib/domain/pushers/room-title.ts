import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getOtherMembers } from '../../storage/pushers/room-names.ts';
import type { Context } from '../context.ts';
import { currentContent } from '../rooms/room-lookup.ts';
import { givenState } from '../sync/invites.ts';

/** What to call a room in a notification; members that are not known are left out. */
export interface RoomTitle {
  room_name?: string;
  room_alias?: string;
}

/**
 * The name of an event's room: the one it was given, its canonical alias, or the names of several others in it. For two people
 * alone there is none, since the sender's says it already.
 */
export async function roomTitle(ctx: Context, event: EventRow, userId: string): Promise<RoomTitle> {
  const { roomNid } = event;
  // Of a room that this server is not in only what came with the invite is known.
  const given = givenState(event);
  const content = async (type: string) =>
    (given.find((one) => one['type'] === type && one['state_key'] === '')?.['content'] as JsonObject | undefined) ??
    (await currentContent(ctx, roomNid, type));
  const [nameContent, aliasContent] = await Promise.all([content('m.room.name'), content('m.room.canonical_alias')]);
  const name = text(nameContent?.['name']);
  const alias = text(aliasContent?.['alias']);
  const roomName = name ?? alias ?? (await nameOfMembers(ctx, roomNid, userId));
  return {
    ...(roomName === undefined ? {} : { room_name: roomName }),
    ...(alias === undefined ? {} : { room_alias: alias }),
  };
}

async function nameOfMembers(ctx: Context, roomNid: number, userId: string): Promise<string | undefined> {
  const { names, count } = await getOtherMembers(ctx.db, roomNid, userId);
  if (count < 2) return undefined;
  return count === 2 ? names.join(' and ') : `${names[0]} and ${count - 1} others`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
