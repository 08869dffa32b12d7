import { integer, milliseconds, optional, section, setting } from '../fields.ts';

export const passwordHash = section('Cost of argon2id, with which passwords are hashed.', {
  memoryKiB: setting(integer(8, 4 * 1024 * 1024), 19_456, 'Memory of one hash in KiB.'),
  passes: setting(integer(1, 100), 2, 'Passes over that memory.'),
  parallelism: setting(integer(1, 64), 1, 'Lanes of one hash.'),
});

export const sessions = section('How long a login lasts.', {
  accessTokenLifetimeMs: setting(
    milliseconds(1000),
    300_000,
    'Lifetime of an access token that was given together with a refresh token.',
  ),
  refreshTokenLifetimeMs: optional(milliseconds(1000), 'Lifetime of an unused refresh token.', {
    defaultNote: 'without end',
  }),
  loginTokenLifetimeMs: setting(milliseconds(1000), 120_000, 'Lifetime of the token of POST /login/get_token and SSO.'),
});
