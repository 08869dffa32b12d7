import { bool, boolOr, milliseconds, optional, path, port, section, setting, text, texts, url } from '../fields.ts';

export const email = section('Sending e-mail. Without smtpHost no mail is sent, and nobody can add an address.', {
  smtpHost: optional(text(), 'Mail server.'),
  smtpPort: setting(port(), 587, 'Port of the mail server.'),
  tls: setting(
    boolOr(['starttls']),
    'starttls',
    'With true TLS from the first byte; "starttls": asked for after connecting, and required; false: none.',
  ),
  username: optional(text(), 'Name to log in with at the mail server.'),
  password: optional(text(), 'Password to log in with.', { secret: true }),
  passwordFile: optional(path(), 'File that holds email.password.'),
  from: optional(text(), 'Sender of all mail.', { defaultNote: 'noreply@ and the server name' }),
});

export const recaptcha = section('Captcha; asked for at registration where registrationRequiresCaptcha is set.', {
  publicKey: optional(text(), 'Site key, given to clients.'),
  privateKey: optional(text(), 'Secret key, known to this server only.', { secret: true }),
  privateKeyFile: optional(path(), 'File that holds recaptcha.privateKey.'),
  siteVerifyUrl: setting(
    url('https', 'http'),
    'https://www.recaptcha.net/recaptcha/api/siteverify',
    'Where an answer is checked.',
  ),
});

export const cas = section('Login by CAS; on as soon as serverUrl is there.', {
  serverUrl: optional(url('https', 'http'), 'Base URL of the CAS server.'),
});

export const sso = section('Single sign-on.', {
  trustedRedirects: setting(
    texts(),
    [],
    'Beginnings of the addresses to which users return without being asked, such as "https://app.example.org/". An address without a path ends in a slash.',
  ),
});

export const turn = section('TURN servers for calls.', {
  uris: setting(texts(), [], 'Servers, such as "turn:turn.example.org?transport=udp".'),
  sharedSecret: optional(text(), 'Secret shared with the TURN server, from which passing credentials are made.', {
    secret: true,
  }),
  sharedSecretFile: optional(path(), 'File that holds turn.sharedSecret.'),
  username: optional(text(), 'Fixed name, where there is no shared secret.'),
  password: optional(text(), 'Fixed password, where there is no shared secret.', { secret: true }),
  passwordFile: optional(path(), 'File that holds turn.password.'),
  lifetimeMs: setting(milliseconds(1000), 86_400_000, 'Lifetime of credentials made from the shared secret.'),
  allowGuests: setting(bool(), true, 'Guests get credentials too.'),
});
