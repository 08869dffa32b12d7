import { emailTokenEndpoint } from '../../login/email-token.ts';

/** Sends a mail that validates an address to be added to an account (client-server API, 3PIDs). */
export default emailTokenEndpoint('/_matrix/client/v3/account/3pid/email/requestToken', 'add');
