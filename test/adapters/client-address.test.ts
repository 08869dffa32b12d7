import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { proxyTrust } from '../../lib/api/http/adapters/client-address.ts';

describe('client address', () => {
  const { clientOf, trusts } = proxyTrust(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

  test('is the peer when the peer is no proxy', () => {
    assert.equal(clientOf('192.0.2.1', '198.51.100.1'), '192.0.2.1');
    assert.equal(clientOf('::ffff:192.0.2.1', undefined), '192.0.2.1');
    assert.equal(clientOf(undefined, undefined), '');
  });

  test('is the last address before our proxies, whatever stands in front of it', () => {
    assert.equal(clientOf('127.0.0.1', '203.0.113.5'), '203.0.113.5');
    assert.equal(clientOf('::ffff:127.0.0.1', 'forged, 203.0.113.5, 10.1.2.3'), '203.0.113.5');
    assert.equal(clientOf('fd00::1', '127.0.0.1, 2001:db8::5'), '2001:db8::5');
  });

  test('is a proxy when nothing better is known', () => {
    assert.equal(clientOf('127.0.0.1', undefined), '127.0.0.1');
    assert.equal(clientOf('127.0.0.1', 'unknown'), '127.0.0.1');
    assert.equal(clientOf('127.0.0.1', '10.0.0.2'), '10.0.0.2');
  });

  test('trusts nobody by default', () => {
    assert.equal(trusts('10.9.9.9'), true);
    assert.equal(proxyTrust([]).trusts('127.0.0.1'), false);
    assert.equal(proxyTrust([]).clientOf('127.0.0.1', '203.0.113.5'), '127.0.0.1');
  });
});
