import { phoneTokenEndpoint } from './email-token.ts';

/** As its twin for e-mail, for phone numbers: refused. */
export default phoneTokenEndpoint('/_matrix/client/v3/register/msisdn/requestToken');
