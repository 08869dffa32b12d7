import { MatrixError, notFound } from '../../../spec/errors.ts';
import type { Context } from '../../context.ts';
import { clientErrorOf, FederationError } from '../federation-error.ts';

/** Refusals by which a server says that it alone can't help: another one may. */
const ASK_OTHERS = new Set(['M_NOT_FOUND', 'M_UNRECOGNIZED', 'M_UNABLE_TO_AUTHORISE_JOIN', 'M_UNABLE_TO_GRANT_JOIN']);
const MOST_SERVERS = 20;

/**
 * Asks servers one after the other until one helps.
 * @param what begins the sentence of an error, such as `Room !x can't be joined`
 * @throws MatrixError 404 M_NOT_FOUND when there is no server to ask; the refusal of one that knows; 502 when none could
 *   be reached.
 */
export async function tryServers<T>(
  ctx: Context,
  servers: readonly string[],
  what: string,
  ask: (server: string) => Promise<T>,
): Promise<T> {
  const others = [...new Set(servers)].filter((server) => server !== ctx.serverName).slice(0, MOST_SERVERS);
  if (others.length === 0) throw notFound(`${what}: no server that may know the room was named.`);
  let last: unknown;
  for (const server of others) {
    try {
      return await ask(server);
    } catch (error) {
      if (!(error instanceof FederationError || error instanceof MatrixError)) throw error;
      ctx.log.info({ err: error, server }, what);
      if (isFinal(error)) throw clientErrorOf(error, what);
      // What a server said is more telling than that another did not answer.
      if (!(last instanceof FederationError && last.isRefusal)) last = error;
    }
  }
  throw clientErrorOf(last, what);
}

function isFinal(error: FederationError | MatrixError): boolean {
  return error instanceof FederationError && error.isRefusal && !ASK_OTHERS.has(error.errcode as string);
}
