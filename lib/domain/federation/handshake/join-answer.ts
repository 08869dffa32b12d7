import { getPdus, type PduRow } from '../../../storage/federation/pdus.ts';
import { getHeroes, getRoomServers } from '../../../storage/federation/servers.ts';
import { getEntriesOfWholeGroup } from '../../../storage/state/groups.ts';
import type { Context } from '../../context.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import { authChainOf } from '../auth-chain.ts';
import { jsonArray, pduText } from '../pdu-text.ts';

const NAMES = ['m.room.name', 'm.room.canonical_alias'];
const MOST_HEROES = 5;

/**
 * The answer to `PUT /send_join`, as JSON text: the state before the join, its auth chain, and the event as the room has
 * it. With `omitMembers` members are left out, but for those who give a room without a name its name.
 */
export async function joinAnswer(
  ctx: Context,
  room: Room,
  join: PduRow,
  { omitMembers }: { omitMembers: boolean },
): Promise<string> {
  const entries = join.stateGroup === null ? [] : await getEntriesOfWholeGroup(ctx.db, join.stateGroup);
  let state = entries;
  if (omitMembers) {
    const isNamed = entries.some((entry) => NAMES.includes(entry.type) && entry.stateKey === '');
    const heroes = new Set(isNamed ? [] : await getHeroes(ctx.db, room.roomNid, join.stateKey ?? '', MOST_HEROES));
    state = entries.filter((entry) => entry.type !== 'm.room.member' || heroes.has(entry.stateKey));
  }
  const stateNids = state.map((entry) => entry.eventNid);
  const chain = await authChainOf(ctx, room, [join.eventNid, ...stateNids]);
  // What is in the state need not come twice, for those who ask for little.
  const shown = omitMembers ? chain.filter((nid) => !stateNids.includes(nid)) : chain;
  const rows = await getPdus(ctx.db, [...new Set([...stateNids, ...chain])]);
  const texts = new Map(rows.map((row) => [row.eventNid, pduText(row, room.version)]));
  const textsOf = (nids: number[]) => jsonArray(nids.flatMap((nid) => texts.get(nid) ?? []));
  const servers = omitMembers ? await getRoomServers(ctx.db, room.roomNid) : [];
  const parts = [
    `"origin":${JSON.stringify(ctx.serverName)}`,
    `"state":${textsOf(stateNids)}`,
    `"auth_chain":${textsOf(shown)}`,
    `"event":${pduText(join, room.version)}`,
    `"members_omitted":${omitMembers}`,
    ...(omitMembers ? [`"servers_in_room":${JSON.stringify(servers)}`] : []),
  ];
  return `{${parts.join(',')}}`;
}
