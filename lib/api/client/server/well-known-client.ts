import { notFound } from '../../../spec/errors.ts';
import { isJsonObject } from '../../../spec/json.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Where clients find this server (client-server API, "Well-known URIs"). */
export default defineEndpoint({
  method: 'GET',
  path: '/.well-known/matrix/client',
  auth: 'none',
  handle({ config }) {
    const { enabled, client } = config.wellKnown;
    if (!enabled) throw notFound('Nothing is published here.');
    const { transports } = config.matrixRtc;
    return {
      'm.homeserver': { base_url: `${config.publicBaseUrl}/` },
      // MSC4143, for clients that do not know the endpoint.
      ...(transports.length > 0 ? { 'org.matrix.msc4143.rtc_foci': transports } : {}),
      ...(isJsonObject(client) ? client : {}),
    };
  },
});
