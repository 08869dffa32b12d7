import { ALL_BYTES } from './echo-app.ts';

/** A request, and what adapters that lose something see of its URI. */
export interface HandlerCase {
  /** Name of the recorded event. */
  name: string;
  method: string;
  uri: string;
  headers?: readonly (readonly [string, string])[];
  body?: Uint8Array;
  /** What each caller leaves of the URI, where that is not all of it. */
  seenUri?: Partial<Record<Fidelity, string>>;
}

/**
 * - `rest`: query decoded and grouped by name
 * - `http`: path decoded
 * - `alb`: the last of repeated names
 * - `alb-multi`: grouped by name
 */
export type Fidelity = 'rest' | 'http' | 'alb' | 'alb-multi';

const JSON_TYPE = ['content-type', 'application/json'] as const;

/** Addresses in the recorded events are documentation addresses; the client is this one. */
export const CLIENT_IP = '203.0.113.7';

export const HANDLER_CASES: readonly HandlerCase[] = [
  {
    name: 'query',
    method: 'GET',
    uri: '/_matrix/client/v3/sync?since=s1_2&filter=%7B%22room%22%3A%7B%7D%7D&timeout=0',
    headers: [['authorization', 'Bearer myt_secret']],
  },
  {
    name: 'encoded-slash',
    method: 'PUT',
    uri: '/_matrix/client/v3/rooms/%21room%3Aexample.org/state/m.room.x/a%2Fb%20c?ts=1',
    headers: [JSON_TYPE],
    body: Buffer.from('{"name":"✓"}'),
    seenUri: { http: '/_matrix/client/v3/rooms/!room:example.org/state/m.room.x/a/b%20c?ts=1' },
  },
  {
    name: 'plus',
    method: 'GET',
    uri: '/_matrix/client/v3/profile/@a+b:example.org/displayname?q=a+b&r=a%2Bb',
    seenUri: { rest: '/_matrix/client/v3/profile/@a+b:example.org/displayname?q=a%20b&r=a%2Bb' },
  },
  {
    name: 'unicode',
    method: 'GET',
    uri: '/_matrix/client/v3/directory/room/%23caf%C3%A9%3Aexample.org?term=%E2%9C%93%3F',
    seenUri: { http: '/_matrix/client/v3/directory/room/%23caf%C3%A9:example.org?term=%E2%9C%93%3F' },
  },
  {
    name: 'repeated-query',
    method: 'GET',
    uri: '/_matrix/federation/v1/backfill/!r:example.org?v=%24a&limit=10&v=%24b%2F',
    seenUri: {
      rest: '/_matrix/federation/v1/backfill/!r:example.org?v=%24a&v=%24b%2F&limit=10',
      alb: '/_matrix/federation/v1/backfill/!r:example.org?v=%24b%2F&limit=10',
      'alb-multi': '/_matrix/federation/v1/backfill/!r:example.org?v=%24a&v=%24b%2F&limit=10',
    },
  },
  {
    name: 'binary-body',
    method: 'POST',
    uri: '/_matrix/media/v3/upload?filename=a%20b.png',
    headers: [['content-type', 'image/png']],
    body: ALL_BYTES,
  },
  { name: 'empty-body', method: 'POST', uri: '/_matrix/client/v3/logout' },
  {
    name: 'cookies',
    method: 'GET',
    uri: '/_synapse/client/pick_idp',
    headers: [['cookie', 'session=abc; theme=dark']],
  },
  { name: 'head', method: 'HEAD', uri: '/_matrix/client/versions' },
  {
    name: 'options',
    method: 'OPTIONS',
    uri: '/_matrix/client/v3/login',
    headers: [
      ['origin', 'https://app.example.org'],
      ['access-control-request-method', 'POST'],
    ],
  },
  {
    name: 'delete',
    method: 'DELETE',
    uri: '/_matrix/client/v3/room_keys/keys?version=1',
    headers: [JSON_TYPE],
    body: Buffer.from('{}'),
  },
  {
    name: 'dots',
    method: 'GET',
    uri: '/_matrix/client/v3/profile/%2e%2e/x..y/./%2E',
    seenUri: { http: '/_matrix/client/v3/profile/../x..y/./.' },
  },
];
