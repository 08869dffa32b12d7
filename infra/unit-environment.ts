import { environmentName, keys } from '../lib/config/keys.ts';
import { metricsNamespace } from './metrics.ts';
import type { Stage } from './stages.ts';

/** A client may ask for 30 s; what lies in between (gateway 29 s, balancer 65 s) must not cut a poll. */
const LONGEST_POLL_MS = 25_000;

/** What the units of a stage have in common. */
export interface Surroundings {
  /** Host of clients and other servers; a token of CloudFormation where no domain is given. */
  host: string;
  mediaBucket: string;
  jobsUrl: string;
}

/** Configuration keys, as environment variables, that every unit of a stage gets. Secrets are none of them. */
export function unitEnvironment(stage: Stage, around: Surroundings): Record<string, string> {
  return {
    MYELIN_SERVER_NAME: stage.serverName ?? around.host,
    MYELIN_PUBLIC_BASE_URL: `https://${around.host}`,
    MYELIN_MEDIA_S3_BUCKET: around.mediaBucket,
    MYELIN_LIMITS_MAX_SYNC_TIMEOUT_MS: String(LONGEST_POLL_MS),
    JOBS_QUEUE_URL: around.jobsUrl,
    METRICS_NAMESPACE: metricsNamespace(stage),
    ...(typeof stage.placement === 'string' ? { MYELIN_PLACEMENT: stage.placement } : {}),
    ...flatten(stage.config as Record<string, unknown>, ''),
  };
}

/** `{ listen: { httpPort: 1 } }` as `MYELIN_LISTEN_HTTP_PORT`. Lists and free-form values are written as JSON. */
function flatten(level: Record<string, unknown>, prefix: string): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(level)) {
    const path = prefix + name;
    const isSection = keys.get(path)?.facts.type === 'section' && typeof value === 'object' && value !== null;
    if (isSection) Object.assign(flat, flatten(value as Record<string, unknown>, `${path}.`));
    else if (value !== undefined)
      flat[environmentName(path)] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return flat;
}

/** Where and as whom a unit signs in to the database by IAM, checking its certificate. */
export function databaseUrl(user: string, host: string, name: string, authorities: string): string {
  return `postgres://${user}@${host}:5432/${name}${databaseQuery(authorities)}&auth=rds-iam`;
}

export function databaseQuery(authorities: string): string {
  return `?sslmode=verify-full&sslrootcert=${authorities}`;
}
