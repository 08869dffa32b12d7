import { corsHeaders } from './cors.ts';

const HEADERS = { 'content-type': 'application/json', ...corsHeaders };

/** A response with a JSON text that is serialised already. */
export function jsonResponse(status: number, json: string): Response {
  return new Response(json, { status, headers: HEADERS });
}
