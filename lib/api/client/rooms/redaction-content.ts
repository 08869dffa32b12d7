import { badJson } from '../../../spec/errors.ts';
import type { JsonObject } from '../../../spec/json.ts';

/**
 * The content of a redaction out of the body that asks for one: everything but what it redacts, which the path says.
 * @throws MatrixError 400 M_BAD_JSON when the reason is no string
 */
export function redactionContent(body: JsonObject): JsonObject {
  const { redacts: _redacts, reason, ...others } = body;
  if (reason !== undefined && reason !== null && typeof reason !== 'string') throw badJson('reason must be a string.');
  return typeof reason === 'string' ? { ...others, reason } : others;
}
