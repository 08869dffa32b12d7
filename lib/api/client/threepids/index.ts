import type { Endpoint } from '../../http/endpoint.ts';
import addThreepid from './add-threepid.ts';
import addThreepidDeprecated from './add-threepid-deprecated.ts';
import bindThreepid from './bind-threepid.ts';
import confirmEmail from './confirm-email.ts';
import deleteThreepid from './delete-threepid.ts';
import requestEmailToken from './request-email-token.ts';
import requestPhoneToken from './request-phone-token.ts';
import unbindThreepid from './unbind-threepid.ts';

/** The requester's e-mail addresses and phone numbers. */
export const endpoints: Endpoint[] = [
  addThreepid,
  addThreepidDeprecated,
  bindThreepid,
  confirmEmail,
  deleteThreepid,
  requestEmailToken,
  requestPhoneToken,
  unbindThreepid,
];
