/** Classes of SQLSTATE: connection trouble, the server going down or full, and a transaction that lost a race. */
const PASSING = /^(?:08...|57P0[1-5]|53[03]00|40001|40P01|57014)$/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const SENTENCES =
  /connection terminated|connection error|timeout exceeded when trying to connect|client has encountered/i;

/**
 * Whether a statement failed because the database was away for a moment: the same may well succeed later. Whether it
 * was carried out is not known.
 */
export function isUnavailable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && (PASSING.test(code) || NETWORK.has(code))) return true;
  return typeof message === 'string' && SENTENCES.test(message);
}
