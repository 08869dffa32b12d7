import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ShowSasCallbacks, VerificationRequest, Verifier } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { CryptoEvent, VerificationRequestEvent, VerifierEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { type ServerProcess, serverProcess } from '../kit/server-process.ts';
import { bootstrapIdentity, Clients, until } from './sdk-clients.ts';

describe('two devices of one user verify each other', () => {
  let server: ServerProcess;
  let clients: Clients;
  before(async () => {
    server = await serverProcess();
    await server.start();
    clients = new Clients(server);
  });
  after(async () => {
    clients?.stop();
    await server?.dispose();
  });

  test('by emoji, and secrets go to the new device', async () => {
    const alice = await clients.register('alice');
    await bootstrapIdentity(alice, { backup: true });
    const second = await clients.login(alice);
    const [oldCrypto, newCrypto] = [alice.client.getCrypto(), second.getCrypto()];
    assert.ok(oldCrypto && newCrypto);
    const deviceId = second.getDeviceId() as string;
    const isVerified = async () =>
      (await oldCrypto.getDeviceVerificationStatus(alice.userId, deviceId))?.crossSigningVerified === true;
    assert.equal(await isVerified(), false);

    const received = new Promise<VerificationRequest>((resolve) => {
      alice.client.on(CryptoEvent.VerificationRequestReceived, resolve);
    });
    await until('the keys of the user at the new device', () => newCrypto.userHasCrossSigningKeys(alice.userId, true));
    const asked = await newCrypto.requestOwnUserVerification();
    const request = await received;
    await request.accept();
    await until('both ready', () => asked.phase === 3 && request.phase === 3);
    const followed = new Set<VerificationRequest>();
    const confirmed = [asked, request].map(
      (side) =>
        new Promise<ShowSasCallbacks>((resolve) => {
          const follow = (verifier: Verifier) => {
            followed.add(side);
            verifier.on(VerifierEvent.ShowSas, resolve);
            void verifier.verify().catch(() => {});
          };
          if (side.verifier) follow(side.verifier);
          else
            side.on(VerificationRequestEvent.Change, () => {
              if (side.verifier && !followed.has(side)) follow(side.verifier);
            });
        }),
    );
    await asked.startVerification('m.sas.v1');
    const [mine, theirs] = await Promise.all(confirmed);
    assert.ok(mine?.sas.emoji && theirs?.sas.emoji);
    assert.deepEqual(mine.sas.emoji, theirs.sas.emoji, 'both show the same');
    await Promise.all([mine.confirm(), theirs.confirm()]);
    await until('the new device verified', isVerified);
    await until('the signing keys at the new device', async () => {
      const { privateKeysCachedLocally: cached } = await newCrypto.getCrossSigningStatus();
      return cached.masterKey && cached.selfSigningKey && cached.userSigningKey;
    });
  });
});
