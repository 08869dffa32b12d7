import { corsHeaders } from './cors.ts';

const HEADERS = { 'content-type': 'application/json', ...corsHeaders };

const made = new WeakSet<Response>();

/** A response with a JSON text that is serialised already. */
export function jsonResponse(status: number, json: string): Response {
  const response = new Response(json, { status, headers: HEADERS });
  made.add(response);
  return response;
}

/**
 * Whether a response is one of {@link jsonResponse}: it is whole, and has its headers. Asking the response itself would
 * build its header object, which costs more than all else that answering takes.
 */
export function isJsonResponse(response: Response): boolean {
  return made.has(response);
}
