import type { JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { memberProfile } from '../../profiles/profile.ts';
import { checkJoinAnswer } from './join-answer.ts';
import { prepareMembership } from './membership-template.ts';
import { sendJoin } from './send-membership.ts';
import { tryServers } from './try-servers.ts';

/** Somebody of this server wants into (or at) a room of others. */
export interface RemoteRoomCommand {
  roomId: string;
  userId: string;
  /** Servers that may be in the room, best first. */
  servers: string[];
  /** Further members of the membership event. */
  content: JsonObject;
}

/**
 * Joins a room through a server that is in it, and takes the room over from it (server-server API, "Joining rooms").
 * @throws MatrixError 404 M_NOT_FOUND when no server is named, the refusal of one that is in the room, 502 when none helps.
 */
export async function joinRemoteRoom(ctx: Context, command: RemoteRoomCommand): Promise<{ roomId: string }> {
  const { roomId, userId, servers } = command;
  const content = { ...(await memberProfile(ctx, userId)), ...command.content };
  await tryServers(ctx, servers, `Room ${roomId} can't be joined`, async (server) => {
    const prepared = await prepareMembership(ctx, server, { roomId, userId, membership: 'join', content });
    const answer = await sendJoin(ctx, server, roomId, prepared);
    const { event, state, authChain } = await checkJoinAnswer(ctx, server, roomId, prepared, answer);
    const roomVersion = prepared.version.id;
    await ctx.writers.events.adopt({ roomId, roomVersion, event, state, authChain, origin: server });
  });
  return { roomId };
}
