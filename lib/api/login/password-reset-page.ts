import { defineEndpoint } from '../http/endpoint.ts';
import { confirmResetPage } from './email-pages.ts';

/** Where the link in a password reset mail leads. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/client/password_reset/email/submit_token',
  auth: 'none',
  handle: (_ctx, { searchParams }) => confirmResetPage(searchParams),
});
