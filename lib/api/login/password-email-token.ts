import { emailTokenEndpoint } from './email-token.ts';

/** Sends a mail that lets its reader set a new password (client-server API, "Password management"). */
export default emailTokenEndpoint('/_matrix/client/v3/account/password/email/requestToken', 'password');
