import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowedAddress } from '../../lib/platform/address-guard.ts';

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.1.1',
  '223.255.255.254',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
];

const REFUSED: Record<string, string[]> = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: [
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
  ],
  'link-local and cloud metadata': [
    '169.254.0.1',
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
  ],
  'shared between customers of a provider': ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  broadcast: ['255.255.255.255'],
  'reserved, documentation, benchmarks': [
    '192.0.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '240.0.0.1',
    '2001:db8::1',
    '2001:2::1',
    '100::1',
    '3fff::1',
    '4000::1',
  ],
  'an IPv4 address inside': [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '2001::1',
  ],
  'no address': [
    '',
    'localhost',
    'example.org',
    '2130706433',
    '0x7f000001',
    '127.1',
    '017700000001',
    '1.2.3',
    '1.2.3.4.5',
    '[::1]',
    '127.0.0.1:80',
  ],
};

test('public addresses are let through', () => {
  for (const address of PUBLIC) assert.equal(isAllowedAddress(address), true, address);
});

for (const [kind, addresses] of Object.entries(REFUSED)) {
  test(`refused: ${kind}`, () => {
    for (const address of addresses) assert.equal(isAllowedAddress(address), false, address);
  });
}

test('everything that is an address may be allowed', () => {
  for (const address of ['127.0.0.1', '10.0.0.1', '::1', 'fe80::1%eth0'])
    assert.equal(isAllowedAddress(address, true), true);
  assert.equal(isAllowedAddress('localhost', true), false);
});

test('blocks may be allowed, and only they', () => {
  const blocks = ['10.1.0.0/16', 'fd00::/8', '127.0.0.1/32'];
  for (const address of ['10.1.2.3', 'fd00::1', '127.0.0.1', '8.8.8.8'])
    assert.equal(isAllowedAddress(address, blocks), true, address);
  for (const address of ['10.2.0.1', 'fc00::1', '127.0.0.2', '::ffff:10.1.2.3'])
    assert.equal(isAllowedAddress(address, blocks), false, address);
  for (const block of ['', '10.0.0.0', 'everything', '10.0.0.0/99'])
    assert.equal(isAllowedAddress('10.0.0.1', [block]), false, block);
});
