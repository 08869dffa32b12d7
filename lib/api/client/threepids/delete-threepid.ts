import { z } from 'zod';
import { removeThreepid } from '../../../domain/threepids/delete-threepid.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { optionalText } from '../../login/fields.ts';
import { threepidFields } from './threepid-fields.ts';

const path = '/_matrix/client/v3/account/3pid/delete';

/** Takes an address or a number from the requester's account (client-server API, 3PIDs). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  allowSuspended: false,
  body: z.object({ ...threepidFields, id_server: optionalText }),
  async handle(ctx, { requester, body }) {
    const { medium, address, id_server: idServer } = body;
    return { id_server_unbind_result: await removeThreepid(ctx, requester.userId, { medium, address, idServer }) };
  },
});
