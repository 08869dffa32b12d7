import type { ServerResponse } from 'node:http';
import { corsHeaders } from '../api/http/cors.ts';

/** What the gateway itself answers, in Matrix's form. */
const ANSWERS = {
  tooLarge: [413, 'M_TOO_LARGE', 'The request is longer than what this way carries.'],
  timeout: [504, 'M_UNKNOWN', 'The answer took too long.'],
  broken: [502, 'M_UNKNOWN', 'The part of the server that answers this broke off.'],
  absent: [503, 'M_UNKNOWN', 'The part of the server that answers this is not there right now; try again.'],
  malformed: [400, 'M_UNKNOWN', 'The request is malformed.'],
} as const;

/** Answers instead of the unit. Does nothing when an answer has begun; then the connection is cut. */
export function answerError(outgoing: ServerResponse, kind: keyof typeof ANSWERS): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const [status, errcode, error] = ANSWERS[kind];
  const text = JSON.stringify({ errcode, error });
  outgoing.writeHead(status, {
    ...corsHeaders,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(kind === 'tooLarge' ? { connection: 'close' } : {}),
  });
  outgoing.end(text);
}
