import { z } from 'zod';
import { federation, outboundHttp } from './sections/federation.ts';
import { cas, email, recaptcha, sso, turn } from './sections/integrations.ts';
import { limits } from './sections/limits.ts';
import { listen, tls } from './sections/listen.ts';
import { media, urlPreviews } from './sections/media.ts';
import { log, metrics, replication, tracing, wellKnown } from './sections/operations.ts';
import { presence, userDirectory } from './sections/presence.ts';
import { rateLimits } from './sections/rate-limits.ts';
import { registration } from './sections/registration.ts';
import { delayedEvents, matrixRtc } from './sections/rtc.ts';
import { server } from './sections/server.ts';
import { serverNotices } from './sections/server-notices.ts';
import { passwordHash, sessions } from './sections/sessions.ts';

/** Every key there is. A new key goes into a file of `sections/`; everything else follows from here. */
export const shape = {
  ...server,
  listen,
  tls,
  ...registration,
  passwordHash,
  sessions,
  rateLimits,
  limits,
  serverNotices,
  presence,
  userDirectory,
  media,
  urlPreviews,
  federation,
  outboundHttp,
  email,
  recaptcha,
  cas,
  sso,
  turn,
  matrixRtc,
  delayedEvents,
  wellKnown,
  replication,
  metrics,
  tracing,
  log,
};

export const schema = z.strictObject(shape);
