import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashPassword, isOutdated, verifyPassword } from '../../lib/domain/accounts/password-hash.ts';

const cheap = { memoryKiB: 64, passes: 1, parallelism: 1 };

describe('password hashes', () => {
  test('are PHC strings that only their password fits', async () => {
    const phc = await hashPassword('correct horse', cheap);
    assert.match(phc, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.equal(await verifyPassword('correct horse', phc), true);
    assert.equal(await verifyPassword('correct horse ', phc), false);
    assert.equal(await verifyPassword('', phc), false);
  });

  test('differ for the same password', async () => {
    assert.notEqual(await hashPassword('x', cheap), await hashPassword('x', cheap));
  });

  test('made by the reference implementation are understood', async () => {
    // argon2 of the PHC winner's repository: echo -n password | ./argon2 somesalt -id -t 2 -m 16 -p 1
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    assert.equal(await verifyPassword('password', phc), true);
    assert.equal(await verifyPassword('passwort', phc), false);
  });

  test('of another kind fit no password', async () => {
    assert.equal(await verifyPassword('x', '$2b$12$abcdefghijklmnopqrstuu'), false);
    assert.equal(await verifyPassword('x', ''), false);
    assert.equal(await verifyPassword('x', '$argon2id$v=19$m=64,t=1,p=1$c2FsdA$'), false);
  });

  test('are outdated when the cost is another', async () => {
    const phc = await hashPassword('x', cheap);
    assert.equal(isOutdated(phc, cheap), false);
    assert.equal(isOutdated(phc, { ...cheap, passes: 2 }), true);
    assert.equal(isOutdated('$2b$12$abcdefghijklmnopqrstuu', cheap), true);
  });

  test('fit a password whatever form its letters were typed in', async () => {
    const phc = await hashPassword('u\u0308bers3kr1t', cheap);
    assert.equal(await verifyPassword('\u00fcbers3kr1t', phc), true);
  });

  test('can be asked for in numbers', async () => {
    const hashes = await Promise.all(Array.from({ length: 20 }, (_, i) => hashPassword(`p${i}`, cheap)));
    const answers = await Promise.all(hashes.map((phc, i) => verifyPassword(`p${i}`, phc)));
    assert.deepEqual(answers, Array(20).fill(true));
  });
});
