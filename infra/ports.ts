/** Ports inside the network. */
export const PORTS = {
  /** Clients and other servers, from the balancer. */
  http: 8008,
  /** Commands to writers, from Lambdas and other tasks; never from outside. */
  replication: 8009,
  balancer: 80,
  database: 5432,
  cache: 6379,
  https: 443,
} as const;

/** The stage of the REST API; the distribution puts it in front of every path, so that no client sees it. */
export const API_STAGE = 'live';
