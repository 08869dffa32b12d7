import { defineEndpoint } from '../../http/endpoint.ts';

/** Whether this process answers at all; the path and the text that load balancers in front of Synapse look for. */
export default defineEndpoint({
  method: 'GET',
  path: '/health',
  auth: 'none',
  handle: () => new Response('OK', { headers: { 'content-type': 'text/plain' } }),
});
