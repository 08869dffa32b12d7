import { forbidden } from '../../../spec/errors.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { memberProfile } from '../../profiles/profile.ts';
import type { RemoteRoomCommand } from './join-room.ts';
import { prepareMembership } from './membership-template.ts';
import { sendKnock } from './send-membership.ts';
import { tryServers } from './try-servers.ts';

/** Knocks on a room through a server that is in it (server-server API, "Knocking upon a room"). Errors as of joining. */
export async function knockOnRemoteRoom(ctx: Context, command: RemoteRoomCommand): Promise<{ roomId: string }> {
  const { roomId, userId, servers } = command;
  const content = { ...(await memberProfile(ctx, userId)), ...command.content };
  await tryServers(ctx, servers, `Nobody can knock on room ${roomId}`, async (server) => {
    const prepared = await prepareMembership(ctx, server, { roomId, userId, membership: 'knock', content });
    if (!prepared.version.knock) throw forbidden(`Rooms of version ${prepared.version.id} know no knocks.`);
    const strippedState = await sendKnock(ctx, server, roomId, prepared);
    const event = prepared.event.pdu as unknown as JsonObject;
    await ctx.writers.events.adopt({ roomId, roomVersion: prepared.version.id, event, strippedState, origin: server });
  });
  return { roomId };
}
