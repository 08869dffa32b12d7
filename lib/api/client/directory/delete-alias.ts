import { removeAlias } from '../../../domain/rooms/aliases.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/directory/room/{roomAlias}';

/** Removes an alias of this server. */
export default defineEndpoint({
  method: 'DELETE',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  allowSuspended: false,
  async handle(ctx, { requester, params }) {
    const { roomAlias } = params as { roomAlias: string };
    await removeAlias(ctx, requester, roomAlias);
    return {};
  },
});
