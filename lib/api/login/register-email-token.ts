import { emailTokenEndpoint } from './email-token.ts';

/** Sends a mail that validates an address for a registration (client-server API, "Account registration"). */
export default emailTokenEndpoint('/_matrix/client/v3/register/email/requestToken', 'register');
