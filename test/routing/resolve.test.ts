import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allowedMethods, resolve, unitOf } from '../../lib/routing/resolve.ts';

const operation = (method: string, path: string) => resolve(method, path)?.endpoint.operations[0];
const params = (method: string, path: string) => resolve(method, path)?.params;

describe('resolve', () => {
  test('decodes parameters after the path is cut, so that %2F stays inside its segment', () => {
    assert.deepEqual(params('GET', '/_matrix/client/v3/rooms/!r%3Ax/event/%24a%2Fb+c?x=y/z'), {
      roomId: '!r:x',
      eventId: '$a/b+c',
    });
    assert.deepEqual(params('PUT', '/_matrix/client/v3/rooms/!r:x/state/m.x/%C3%BC%2Fstate'), {
      roomId: '!r:x',
      eventType: 'm.x',
      stateKey: 'ü/state',
    });
  });

  test('knows the older versions of a path', () => {
    for (const version of ['v3', 'r0']) assert.equal(operation('GET', `/_matrix/client/${version}/sync`), 'sync');
    for (const version of ['v3', 'r0', 'v1']) {
      assert.equal(operation('POST', `/_matrix/media/${version}/upload`), 'uploadContent');
    }
    assert.equal(resolve('GET', '/_matrix/client/v9/sync'), undefined);
  });

  test('takes an empty state key with and without its slash', () => {
    const base = '/_matrix/client/v3/rooms/!r:x/state/m.room.name';
    assert.deepEqual(params('PUT', `${base}/`), { roomId: '!r:x', eventType: 'm.room.name', stateKey: '' });
    assert.equal(operation('PUT', base), 'setRoomStateEmptyKey');
  });

  test('lets a slash at the end count, except where templates or old servers have one', () => {
    assert.equal(operation('GET', '/_matrix/client/v3/pushrules/'), 'getPushRules');
    assert.equal(operation('GET', '/_matrix/client/v3/pushrules'), 'getPushRules');
    assert.equal(operation('PUT', '/_matrix/federation/v1/send/123/'), 'sendTransaction');
    // An empty session id must not turn the deletion of one key into the deletion of a room's keys.
    assert.equal(resolve('DELETE', '/_matrix/client/v3/room_keys/keys/!r:x/'), undefined);
    assert.equal(resolve('GET', '/_matrix/client/v3/sync/'), undefined);
    assert.equal(resolve('GET', '/_matrix/client/v3/rooms//state'), undefined);
  });

  test('prefers literal segments, but not one without the method', () => {
    assert.equal(operation('GET', '/_matrix/federation/v1/query/directory'), 'queryRoomDirectory');
    assert.equal(operation('GET', '/_matrix/federation/v1/query/other'), 'queryInfo');
    assert.equal(operation('POST', '/_synapse/admin/v1/registration_tokens/new'), 'postV1RegistrationTokensNew');
    assert.deepEqual(params('GET', '/_synapse/admin/v1/registration_tokens/new'), { token: 'new' });
  });

  test('answers HEAD as GET', () => {
    assert.equal(operation('HEAD', '/_matrix/client/versions'), 'getVersions');
    assert.equal(resolve('HEAD', '/_matrix/client/v3/createRoom'), undefined);
  });

  test('says which methods a path has', () => {
    assert.deepEqual(allowedMethods('/_matrix/client/v3/room_keys/version/1').sort(), ['DELETE', 'GET', 'PUT']);
    assert.deepEqual(allowedMethods('/_matrix/client/v3/nothing'), []);
    assert.deepEqual(allowedMethods(`/${'a/'.repeat(10_000)}`), []);
  });

  test('throws for parameters that are not percent-encoded UTF-8, and still places them', () => {
    const path = '/_matrix/client/v3/rooms/%ff/state';
    assert.throws(() => resolve('GET', path), URIError);
    assert.equal(unitOf('GET', path), 'client');
  });

  test('gives a unit to everything', () => {
    assert.equal(unitOf('OPTIONS', '/_matrix/client/v3/sync'), 'sync');
    assert.equal(unitOf('PATCH', '/_matrix/client/v3/keys/upload'), 'keys');
    assert.equal(unitOf('GET', '/nothing'), 'client');
    assert.equal(unitOf('GET', '*'), 'client');
  });
});
