import { lookUpProfileField } from '../../../domain/profiles/look-up-profile.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/profile/{userId}/{keyName}';

/** One field of a user's profile. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [...versions(path, 'r0'), '/_matrix/client/unstable/uk.tcpip.msc4133/profile/{userId}/{keyName}'],
  auth: 'none',
  async handle(ctx, { params }) {
    const { userId, keyName } = params as { userId: string; keyName: string };
    return lookUpProfileField(ctx, userId, keyName);
  },
});
