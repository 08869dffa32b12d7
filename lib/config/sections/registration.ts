import { bool, milliseconds, optional, path, section, setting, text } from '../fields.ts';

/** Keys at the top level: who may make an account. */
export const registration = {
  enableRegistration: setting(bool(), false, 'Anybody who reaches the server may make an account.'),
  registrationRequiresToken: setting(
    bool(),
    false,
    'Registration asks for a registration token (npm run myelin -- token registration).',
  ),
  registrationRequiresCaptcha: setting(bool(), false, 'Registration asks for a captcha; needs the keys of recaptcha.'),
  registrationSharedSecret: optional(
    text(),
    'Whoever knows it can make accounts, administrators too, by /_synapse/admin/v1/register.',
    { secret: true },
  ),
  registrationSharedSecretFile: optional(path(), 'File that holds registrationSharedSecret.'),
  allowGuestAccess: setting(bool(), false, 'Guests may come in without an account.'),
  accountValidity: section('Accounts that end by themselves.', {
    periodMs: optional(milliseconds(1000), 'How long a new account can be used; an administrator can prolong it.', {
      defaultNote: 'without end',
    }),
  }),
  enableEphemeralMessages: setting(bool(), false, 'Messages may carry a time at which they expire (MSC2228).'),
};
