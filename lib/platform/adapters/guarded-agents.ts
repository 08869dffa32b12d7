import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { isAllowedAddress } from '../address-guard.ts';
import { OutboundHttpError, type OutboundRequest } from '../outbound-http.ts';

const MOST_AGENTS = 500;
const CONNECT_MS = 10_000;
const IDLE_MS = 30_000;

type AgentOptions = Pick<OutboundRequest, 'caFiles' | 'verifyTls' | 'allowPrivateAddresses' | 'connectTo'>;

/** Connections by the rules that they were checked with; requests with other rules never use them. */
export class GuardedAgents {
  readonly #resolve: typeof lookup;
  readonly #agents = new LRUCache<string, Agent>({
    max: MOST_AGENTS,
    // Requests under way on an agent that has to go are finished first.
    dispose: (agent) => void agent.close().catch(() => {}),
  });

  /** @param resolve how names become addresses; the system's way unless a test says otherwise. */
  constructor(resolve: typeof lookup = lookup) {
    this.#resolve = resolve;
  }

  /** The agent for requests with these settings. */
  get(options: AgentOptions): Dispatcher {
    const { caFiles, verifyTls, allowPrivateAddresses, connectTo } = options;
    const key = JSON.stringify([caFiles, verifyTls, allowPrivateAddresses, connectTo]);
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({
      connect: this.#connector(options),
      keepAliveTimeout: IDLE_MS,
      // The request's own limit is what counts.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#agents.set(key, agent);
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  #connector(options: AgentOptions): buildConnector.connector {
    const connect = buildConnector({
      timeout: CONNECT_MS,
      rejectUnauthorized: options.verifyTls ?? true,
      ca: options.caFiles?.length
        ? [...rootCertificates, ...options.caFiles.map((file) => readFileSync(file, 'utf8'))]
        : undefined,
      lookup: this.#guardedLookup(options.allowPrivateAddresses),
    });
    return (target, callback) => {
      const hostname = options.connectTo?.host ?? target.hostname;
      const bare = hostname.replace(/^\[(.*)\]$/, '$1');
      // A host in numbers is connected to without being looked up.
      if (isIP(bare) && !isAllowedAddress(bare, options.allowPrivateAddresses)) {
        callback(forbidden(bare), null);
        return;
      }
      connect(
        {
          ...target,
          hostname: bare,
          port: options.connectTo ? String(options.connectTo.port) : target.port,
          servername: target.servername ?? serverName(target.hostname),
        },
        callback,
      );
    };
  }

  #guardedLookup(allow: boolean | string[] | undefined): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
        const allowed = error ? [] : addresses.filter(({ address }) => isAllowedAddress(address, allow));
        const first = allowed[0];
        if (error) callback(new OutboundHttpError('unresolvable', `${hostname} has no address`, { cause: error }), '');
        else if (!first) callback(forbidden(hostname), '');
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }
}

function serverName(hostname: string): string | undefined {
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) ? undefined : hostname;
}

function forbidden(host: string): OutboundHttpError {
  return new OutboundHttpError(
    'forbidden-address',
    `${host} is not on the public internet, and private addresses are not allowed`,
  );
}
