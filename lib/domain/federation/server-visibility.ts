import type { JsonObject } from '../../spec/json.ts';
import { getPdus, type PduRow } from '../../storage/federation/pdus.ts';
import { getServerMembersAt } from '../../storage/federation/servers.ts';
import { getErasedAmong } from '../../storage/timeline/erased-users.ts';
import { getStateAt } from '../../storage/timeline/state-at.ts';
import type { Context } from '../context.ts';

/**
 * Those of the events whose content a server may have (client-server API, room history visibility): all where history is
 * shared or world readable, else those at which one of its users was in the room, or invited where that is enough. What
 * erased users said is for no server any more. A handful of queries, however many events.
 */
export async function visibleToServer(ctx: Context, serverName: string, rows: PduRow[]): Promise<Set<number>> {
  const groups = [...new Set(rows.flatMap((row) => row.stateGroup ?? []))];
  const [visibility, erased] = await Promise.all([visibilityAt(ctx, groups), erasedSenders(ctx, rows)]);
  const isOpen = (row: PduRow) =>
    row.stateGroup === null || ['shared', 'world_readable'].includes(visibility.get(row.stateGroup) ?? 'shared');
  const odd = rows.filter((row) => !isOpen(row));
  const present = await membershipsAt(ctx, serverName, [...new Set(odd.map((row) => row.stateGroup as number))]);
  const visible = new Set<number>();
  for (const row of rows) {
    const there = present.get(row.stateGroup ?? 0) ?? new Set();
    // A member event tells of its own moment, too.
    const own = ownMembership(row, serverName);
    const isThere = there.has('join') || own === 'join';
    const isInvited = isThere || there.has('invite') || own === 'invite';
    const enough = visibility.get(row.stateGroup ?? 0) === 'invited' ? isInvited : isThere;
    const isErased = erased.has(row.sender) && row.stateKey === null;
    if ((isOpen(row) || enough) && !isErased) visible.add(row.eventNid);
  }
  return visible;
}

async function visibilityAt(ctx: Context, groups: number[]): Promise<Map<number, string>> {
  const found = await getStateAt(
    ctx.db,
    groups.map((stateGroup) => ({ stateGroup, type: 'm.room.history_visibility', stateKey: '' })),
  );
  const events = await getPdus(ctx.db, [...new Set(found.map((entry) => entry.eventNid))]);
  const contents = new Map(events.map((row) => [row.eventNid, contentOf(row.json)]));
  return new Map(
    found.map(({ stateGroup, eventNid }) => {
      const value = contents.get(eventNid)?.['history_visibility'];
      return [stateGroup, typeof value === 'string' ? value : 'shared'];
    }),
  );
}

async function membershipsAt(ctx: Context, serverName: string, groups: number[]): Promise<Map<number, Set<string>>> {
  const byGroup = new Map<number, Set<string>>();
  for (const { stateGroup, json } of await getServerMembersAt(ctx.db, groups, serverName)) {
    const memberships = byGroup.get(stateGroup) ?? new Set();
    memberships.add(String(contentOf(json)['membership']));
    byGroup.set(stateGroup, memberships);
  }
  return byGroup;
}

async function erasedSenders(ctx: Context, rows: PduRow[]): Promise<Set<string>> {
  const own = rows.filter((row) => row.stateKey === null && row.sender.endsWith(`:${ctx.serverName}`));
  if (own.length === 0) return new Set();
  return new Set(await getErasedAmong(ctx.db, [...new Set(own.map((row) => row.sender))]));
}

function ownMembership(row: PduRow, serverName: string): string | undefined {
  if (row.type !== 'm.room.member' || !row.stateKey?.endsWith(`:${serverName}`)) return undefined;
  return String(contentOf(row.json)['membership']);
}

function contentOf(json: string): JsonObject {
  return (JSON.parse(json) as { content: JsonObject }).content;
}
