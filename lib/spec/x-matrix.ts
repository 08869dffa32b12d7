/** What an `Authorization: X-Matrix` header says (server-server API, request authentication). */
export interface XMatrix {
  /** Name of the server that asks. */
  origin: string;
  /** Name of the server that is asked; absent in requests of old servers. */
  destination: string | undefined;
  /** Signing key identifier. */
  key: string;
  /** Unpadded base64. */
  signature: string;
}

const SCHEME = /X-Matrix +/iy;
// Colons are no part of a token, but old servers write key ids and server names without quotes.
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z:/=[\]-]*))/y;
const COMMA = /[ \t]*,[ \t]*/y;
const LONGEST_HEADER = 8_192;

/**
 * Reads the header; several of them, one for each key of the asking server, come joined by commas. Undefined for what is
 * not of the scheme, or lacks a parameter.
 */
export function parseXMatrix(header: string): XMatrix[] | undefined {
  if (header.length > LONGEST_HEADER) return undefined;
  const found: XMatrix[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < header.length) {
    if (!take(SCHEME)) return undefined;
    const parameters = new Map<string, string>();
    for (let more = true; more; ) {
      const parameter = take(PARAMETER);
      if (!parameter) return undefined;
      const [, name = '', quoted, plain = ''] = parameter;
      if (parameters.has(name.toLowerCase())) return undefined;
      parameters.set(name.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
      more = take(COMMA) !== null;
      if (more) {
        SCHEME.lastIndex = at;
        if (SCHEME.test(header)) more = false;
      } else if (at < header.length) return undefined;
    }
    const origin = parameters.get('origin');
    const key = parameters.get('key');
    const signature = parameters.get('sig') ?? parameters.get('signature');
    if (!origin || !key || !signature) return undefined;
    found.push({ origin, destination: parameters.get('destination'), key, signature });
  }
  return found.length > 0 ? found : undefined;
}
