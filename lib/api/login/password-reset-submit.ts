import { defineEndpoint } from '../http/endpoint.ts';
import { answerToken } from './email-pages.ts';
import { readForm } from './read-form.ts';

/** Takes the form of the page that confirms a password reset. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/client/password_reset/email/submit_token',
  auth: 'none',
  async handle(ctx, { request }) {
    return answerToken(ctx, 'password', await readForm(request));
  },
});
