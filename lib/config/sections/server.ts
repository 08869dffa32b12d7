import { z } from 'zod';
import { choice, choiceOr, integer, optional, path, paths, pattern, setting, url } from '../fields.ts';

/** A host name, IPv4 address or bracketed IPv6 address, with an optional port (spec: appendices, "Server Name"). */
const serverNameForm = /^(?:[0-9A-Za-z.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Keys at the top level: who this server is and where its things are. */
export const server = {
  serverName: setting(
    pattern(serverNameForm, 'a server name such as "example.org" or "localhost:8448"'),
    'localhost',
    'The name behind the colon of user ids. It can never be changed once there are accounts.',
  ),
  publicBaseUrl: optional(
    url('https', 'http'),
    'Where clients reach this server from outside: used in /.well-known, SSO redirects and e-mails.',
    { defaultNote: 'the address of the listener' },
  ),
  dataDirectory: setting(
    path(),
    '.myelin',
    'Folder of everything a single machine keeps: the embedded database, media, the signing key.',
  ),
  databaseUrl: optional(
    url('postgres', 'postgresql'),
    'PostgreSQL to use. Without it an embedded PostgreSQL keeps its files in the data directory.',
    { secret: true },
  ),
  databasePoolSize: optional(integer(1, 1_000), 'Most connections to PostgreSQL that one process opens.', {
    defaultNote: 'what the units of the process declare',
  }),
  redisUrl: optional(
    url('redis', 'rediss'),
    'Redis or Valkey for replication and shared caches. Without it both stay inside the process.',
    { secret: true },
  ),
  signingKeyFile: optional(path(), 'File of the Ed25519 key events are signed with. It is made when it is missing.', {
    defaultNote: 'signing.key in the data directory',
  }),
  placement: setting(
    choiceOr(
      ['one', 'small', 'scaled'],
      z.record(z.string(), z.strictObject({ group: z.string().min(1), count: z.int().min(1) })),
      'one of "one", "small", "scaled", or an object such as {"sync": {"group": "sync", "count": 3}}',
    ),
    'one',
    'How units share processes: "one" runs all in one, "small" in a few, "scaled" gives each its own. An object names the group and the count of processes for units; units that it leaves out are placed as in "small".',
  ),
  appservices: setting(paths(), [], 'Registration files of application services, in YAML or JSON.'),
  defaultRoomVersion: setting(
    choice(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']),
    '12',
    'Version of rooms whose creator asks for none.',
  ),
  syncResponseCacheMs: setting(
    integer(0),
    120_000,
    'How long the answer to one /sync request is kept for a retry of the same request; 0 keeps none.',
  ),
};
