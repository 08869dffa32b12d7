// What stands between the stacks and the configuration: secrets, sign-in to the database, roles, and the look each minute.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { prepareDeployment } from '../../functions/prepare-deployment.ts';
import { UNITS } from '../../functions/units.ts';
import { watchUnits } from '../../functions/watch-units.ts';
import { loadConfig } from '../../lib/config/config.ts';
import { rdsIamPassword } from '../../lib/platform/adapters/rds-iam.ts';
import { parseSigningKeyFile } from '../../lib/spec/signing.ts';
import { connectionSettings } from '../../lib/storage/connection-settings.ts';
import { Database } from '../../lib/storage/database.ts';
import { grantRoles } from '../../lib/storage/database-roles.ts';
import { readProcessReports } from '../../lib/storage/streams/processes.ts';
import { testDatabase } from '../kit/postgres.ts';

const SEED = 'a'.repeat(64);

async function prepared(env: Record<string, string>): Promise<Record<string, string | undefined>> {
  const given: Record<string, string | undefined> = { ...env };
  await prepareDeployment(given);
  return given;
}

describe('a deployed process', () => {
  test('without anything from stacks is left alone', async () => {
    assert.deepEqual(await prepared({ MYELIN_SERVER_NAME: 'a.example' }), { MYELIN_SERVER_NAME: 'a.example' });
  });

  test('makes its secrets from the one seed, the same in every process', async () => {
    const [one, other] = await Promise.all([
      prepared({ SERVER_SECRET: `{"seed":"${SEED}"}` }),
      prepared({ SERVER_SECRET: `{"seed":"${SEED}"}` }),
    ]);
    const key = (env: typeof one) => parseSigningKeyFile(readFileSync(env['MYELIN_SIGNING_KEY_FILE']!, 'utf8'));
    assert.equal(key(one).keyId, key(other).keyId);
    assert.equal(key(one).publicKey, key(other).publicKey);
    assert.match(key(one).keyId, /^ed25519:a_[0-9a-f]{4}$/);
    assert.equal(statSync(one['MYELIN_SIGNING_KEY_FILE']!).mode & 0o777, 0o600);
    assert.equal(one['MYELIN_REPLICATION_SECRET'], other['MYELIN_REPLICATION_SECRET']);
    const secrets = [one['MYELIN_REPLICATION_SECRET'], one['MYELIN_REGISTRATION_SHARED_SECRET'], SEED];
    assert.equal(new Set(secrets).size, 3);
    const another = await prepared({ SERVER_SECRET: `{"seed":"${SEED}b"}` });
    assert.notEqual(key(another).publicKey, key(one).publicKey);
  });

  test('takes a signing key and secrets that a server had before', async () => {
    const line = 'ed25519 auto YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1';
    const env = await prepared({
      SERVER_SECRET: JSON.stringify({ seed: SEED, signingKey: line, registrationSharedSecret: 'known' }),
      EDGE_SECRET: 'edge',
    });
    assert.equal(parseSigningKeyFile(readFileSync(env['MYELIN_SIGNING_KEY_FILE']!, 'utf8')).keyId, 'ed25519:auto');
    assert.equal(env['MYELIN_REGISTRATION_SHARED_SECRET'], 'known');
    assert.equal(env['MYELIN_LISTEN_EDGE_SECRET'], 'edge');
    const { MYELIN_SIGNING_KEY_FILE: file, ...rest } = env;
    const config = loadConfig({ env: { ...rest, MYELIN_SIGNING_KEY_FILE: file } });
    assert.equal(config.listen.edgeSecret, 'edge');
  });

  test('a key that is configured wins over one that is made', async () => {
    const env = await prepared({
      SERVER_SECRET: `{"seed":"${SEED}"}`,
      MYELIN_REPLICATION_SECRET: 'mine',
      MYELIN_SIGNING_KEY_FILE: '/k',
    });
    assert.equal(env['MYELIN_REPLICATION_SECRET'], 'mine');
    assert.equal(env['MYELIN_SIGNING_KEY_FILE'], '/k');
  });

  test('the schema job signs in as the owner of what RDS says', async () => {
    const owner = {
      username: 'owner',
      password: 'p@ss/word',
      host: 'db.example',
      port: 5432,
      dbname: 'myelin',
      engine: 'postgres',
    };
    const env = await prepared({ DATABASE_OWNER: JSON.stringify(owner), DATABASE_QUERY: '?sslmode=verify-full' });
    assert.equal(
      env['MYELIN_DATABASE_URL'],
      'postgres://owner:p%40ss%2Fword@db.example:5432/myelin?sslmode=verify-full',
    );
  });

  test('a task tells others its own address and not that of its metadata', async () => {
    const server = createServer((_request, response) => {
      response.end(
        JSON.stringify({ Containers: [{ Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['10.73.4.5'] }] }] }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = await prepared({ ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/abc` });
    server.close();
    assert.equal(env['MYELIN_REPLICATION_ADVERTISED_HOST'], '10.73.4.5');
  });
});

describe('signing in to the database', () => {
  test('by password is as the URL says', () => {
    const url = 'postgres://u:p@localhost:5432/db?sslmode=disable';
    assert.deepEqual(connectionSettings(url), { connectionString: url });
  });

  test('by IAM is over TLS, checked, with a signature for that user and host', async () => {
    const url = 'postgres://myelin_task@db.example:6543/myelin?sslmode=verify-full&auth=rds-iam';
    const settings = connectionSettings(url);
    assert.equal(settings.host, 'db.example');
    assert.equal(settings.database, 'myelin');
    assert.deepEqual(settings.ssl, { rejectUnauthorized: true });
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
    process.env['AWS_REGION'] = 'us-east-1';
    const password = rdsIamPassword({ hostname: 'db.example', port: 6543, username: 'myelin_task' });
    const token = new URL(`https://${await password()}`);
    assert.equal(token.host, 'db.example:6543');
    assert.equal(token.searchParams.get('Action'), 'connect');
    assert.equal(token.searchParams.get('DBUser'), 'myelin_task');
    assert.equal(token.searchParams.get('X-Amz-Expires'), '900');
    assert.equal(await password(), await password(), 'connections made in a while share one');
  });
});

describe('roles of the database', () => {
  test('units read and write, also what later migrations bring, and cannot change the schema', async () => {
    const { db, url, drop } = await testDatabase();
    const role = `myelin_unit_${process.pid}`;
    try {
      await grantRoles(db, [role]);
      await grantRoles(db, [role]);
      await db.query('CREATE TABLE brought_later (id bigint GENERATED ALWAYS AS IDENTITY, note text)');
      const as = new URL(url);
      as.username = role;
      as.password = 'only-here';
      await db.query(`ALTER ROLE ${role} PASSWORD 'only-here'`);
      const unit = new Database(as.href, { poolSize: 1 });
      try {
        await unit.query("INSERT INTO brought_later (note) VALUES ('hello')");
        assert.equal((await unit.one<{ note: string }>('SELECT note FROM brought_later')).note, 'hello');
        await unit.query('SELECT count(*) FROM stream_positions');
        await assert.rejects(unit.query('DROP TABLE brought_later'), /must be owner/);
        await assert.rejects(unit.query('CREATE TABLE mine (id int)'), /permission denied/);
      } finally {
        await unit.close();
      }
      await assert.rejects(grantRoles(db, ['a"; DROP TABLE users; --']), /is no name of a database role/);
    } finally {
      await db.query(`DROP OWNED BY ${role}`);
      await db.query(`DROP ROLE ${role}`);
      await drop();
    }
  });
});

describe('the look each minute', () => {
  const process = (units: string[], positions: Record<string, number>, leaseMs = 1_000) => ({
    process: units.join(),
    units,
    address: null,
    draining: false,
    startedAt: new Date(),
    leaseMs,
    positions,
  });
  const all = Object.values(UNITS);
  const tasks = all.filter((unit) => unit.kind === 'task').map((unit) => unit.name);

  test('names units without a process that is alive', () => {
    const dead = process(['typing'], {}, -1);
    const alive = process(
      tasks.filter((name) => name !== 'typing' && name !== 'pusher'),
      {},
    );
    assert.deepEqual(watchUnits(all, { processes: [dead, alive], streams: {} }).missing, ['typing', 'pusher']);
    assert.deepEqual(watchUnits(all, { processes: [process(tasks, {})], streams: {} }).missing, []);
  });

  test('tells how far the slowest process of a unit is behind', () => {
    const streams = { events: 100, receipts: 50 };
    const processes = [
      process(['pusher'], { events: 100, receipts: 20 }),
      process(['pusher'], { events: 40, receipts: 50 }),
    ];
    assert.equal(watchUnits(all, { processes, streams }).lag['pusher'], 60);
    assert.equal(watchUnits(all, { processes, streams }).lag['typing'], 0);
  });

  test('reads what processes say from the database', async () => {
    const { db, drop } = await testDatabase();
    try {
      assert.equal(watchUnits(all, await readProcessReports(db)).missing.length, tasks.length);
    } finally {
      await drop();
    }
  });
});
