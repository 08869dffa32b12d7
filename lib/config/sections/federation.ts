import { bool, bytes, milliseconds, paths, section, setting, texts } from '../fields.ts';

const MiB = 1024 * 1024;

export const federation = section('Talking to other homeservers.', {
  enabled: setting(bool(), true, 'Talk to other homeservers at all.'),
  caFiles: setting(paths(), [], 'Certificate authorities in PEM to believe beside the usual ones.'),
  allowPrivateAddresses: setting(bool(), false, 'Connect to loopback and private addresses too.'),
  trustedKeyServers: setting(
    texts(),
    ['matrix.org'],
    'Servers that are asked for, and believed about, keys of servers that do not answer themselves.',
  ),
  publicRoomsOverFederation: setting(bool(), false, 'Other servers may list the public rooms of this one.'),
  publicRoomsWithoutAuth: setting(bool(), false, 'Public rooms can be listed without an access token.'),
});

export const outboundHttp = section('Requests to push gateways, identity servers and application services.', {
  relay: setting(
    bool(),
    false,
    'Lambda units have the federation-sender make their requests, federation included: they have no way out.',
  ),
  verifyTls: setting(bool(), true, 'Refuse certificates that do not check. Switch off for tests only.'),
  allowPrivateAddresses: setting(bool(), false, 'Connect to loopback and private addresses too.'),
  timeoutMs: setting(milliseconds(1), 30_000, 'Longest wait for an answer.'),
  maxResponseBytes: setting(bytes(), 10 * MiB, 'Longest answer that is read.'),
});
