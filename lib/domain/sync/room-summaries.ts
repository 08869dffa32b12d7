import type { JsonObject } from '../../spec/json.ts';
import { getRoomSummaries } from '../../storage/sync/members.ts';
import type { Context } from '../context.ts';
import type { RoomWork } from './sort-rooms.ts';
import { lazyLoads } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** Summaries of rooms, by room. */
export interface RoomSummaries {
  /** JSON texts of `summary`. */
  texts: Map<number, string>;
  /** Users who give a room without a name one. */
  heroes: Map<number, string[]>;
}

/**
 * Summaries (`m.heroes` and member counts): for readers who load members lazily, where members changed or the room is
 * new to them.
 */
export async function roomSummaries(ctx: Context, scope: SyncScope, works: RoomWork[]): Promise<RoomSummaries> {
  const summaries: RoomSummaries = { texts: new Map(), heroes: new Map() };
  if (!lazyLoads(scope.request.filter)) return summaries;
  const { members } = ctx.sync.changes;
  const concerned = works
    .filter(({ whole, room }) => whole || members.mayHaveChanged(room.roomNid, scope.since.events))
    .map(({ room }) => room.roomNid);
  for (const row of await getRoomSummaries(ctx.db, concerned, scope.request.userId)) {
    const heroes = row.heroes.length > 0 ? row.heroes : row.gone;
    const named = row.naming.some(namesRoom);
    if (!named) summaries.heroes.set(row.roomNid, heroes);
    summaries.texts.set(
      row.roomNid,
      JSON.stringify({
        ...(named ? {} : { 'm.heroes': heroes }),
        'm.joined_member_count': row.joined,
        'm.invited_member_count': row.invited,
      }),
    );
  }
  return summaries;
}

function namesRoom(json: string): boolean {
  const { type, content } = JSON.parse(json) as { type: string; content: JsonObject };
  const name = type === 'm.room.name' ? content['name'] : content['alias'];
  return typeof name === 'string' && name !== '';
}
