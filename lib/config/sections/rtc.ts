import { z } from 'zod';
import { integer, milliseconds, objects, section, setting } from '../fields.ts';

export const matrixRtc = section('Calls by MatrixRTC, such as those of Element Call.', {
  transports: setting(
    objects({ type: z.string() }, 'a list of objects, each with a "type"'),
    [],
    'Where calls of this server\'s users run, given to clients: objects such as {"type": "livekit", "livekit_service_url": "https://livekit-jwt.example.org"}.',
  ),
});

export const delayedEvents = section('Events that clients leave with the server to be sent later.', {
  maxDelayMs: setting(milliseconds(1_000), 86_400_000, 'Longest time after which one may be sent.'),
  maxPerUser: setting(integer(1), 100, 'Most that wait at a time for one user.'),
});
