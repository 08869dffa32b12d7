import { defineEndpoint } from '../http/endpoint.ts';
import { answerToken } from './email-pages.ts';

/** Where the link in a registration mail leads. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/registration/{medium}/submit_token',
  auth: 'none',
  handle: (ctx, { searchParams }) => answerToken(ctx, 'register', searchParams),
});
