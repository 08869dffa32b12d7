import { defineEndpoint } from '../../http/endpoint.ts';
import { answerToken } from '../../login/email-pages.ts';

/** Where the link in a mail leads that validates an address to be added. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/add_threepid/email/submit_token',
  auth: 'none',
  handle: (ctx, { searchParams }) => answerToken(ctx, 'add', searchParams),
});
