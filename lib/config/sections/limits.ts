import { bytes, integer, milliseconds, section, setting } from '../fields.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = section('Bounds on what one request may bring or ask.', {
  maxBodyBytes: setting(bytes(), 6 * MiB, 'Longest JSON body of a client request.'),
  maxFederationBodyBytes: setting(bytes(), 12 * MiB, 'Longest JSON body of a federation request.'),
  maxEventBytes: setting(integer(1024, 65_536), 65_536, 'Longest event in canonical JSON; the spec allows 65536.'),
  maxUploadBytes: setting(bytes(), 100 * MiB, 'Longest file that may be uploaded.'),
  maxSyncTimeoutMs: setting(
    milliseconds(),
    30_000,
    'Longest a /sync without news is held open, whatever the client asks for.',
  ),
});
