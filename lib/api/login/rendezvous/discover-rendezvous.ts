import { defineEndpoint } from '../../http/endpoint.ts';

/** Whether the requester may open a mailbox (MSC4388): everybody may. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/io.element.msc4388/rendezvous',
  auth: 'none',
  handle() {
    return { create_available: true };
  },
});
