import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { ConfigError, type ConfigInput, dumpConfig, loadConfig } from '../../lib/config/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'myelin-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function file(content: string, name = `${++count}.yaml`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function problems(options: Partial<Parameters<typeof loadConfig>[0]>): string[] {
  try {
    loadConfig({ env: {}, ...options });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  assert.fail('no mistake was found');
}

describe('sources', () => {
  test('nothing given: a server on this machine for this machine', () => {
    const config = loadConfig({ env: {} });
    assert.equal(config.serverName, 'localhost');
    assert.deepEqual(config.listen, { host: '127.0.0.1', httpPort: 8008, trustedProxies: [] });
    assert.equal(config.publicBaseUrl, 'http://127.0.0.1:8008');
    assert.equal(config.dataDirectory, resolve('.myelin'));
    assert.equal(config.signingKeyFile, resolve('.myelin/signing.key'));
    assert.equal(config.media.directory, resolve('.myelin/media'));
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.enableRegistration, false);
    assert.equal(config.defaultRoomVersion, '12');
    assert.deepEqual((config.rateLimits || undefined)?.login, { perSecond: 0.5, burstCount: 10 });
  });

  test('file, then environment, then overrides; each key by itself', () => {
    const config = loadConfig({
      file: file(
        'serverName: from.file\nlisten: {host: 0.0.0.0, httpPort: 1, trustedProxies: [10.0.0.0/8]}\nlog: {level: warn}',
      ),
      env: {
        MYELIN_LISTEN_HTTP_PORT: '2',
        MYELIN_LOG_LEVEL: 'debug',
        PATH: '/bin',
        MYELIN_CONFIG: 'x',
        MYELIN_TEST_X: '1',
      },
      overrides: { listen: { httpPort: 3 } },
    });
    assert.equal(config.serverName, 'from.file');
    assert.deepEqual(config.listen, { host: '0.0.0.0', httpPort: 3, trustedProxies: ['10.0.0.0/8'] });
    assert.equal(config.log.level, 'debug');
  });

  test('JSON is read as YAML is, and an empty file is no mistake', () => {
    assert.equal(loadConfig({ file: file('{"serverName": "a.b"}', 'c.json'), env: {} }).serverName, 'a.b');
    assert.equal(loadConfig({ file: file(''), env: {} }).serverName, 'localhost');
    assert.equal(loadConfig({ file: file('redisUrl:\nlisten:\n'), env: {} }).redisUrl, undefined);
  });

  test('variables are numbers, truths, lists and objects where their key is', () => {
    const config = loadConfig({
      env: {
        MYELIN_ENABLE_REGISTRATION: 'true',
        MYELIN_ALLOW_GUEST_ACCESS: '0',
        MYELIN_PASSWORD_HASH_MEMORY_KIB: '1024',
        MYELIN_TURN_URIS: 'turn:a, turn:b',
        MYELIN_LISTEN_TRUSTED_PROXIES: '["::1"]',
        MYELIN_WELL_KNOWN_CLIENT: '{"a": {"b": 1}}',
        MYELIN_FEDERATION: '{"enabled": false}',
        MYELIN_RATE_LIMITS: 'false',
        MYELIN_EMAIL_TLS: 'starttls',
        MYELIN_REDIS_URL: '',
      },
    });
    assert.equal(config.enableRegistration, true);
    assert.equal(config.allowGuestAccess, false);
    assert.equal(config.passwordHash.memoryKiB, 1024);
    assert.deepEqual(config.turn.uris, ['turn:a', 'turn:b']);
    assert.deepEqual(config.listen.trustedProxies, ['::1']);
    assert.deepEqual(config.wellKnown.client, { a: { b: 1 } });
    assert.equal(config.federation.enabled, false);
    assert.equal(config.federation.allowPrivateAddresses, false);
    assert.equal(config.rateLimits, false);
    assert.equal(config.email.tls, 'starttls');
    assert.equal(config.redisUrl, undefined);
  });

  test('rate limits: one kind off, one changed, the rest as before', () => {
    const limits = loadConfig({
      env: {},
      overrides: { rateLimits: { login: false, join: { perSecond: 7 } } },
    }).rateLimits;
    assert.ok(limits);
    assert.equal(limits.login, false);
    assert.deepEqual(limits.join, { perSecond: 7, burstCount: 30 });
    assert.deepEqual(limits.message, { perSecond: 10, burstCount: 100 });
  });

  test('what comes later may switch on again what was switched off, and the other way round', () => {
    const off = file('rateLimits: false');
    const some = file('rateLimits: {login: {perSecond: 3}}');
    const on = loadConfig({ file: off, env: { MYELIN_RATE_LIMITS_LOGIN_PER_SECOND: '9' } }).rateLimits;
    assert.deepEqual((on || undefined)?.login, { perSecond: 9, burstCount: 10 });
    assert.equal(loadConfig({ file: some, env: { MYELIN_RATE_LIMITS: 'off' } }).rateLimits, false);
  });

  test('paths of a file count from its folder, others from the working directory', () => {
    const config = loadConfig({
      file: file('dataDirectory: data\nfederation: {caFiles: [ca.pem, /abs/ca.pem]}\nappservices: [irc.yaml]'),
      env: { MYELIN_SIGNING_KEY_FILE: 'key' },
    });
    assert.equal(config.dataDirectory, join(folder, 'data'));
    assert.deepEqual(config.federation.caFiles, [join(folder, 'ca.pem'), '/abs/ca.pem']);
    assert.deepEqual(config.appservices, [join(folder, 'irc.yaml')]);
    assert.equal(config.signingKeyFile, resolve('key'));
    assert.equal(config.media.directory, join(folder, 'data/media'));
  });

  test('a secret may stand in a file', () => {
    const secret = file('hush\n', 'secret');
    const config = loadConfig({
      env: {},
      overrides: { registrationSharedSecretFile: secret, replication: { secretFile: secret } },
    });
    assert.equal(config.registrationSharedSecret, 'hush');
    assert.equal(config.replication.secret, 'hush');
  });

  test('everything that black-box suites write is taken', () => {
    const limit = { perSecond: 1000, burstCount: 1000 };
    const given = {
      serverName: '127.0.0.1:8800',
      publicBaseUrl: 'https://127.0.0.1:8800',
      dataDirectory: '/tmp/hs/data',
      listen: { host: '127.0.0.1', httpPort: 8801, httpsPort: 8800 },
      tls: { certFile: '/tmp/hs/tls.crt', keyFile: '/tmp/hs/tls.key' },
      databaseUrl: 'postgres://postgres@127.0.0.1:5432/sytest_0',
      redisUrl: 'redis://127.0.0.1:6379/0',
      enableRegistration: true,
      allowGuestAccess: true,
      registrationSharedSecret: 'reg_secret',
      passwordHash: { memoryKiB: 1024, passes: 1 },
      appservices: ['/tmp/as.yaml'],
      federation: {
        caFiles: ['/tmp/ca.crt'],
        allowPrivateAddresses: true,
        publicRoomsOverFederation: true,
        publicRoomsWithoutAuth: true,
      },
      outboundHttp: { verifyTls: false, allowPrivateAddresses: true },
      urlPreviews: { enabled: true, allowPrivateAddresses: true },
      rateLimits: {
        message: limit,
        registration: limit,
        login: limit,
        join: limit,
        invite: limit,
        roomCreation: limit,
        presence: limit,
        federation: limit,
        admin: limit,
      },
      syncResponseCacheMs: 0,
      enableEphemeralMessages: true,
      recaptcha: { siteVerifyUrl: 'http://127.0.0.1:1/verify', publicKey: 'sitekey', privateKey: 'sekrit' },
      email: { smtpHost: '127.0.0.1', smtpPort: 25, tls: false, from: 'myelin@localhost' },
      cas: { serverUrl: 'http://127.0.0.1:2/cas' },
    };
    const config = loadConfig({ file: file(JSON.stringify(given)), env: {} });
    for (const [key, value] of Object.entries(given)) {
      const actual = config[key as keyof typeof config];
      if (typeof value === 'object' && !Array.isArray(value)) assert.partialDeepStrictEqual(actual, value, key);
      else assert.deepEqual(actual, value, key);
    }
  });
});

describe('mistakes', () => {
  test('a sentence names the key, what it must be, what it is, and where that was found', () => {
    assert.deepEqual(problems({ env: { MYELIN_LISTEN_HTTP_PORT: 'abc' } }), [
      'listen.httpPort must be a whole number between 0 and 65535; it is "abc" (from MYELIN_LISTEN_HTTP_PORT)',
    ]);
    const path = file('rateLimits: {login: {perSecond: -1}}');
    assert.deepEqual(problems({ file: path }), [
      `rateLimits.login.perSecond must be a number above 0; it is -1 (from ${path})`,
    ]);
    const overrides = { placement: 'huge' } as unknown as ConfigInput;
    assert.deepEqual(problems({ overrides, overrideNames: { placement: '--placement' } }), [
      'placement must be one of "one", "small", "scaled", or an object such as ' +
        '{"sync": {"group": "sync", "count": 3}}; it is "huge" (from --placement)',
    ]);
  });

  test('all mistakes come at once', () => {
    const found = problems({
      file: file(
        'serverName: "not a name!"\nlisten: {httpPort: 70000, host: 5}\nenableRegistration: "maybe"\nemail: yes',
      ),
      env: { MYELIN_LOG_LEVEL: 'loud' },
    });
    assert.equal(found.length, 6);
    const keys = ['serverName', 'listen.httpPort', 'listen.host', 'enableRegistration', 'email', 'log.level'];
    for (const key of keys)
      assert.ok(
        found.some((sentence) => sentence.startsWith(`${key} must be`)),
        key,
      );
  });

  test('an unknown key is refused, with the nearest that there is', () => {
    const cases: [string, string][] = [
      ['serverNam', 'serverName'],
      ['server_name', 'serverName'],
      ['public_baseurl', 'publicBaseUrl'],
      ['listen.htppPort', 'listen.httpPort'],
      ['usePresence', 'presence.enabled'],
      ['enable_registration', 'enableRegistration'],
      ['maxUploadBytes', 'limits.maxUploadBytes'],
      ['redis', 'redisUrl'],
    ];
    for (const [unknown, known] of cases) {
      const tree = unknown.split('.').reduceRight<unknown>((value, name) => ({ [name]: value }), 1);
      const path = file(JSON.stringify(tree));
      assert.deepEqual(problems({ file: path }), [
        `${unknown} is not a configuration key (from ${path}). Did you mean ${known}?`,
      ]);
    }
    assert.deepEqual(problems({ env: { MYELIN_LISTN_HOST: 'x' } }), [
      'MYELIN_LISTN_HOST is not a configuration key (from the environment). Did you mean MYELIN_LISTEN_HOST?',
    ]);
    assert.match(
      problems({ overrides: { tls: { zebra: 1 } } as unknown as ConfigInput })[0] ?? '',
      /tls has certFile, keyFile\.$/,
    );
  });

  test('keys that do not go together', () => {
    assert.deepEqual(problems({ overrides: { listen: { httpsPort: 8448 } } }), [
      'listen.httpsPort needs a certificate: give tls.certFile and tls.keyFile',
    ]);
    const tls = { certFile: '/c', keyFile: '/k' };
    assert.match(problems({ overrides: { tls, listen: { httpPort: 1, httpsPort: 1 } } })[0] ?? '', /both 1/);
    assert.match(problems({ overrides: { tls: { certFile: '/c' } } })[0] ?? '', /tls\.keyFile is missing/);
  });

  test('files that cannot be used', () => {
    assert.deepEqual(problems({ file: join(folder, 'none.yaml') }), [
      `There is no configuration file ${join(folder, 'none.yaml')}`,
    ]);
    assert.match(problems({ file: file('a: [1') })[0] ?? '', /is not YAML or JSON/);
    assert.match(problems({ file: file('- a') })[0] ?? '', /must hold an object/);
    assert.match(
      problems({ overrides: { replication: { secretFile: '/nowhere' } } })[0] ?? '',
      /replication\.secretFile cannot be read/,
    );
    const secret = file('', 'empty');
    assert.match(problems({ overrides: { replication: { secretFile: secret } } })[0] ?? '', /empty file/);
    const both = { secretFile: file('x', 'there'), secret: 'y' };
    assert.match(problems({ overrides: { replication: both } })[0] ?? '', /cannot both be given/);
  });

  test('a secret is never shown, not even in a mistake', () => {
    const found = problems({
      overrides: { databaseUrl: 'mysql://u:hunter2@h/d', turn: { sharedSecret: 7 } } as unknown as ConfigInput,
    });
    assert.equal(found.length, 2);
    assert.doesNotMatch(found.join(), /hunter2|7/);
  });
});

describe('dump', () => {
  test('shows everything but secrets', () => {
    const config = loadConfig({
      env: {},
      overrides: {
        databaseUrl: 'postgres://u:hunter2@db/m?sslpassword=hunter2',
        redisUrl: 'redis://:hunter2@cache:6379/1',
        registrationSharedSecret: 'hunter2',
        turn: { sharedSecret: 'hunter2', password: 'hunter2' },
        recaptcha: { privateKey: 'hunter2' },
        replication: { secret: 'hunter2' },
        email: { username: 'u', password: 'hunter2' },
        rateLimits: false,
      },
    });
    const dump = dumpConfig(config);
    assert.doesNotMatch(JSON.stringify(dump), /hunter2/);
    assert.match(String(dump['databaseUrl']), /^postgres:\/\/u:\*+@db\/m/);
    assert.match(String(dump['redisUrl']), /@cache:6379\/1$/);
    assert.equal(dump['rateLimits'], false);
    assert.equal(dump['serverName'], 'localhost');
    assert.equal(config.registrationSharedSecret, 'hunter2');
  });
});
