import { userDevices } from '../../../domain/federation/queries/user-devices.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The devices of a user of this server (server-server API, `GET /user/devices/{userId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/user/devices/{userId}',
  auth: 'federation',
  handle: (ctx, { params }) => userDevices(ctx, params['userId'] as string),
});
