import { authenticate } from '../../../domain/accounts/authenticate.ts';
import { featuresFor } from '../../../domain/admin/features.ts';
import type { Context } from '../../../domain/context.ts';
import { MatrixError } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { SPEC_VERSIONS, UNSTABLE_FEATURES } from './spec-versions.ts';

/** The versions of the specification that this server speaks (client-server API, "API versions"). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/versions',
  // A token is only looked at for features of single users: an expired one must not hide the versions.
  auth: 'none',
  async handle(ctx, { request, ip, userAgent }) {
    const userId = await userOf(ctx, request.headers.get('authorization'), { ip, userAgent });
    const features = userId === undefined ? UNSTABLE_FEATURES : await featuresFor(ctx, UNSTABLE_FEATURES, userId);
    return { versions: SPEC_VERSIONS, unstable_features: features };
  },
});

async function userOf(
  ctx: Context,
  authorization: string | null,
  from: { ip: string; userAgent: string },
): Promise<string | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  try {
    return (await authenticate(ctx, token, { ...from, allowLocked: true, allowSuspended: true })).userId;
  } catch (error) {
    if (error instanceof MatrixError) return undefined;
    throw error;
  }
}
