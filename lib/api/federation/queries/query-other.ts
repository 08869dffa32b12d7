import { unrecognized } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** A kind of query that this server does not know (server-server API, `GET /query/{queryType}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/query/{queryType}',
  auth: 'federation',
  handle() {
    throw unrecognized();
  },
});
