import { defineEndpoint } from '../../http/endpoint.ts';
import { SPEC_VERSIONS, UNSTABLE_FEATURES } from './spec-versions.ts';

/** The versions of the specification that this server speaks (client-server API, "API versions"). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/versions',
  // Nobody has features of their own, so no token is looked at: an expired one must not hide the versions.
  auth: 'none',
  handle() {
    return { versions: SPEC_VERSIONS, unstable_features: UNSTABLE_FEATURES };
  },
});
