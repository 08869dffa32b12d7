import { storedFilter } from '../../../domain/filters/filters.ts';
import { forbidden } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/user/{userId}/filter/{filterId}';

/** Gives back a stored filter (client-server API, `GET /user/{userId}/filter/{filterId}`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { params, requester }) {
    if (params['userId'] !== requester.userId) throw forbidden('You can only read filters of your own.');
    return storedFilter(ctx, requester.userId, params['filterId'] as string);
  },
});
