import { notFound } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Where other servers find this one (server-server API, "Server discovery"). */
export default defineEndpoint({
  method: 'GET',
  path: '/.well-known/matrix/server',
  auth: 'none',
  handle({ config }) {
    const { enabled, server } = config.wellKnown;
    if (!enabled) throw notFound('Nothing is published here.');
    return { 'm.server': server ?? hostAndPort(new URL(config.publicBaseUrl)) };
  },
});

/** With a port always: without one, servers would look for SRV records and then port 8448. */
function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
