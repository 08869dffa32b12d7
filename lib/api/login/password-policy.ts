import { defineEndpoint, versions } from '../http/endpoint.ts';

const path = '/_matrix/client/v3/password_policy';

/** What a password must have, for clients that say so beforehand (MSC2000). Nothing that they could show. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  handle() {
    return {};
  },
});
