import { integer, positive, sectionOrFalse, setting } from '../fields.ts';

function rateLimit(doc: string, perSecond: number, burstCount: number) {
  return sectionOrFalse(doc, {
    perSecond: setting(positive(), perSecond, 'Requests a second that are let through for ever.'),
    burstCount: setting(integer(1), burstCount, 'Requests that are let through at once before perSecond counts.'),
  });
}

/** `false` for one kind switches it off, `rateLimits: false` all of them. */
export const rateLimits = sectionOrFalse('How often one user or address may do a thing (429 M_LIMIT_EXCEEDED).', {
  message: rateLimit('Events sent, per user.', 10, 100),
  registration: rateLimit('Accounts made, per address.', 0.2, 10),
  login: rateLimit('Logins tried, per address and per account.', 0.5, 10),
  join: rateLimit('Rooms joined, per user.', 1, 30),
  invite: rateLimit('Invites sent, per user.', 1, 30),
  roomCreation: rateLimit('Rooms made, per user.', 0.5, 20),
  presence: rateLimit('Presence set, per user.', 1, 10),
  federation: rateLimit('Requests of another server, per server.', 50, 200),
  admin: rateLimit('Requests to the admin API, per administrator.', 20, 100),
});
