import { openIdUser } from '../../../domain/openid/openid.ts';
import { MatrixError } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Whose OpenID token this is (server-server API, `GET /openid/userinfo`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/openid/userinfo',
  auth: 'none',
  async handle(ctx, { searchParams }) {
    const token = searchParams.get('access_token');
    if (!token) throw new MatrixError(401, 'M_MISSING_TOKEN', 'access_token is missing.');
    const sub = await openIdUser(ctx, token);
    if (!sub) throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'The token is unknown or has expired.');
    return { sub };
  },
});
