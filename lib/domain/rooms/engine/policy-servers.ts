import type { OutboundHttp } from '../../../platform/outbound-http.ts';
import { canonicalJson } from '../../../spec/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { signJson } from '../../../spec/signing.ts';
import type { EventSigner } from '../room-actor.ts';

/** The one key of a policy server that counts for events. */
export const POLICY_KEY_ID = 'ed25519:policy_server';

/** What a policy server says of an event. */
export type PolicyAnswer =
  | { signature: string }
  /** It does not recommend the event; its own words. */
  | { refused: { status: number; errcode: string; error: string } }
  | { unreachable: string };

/** Asks policy servers (server-server API, policy servers). */
export interface PolicyServers {
  sign(via: string, pdu: JsonObject): Promise<PolicyAnswer>;
}

/** Where a server can be reached. */
export interface ServerAddress {
  /** `https://host[:port]`, the name that certificate and Host header are for. */
  baseUrl: string;
  connectTo?: { host: string; port: number };
}

const PATH = '/_matrix/policy/v1/sign';
const TIMEOUT_MS = 10_000;
const MOST_BYTES = 64 * 1024;

/** Policy servers over federation: signed requests to wherever a server name leads. */
export class HttpPolicyServers implements PolicyServers {
  readonly #http: OutboundHttp;
  readonly #signer: EventSigner;
  readonly #locate: (serverName: string) => Promise<ServerAddress>;
  readonly #allowPrivateAddresses: boolean | string[];

  constructor(options: {
    http: OutboundHttp;
    signer: EventSigner;
    /** Server discovery. */
    locate(serverName: string): Promise<ServerAddress>;
    allowPrivateAddresses?: boolean | string[];
  }) {
    this.#http = options.http;
    this.#signer = options.signer;
    this.#locate = options.locate;
    this.#allowPrivateAddresses = options.allowPrivateAddresses ?? false;
  }

  async sign(via: string, pdu: JsonObject): Promise<PolicyAnswer> {
    try {
      const { baseUrl, connectTo } = await this.#locate(via);
      const { status, body } = await this.#http.fetch(`${baseUrl}${PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: this.#authorization(via, pdu) },
        body: canonicalJson(pdu, 'lenient'),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MOST_BYTES,
        purpose: 'policy',
        allowPrivateAddresses: this.#allowPrivateAddresses,
        ...(connectTo ? { connectTo } : {}),
      });
      return answerOf(via, status, new TextDecoder().decode(body));
    } catch (error) {
      return { unreachable: (error as Error).message };
    }
  }

  #authorization(destination: string, content: JsonObject): string {
    const { serverName: origin, key } = this.#signer;
    const { signatures } = signJson({ method: 'POST', uri: PATH, origin, destination, content }, origin, key);
    const signature = signatures[origin]?.[key.keyId];
    return `X-Matrix origin="${origin}",destination="${destination}",key="${key.keyId}",sig="${signature}"`;
  }
}

function answerOf(via: string, status: number, text: string): PolicyAnswer {
  const body: unknown = JSON.parse(text);
  if (!isJsonObject(body)) return { unreachable: 'the policy server answered something that is not an object' };
  if (status === 200) {
    const own = body[via];
    const signature = isJsonObject(own) ? own[POLICY_KEY_ID] : undefined;
    if (typeof signature === 'string') return { signature };
    return { unreachable: 'the policy server answered without a signature' };
  }
  const { errcode, error } = body;
  if (typeof errcode !== 'string') return { unreachable: `the policy server answered with status ${status}` };
  return { refused: { status, errcode, error: typeof error === 'string' ? error : '' } };
}
