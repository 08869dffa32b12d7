import { z } from 'zod';
import { canonicalAddress } from '../../../domain/accounts/identify.ts';
import { unbindThreepid } from '../../../domain/threepids/bindings.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { optionalText } from '../../login/fields.ts';
import { threepidFields } from './threepid-fields.ts';

const path = '/_matrix/client/v3/account/3pid/unbind';

/** Has identity servers forget whose an identifier is (client-server API, 3PIDs). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: z.object({ ...threepidFields, id_server: optionalText }),
  async handle(ctx, { requester, body }) {
    const { medium, id_server: idServer } = body;
    const address = canonicalAddress(medium, body.address);
    return { id_server_unbind_result: await unbindThreepid(ctx, requester.userId, { medium, address, idServer }) };
  },
});
