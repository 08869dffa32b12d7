import { isIP } from 'node:net';

/** A server name in its parts. */
export interface ParsedServerName {
  /** IP literals without brackets. */
  host: string;
  port: number | undefined;
  isIp: boolean;
}

/** Where requests for a server go (server-server API, "Resolving server names"). */
export interface ServerAddress {
  /** `https://host[:port]`: what the certificate must be for, and the Host header. */
  baseUrl: string;
  /** Hosts to connect to, in the order in which they are tried; never empty. */
  targets: { host: string; port: number }[];
}

/** The port of federation where a name has none. */
export const FEDERATION_PORT = 8448;

/** Takes a valid server name apart. */
export function parseServerName(serverName: string): ParsedServerName {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(serverName);
  const { six, host = '', port } = match?.groups ?? {};
  const bare = six ?? host;
  return { host: bare, port: port === undefined ? undefined : Number(port), isIp: isIP(bare) !== 0 };
}

/** The address of a name that says itself where to go: with a port, or an IP literal. Undefined for others. */
export function literalAddress(serverName: string): ServerAddress | undefined {
  const { host, port, isIp } = parseServerName(serverName);
  if (port === undefined && !isIp) return undefined;
  return { baseUrl: `https://${serverName}`, targets: [{ host, port: port ?? FEDERATION_PORT }] };
}
