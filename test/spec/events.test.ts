import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from '../../lib/spec/base64.ts';
import { CanonicalJsonError, canonicalJson } from '../../lib/spec/canonical-json.ts';
import {
  addHashesAndSignatures,
  authEventIds,
  checkContentHash,
  contentHash,
  createEventIdFromRoomId,
  eventIdOf,
  eventSizeCheck,
  type Pdu,
  prevEventIds,
  referenceHash,
  roomIdFromCreateEventId,
  roomIdOf,
  signEvent,
  type UnsignedPdu,
  verifyEventSignature,
} from '../../lib/spec/events.ts';
import { redactEvent } from '../../lib/spec/redaction.ts';
import { getRoomVersion, ROOM_VERSIONS } from '../../lib/spec/room-versions.ts';
import { generateSigningKey, signingKeyFromSeed } from '../../lib/spec/signing.ts';
import { anyEvent } from './event-generator.ts';

const key = signingKeyFromSeed('1', decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1'));
const V1 = getRoomVersion('1')!;
const V4 = getRoomVersion('4')!;
const V12 = getRoomVersion('12')!;

const message: UnsignedPdu = {
  room_id: '!r:a.test',
  sender: '@alice:a.test',
  origin_server_ts: 1_700_000_000_000,
  type: 'm.room.message',
  content: { body: 'hello', msgtype: 'm.text' },
  prev_events: ['$b'],
  auth_events: ['$c', '$d'],
  depth: 7,
};

describe('event signing: vectors of the appendices', () => {
  test('a minimal event', () => {
    const event = {
      room_id: '!x:domain',
      sender: '@a:domain',
      origin: 'domain',
      origin_server_ts: 1000000,
      signatures: {},
      hashes: {},
      type: 'X',
      content: {},
      prev_events: [],
      auth_events: [],
      depth: 3,
      unsigned: { age_ts: 1000000 },
    } as unknown as UnsignedPdu;
    // The vectors come from the first room versions, where `origin` was protected; versions 1 and 2 also want an id.
    const { pdu } = addHashesAndSignatures(event, getRoomVersion('3')!, 'domain', key);
    assert.deepEqual(pdu, {
      ...event,
      hashes: { sha256: '5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos' },
      signatures: {
        domain: {
          'ed25519:1': 'KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg',
        },
      },
    });
  });
  test('an event with content that a redaction removes', () => {
    const event = {
      content: { body: 'Here is the message content' },
      event_id: '$0:domain',
      origin: 'domain',
      origin_server_ts: 1000000,
      type: 'm.room.message',
      room_id: '!r:domain',
      sender: '@u:domain',
      signatures: {},
      unsigned: { age_ts: 1000000 },
    } as unknown as UnsignedPdu;
    const { pdu, eventId } = addHashesAndSignatures(event, V1, 'domain', key);
    assert.equal(eventId, '$0:domain');
    assert.deepEqual(pdu, {
      ...event,
      hashes: { sha256: 'onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g' },
      signatures: {
        domain: {
          'ed25519:1': 'Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA',
        },
      },
    });
    assert.ok(checkContentHash(pdu));
    assert.ok(!checkContentHash({ ...pdu, content: { body: 'Something else' } }));
  });
});

describe('hashing and signing', () => {
  test('in one pass gives what the separate functions give, in every version', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROOM_VERSIONS.values()), fc.gen(), (version, gen) => {
        const event = anyEvent(gen, version);
        const before = structuredClone(event);
        const signed = addHashesAndSignatures(event, version, 'a.test', key);
        assert.deepEqual(event, before, 'the argument is not changed');
        assert.equal(signed.pdu.hashes.sha256, contentHash(event));
        assert.equal(signed.eventId, eventIdOf(signed.pdu, version));
        assert.equal(signed.json, canonicalJson(signed.pdu, 'lenient'));
        assert.equal(signed.bytes, Buffer.byteLength(signed.json));
        assert.ok(checkContentHash(signed.pdu));
        assert.ok(verifyEventSignature(signed.pdu, version, 'a.test', key.keyId, key.publicKey));
        for (const [server, keys] of Object.entries(event.signatures ?? {})) {
          assert.equal(signed.pdu.signatures[server]!['ed25519:x'], keys['ed25519:x'], 'other signatures stay');
        }
      }),
      { numRuns: 1500 },
    );
  });
  test('hash and signature hold for the redacted event; the id does not move', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROOM_VERSIONS.values()), fc.gen(), (version, gen) => {
        const { pdu, eventId } = addHashesAndSignatures(anyEvent(gen, version), version, 'a.test', key);
        const redacted = redactEvent(pdu, version);
        assert.equal(eventIdOf(redacted, version), eventId);
        assert.equal(referenceHash(redacted, version), referenceHash(pdu, version));
        assert.ok(verifyEventSignature(redacted, version, 'a.test', key.keyId, key.publicKey));
      }),
      { numRuns: 1000 },
    );
  });
  test('ids have the form of their version', () => {
    for (const version of ROOM_VERSIONS.values()) {
      const event = { ...message, ...(version.eventIdFormat === 'domain' ? { event_id: '$x:a.test' } : {}) };
      const { eventId } = addHashesAndSignatures(event, version, 'a.test', key);
      const form = { domain: /^\$x:a\.test$/, base64: /^\$[A-Za-z0-9+/]{43}$/, base64url: /^\$[A-Za-z0-9_-]{43}$/ };
      assert.match(eventId, form[version.eventIdFormat], `version ${version.id}`);
    }
    assert.throws(() => eventIdOf(message as Pdu, V1), { errcode: 'M_BAD_JSON' });
  });
  test('one bit of content changes the id, unsigned and signatures do not', () => {
    const { pdu, eventId } = addHashesAndSignatures(message, V4, 'a.test', key);
    assert.equal(eventIdOf({ ...pdu, unsigned: { age: 1 }, signatures: {} }, V4), eventId);
    const other = addHashesAndSignatures(
      { ...message, content: { body: 'hellp', msgtype: 'm.text' } },
      V4,
      'a.test',
      key,
    );
    assert.notEqual(other.eventId, eventId);
  });
  test('a second server signs too', () => {
    const other = generateSigningKey();
    const { pdu, eventId } = addHashesAndSignatures(message, V12, 'a.test', key);
    const both = signEvent(pdu, V12, 'b.test', other);
    assert.ok(verifyEventSignature(both, V12, 'a.test', key.keyId, key.publicKey));
    assert.ok(verifyEventSignature(both, V12, 'b.test', other.keyId, other.publicKey));
    assert.ok(!verifyEventSignature(both, V12, 'b.test', other.keyId, key.publicKey));
    assert.ok(!verifyEventSignature(both, V12, 'c.test', other.keyId, other.publicKey));
    assert.ok(!verifyEventSignature({ ...both, depth: 8 }, V12, 'b.test', other.keyId, other.publicKey));
    assert.equal(eventIdOf(both, V12), eventId);
  });
  test('floats: refused where canonical JSON is enforced, kept where it is not', () => {
    const event = { ...message, content: { level: 50.5 } };
    assert.throws(() => addHashesAndSignatures(event, getRoomVersion('6')!, 'a.test', key), CanonicalJsonError);
    assert.ok(checkContentHash(addHashesAndSignatures(event, getRoomVersion('5')!, 'a.test', key).pdu));
  });
});

describe('references', () => {
  test('plain ids and pairs', () => {
    assert.deepEqual(prevEventIds(message, V4), ['$b']);
    assert.deepEqual(authEventIds(message, V12), ['$c', '$d']);
    const pairs = { prev_events: [['$b:a', { sha256: 'x' }]], auth_events: [] } as Pick<
      Pdu,
      'prev_events' | 'auth_events'
    >;
    assert.deepEqual(prevEventIds(pairs, V1), ['$b:a']);
    assert.deepEqual(authEventIds(pairs, V1), []);
  });
  test('the room of a version 12 create event', () => {
    const { room_id: _, ...rest } = message;
    const create = addHashesAndSignatures(
      { ...rest, type: 'm.room.create', state_key: '', content: {} },
      V12,
      'a.test',
      key,
    );
    assert.equal(roomIdOf(create.pdu, V12), roomIdFromCreateEventId(create.eventId));
    assert.equal(createEventIdFromRoomId(roomIdOf(create.pdu, V12)), create.eventId);
    assert.equal(roomIdOf(message as Pdu, V12), '!r:a.test');
    assert.equal(roomIdOf({ ...message, type: 'm.room.create' } as Pdu, getRoomVersion('11')!), '!r:a.test');
    assert.equal(roomIdOf(rest as Pdu, V12), undefined, 'only a create event can go without');
  });
});

describe('sizes', () => {
  const event = (fields: object): Pdu => ({ ...addHashesAndSignatures(message, V4, 'a.test', key).pdu, ...fields });
  test('an ordinary event', () => assert.equal(eventSizeCheck(event({})), canonicalJson(event({})).length));
  for (const field of ['sender', 'room_id', 'type', 'state_key', 'event_id']) {
    test(`${field} of 255 bytes, not more`, () => {
      eventSizeCheck(event({ [field]: 'a'.repeat(255) }));
      eventSizeCheck(event({ [field]: 'é'.repeat(127) }));
      assert.throws(() => eventSizeCheck(event({ [field]: 'a'.repeat(256) })), { status: 413, errcode: 'M_TOO_LARGE' });
      assert.throws(() => eventSizeCheck(event({ [field]: 'é'.repeat(128) })), new RegExp(field));
    });
  }
  test('65536 bytes, not more', () => {
    const size = eventSizeCheck(event({ content: { body: '' } }));
    eventSizeCheck(event({ content: { body: 'x'.repeat(65536 - size) } }));
    assert.throws(() => eventSizeCheck(event({ content: { body: 'x'.repeat(65537 - size) } })), {
      errcode: 'M_TOO_LARGE',
    });
    assert.throws(() => eventSizeCheck(event({ content: { body: 'é'.repeat(32769) } })), { errcode: 'M_TOO_LARGE' });
  });
});
