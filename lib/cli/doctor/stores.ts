import type { Config } from '../../config/config.ts';
import { Database } from '../../storage/database.ts';
import { listMigrations } from '../../storage/migrate.ts';
import { serverFacts } from '../../storage/server-facts.ts';
import { runningServer } from '../data-lock.ts';
import { embeddedDirectory, startDatabase, withoutPassword } from '../database.ts';
import { sentencesOf } from '../failure.ts';
import { bad, type Finding, note, ok } from './check.ts';

const leastPostgres = 15;

/** Whether PostgreSQL answers, is new enough, keeps commits, and has the schema. */
export async function checkPostgres(config: Config): Promise<Finding[]> {
  const running = await runningServer(config.dataDirectory);
  const where =
    config.databaseUrl === undefined
      ? `embedded, in ${embeddedDirectory(config)}`
      : withoutPassword(config.databaseUrl);
  let stop = async () => {};
  let db: Database | undefined;
  try {
    let url = running?.databaseUrl ?? config.databaseUrl;
    if (url === undefined) {
      const started = await startDatabase(config);
      ({ url, stop } = started);
    }
    db = new Database(url, { poolSize: 1, applicationName: 'myelin-doctor' });
    const facts = await serverFacts(db);
    const findings: Finding[] = [
      facts.major < leastPostgres
        ? bad('postgres', `PostgreSQL ${facts.version} (${where}) is too old; ${leastPostgres} is the least.`)
        : ok('postgres', `PostgreSQL ${facts.version} answers in ${facts.roundTripMs.toFixed(1)} ms (${where}).`),
    ];
    if (!facts.durable) {
      findings.push(note('postgres', 'fsync or synchronous_commit is off: a crash can lose what was acknowledged.'));
    }
    if (facts.encoding !== 'UTF8')
      findings.push(bad('postgres', `The database's encoding is ${facts.encoding}, not UTF8.`));
    const wanted = (await listMigrations()).length;
    findings.push(
      facts.migrations === wanted
        ? ok('schema', `All ${wanted} migrations are applied.`)
        : note('schema', `${facts.migrations} of ${wanted} migrations are applied; the next start does the rest.`),
    );
    return findings;
  } catch (error) {
    return [bad('postgres', `${where}: ${sentencesOf(error)[0]}.`)];
  } finally {
    await db?.close();
    await stop();
  }
}

/** Whether Redis answers, where it is used. */
export async function checkRedis(config: Config): Promise<Finding> {
  const { redisUrl, placement } = config;
  if (redisUrl === undefined) {
    return placement === 'one'
      ? ok('redis', 'Not used: one process needs none.')
      : note('redis', `The placement "${placement}" needs Redis; without redisUrl one is started from the PATH.`);
  }
  const { Redis } = await import('ioredis');
  const client = new Redis(redisUrl, { lazyConnect: true, connectTimeout: 5000, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    const started = performance.now();
    await client.ping();
    return ok('redis', `${withoutPassword(redisUrl)} answers in ${(performance.now() - started).toFixed(1)} ms.`);
  } catch (error) {
    return bad('redis', `${withoutPassword(redisUrl)}: ${sentencesOf(error)[0]}.`);
  } finally {
    client.disconnect();
  }
}
