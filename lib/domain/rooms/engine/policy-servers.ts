import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import type { FederationClient } from '../../federation/client.ts';
import { FederationError } from '../../federation/federation-error.ts';

/** The one key of a policy server that counts for events. */
export const POLICY_KEY_ID = 'ed25519:policy_server';

/** What a policy server says of an event. */
export type PolicyAnswer =
  | { signature: string }
  /** It does not recommend the event; its own words, and what else its error object holds. */
  | { refused: { status: number; errcode: string; error: string; extra: Record<string, unknown> } }
  | { unreachable: string };

/** Asks policy servers (server-server API, policy servers). */
export interface PolicyServers {
  /** Asks a server to sign an event. Never throws for what the other server does. */
  sign(via: string, pdu: JsonObject): Promise<PolicyAnswer>;
}

const PATH = '/_matrix/policy/v1/sign';
const TIMEOUT_MS = 10_000;
const MOST_BYTES = 64 * 1024;

/** Policy servers over federation. */
export class RemotePolicyServers implements PolicyServers {
  readonly #client: FederationClient;

  constructor(client: FederationClient) {
    this.#client = client;
  }

  async sign(via: string, pdu: JsonObject): Promise<PolicyAnswer> {
    const request = { method: 'POST' as const, path: PATH, content: pdu, timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES };
    try {
      const own = (await this.#client.json(via, request))[via];
      const signature = isJsonObject(own) ? own[POLICY_KEY_ID] : undefined;
      if (typeof signature === 'string') return { signature };
      return { unreachable: 'the policy server answered without a signature' };
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
      const { isRefusal, status, errcode, said, body } = error;
      // A 401 would have clients think that their own token is meant.
      if (!isRefusal || status === 401) return { unreachable: error.message };
      const { errcode: _code, error: _words, ...extra } = body;
      return { refused: { status: status as number, errcode: errcode as string, error: said ?? '', extra } };
    }
  }
}
