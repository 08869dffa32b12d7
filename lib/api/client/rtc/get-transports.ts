import { defineEndpoint } from '../../http/endpoint.ts';

/** Where calls of this server's users run (MSC4143). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/unstable/org.matrix.msc4143/rtc/transports',
  auth: 'user',
  handle({ config }) {
    return { rtc_transports: config.matrixRtc.transports };
  },
});
