import { z } from 'zod';
import { bindThreepid } from '../../../domain/threepids/bindings.ts';
import { checkClientSecret } from '../../../domain/threepids/validation.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/account/3pid/bind';

/** Has an identity server tell others whose an identifier is (client-server API, 3PIDs). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: z.object({ client_secret: z.string(), sid: z.string(), id_server: z.string(), id_access_token: z.string() }),
  async handle(ctx, { requester, body }) {
    checkClientSecret(body.client_secret);
    await bindThreepid(ctx, requester.userId, {
      sid: body.sid,
      clientSecret: body.client_secret,
      idServer: body.id_server,
      token: body.id_access_token,
    });
    return {};
  },
});
