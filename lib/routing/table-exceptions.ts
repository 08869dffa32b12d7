/**
 * Where the worker page's patterns and the templates disagree about a concrete request, and why the templates win.
 *
 * A pattern that spans segments (`.*`) or ends inside one meets requests whose free-text parameter happens to read like
 * a path: a state key `account_data`, a transaction id `typing`. Synapse's workers each contain everything, so it does
 * no harm there; here a specialised unit would not know the endpoint. For every endpoint and inert parameters both
 * agree; the property test proves that, and that nothing beyond this list disagrees.
 */
export interface TableException {
  /** Entries of the worker page. */
  routes: readonly number[];
  because: string;
  /** A request that shows it: the pattern's unit, and the unit that the template gives. */
  example: { method: string; path: string; page: string; ours: string };
}

export const TABLE_EXCEPTIONS: readonly TableException[] = [
  {
    routes: [53, 54, 71, 72],
    because: '`.*` right after the version: any free-text segment that begins with tags or account_data',
    example: {
      method: 'PUT',
      path: '/_matrix/client/v3/rooms/!r:example.org/state/m.room.name/account_data',
      page: 'client -> account-data',
      ours: 'client -> event-persister',
    },
  },
  {
    routes: [47, 48],
    because: 'no slash after redact and send: event types, transaction ids and tags that begin so, below any room path',
    example: {
      method: 'PUT',
      path: '/_matrix/client/v3/rooms/!r:example.org/typing/redact',
      page: 'client -> event-persister',
      ours: 'client -> typing',
    },
  },
  {
    routes: [49],
    because: '`.*` before /state/ spans segments',
    example: {
      method: 'POST',
      path: '/_matrix/client/v3/rooms/!r:example.org/receipt/state/$event',
      page: 'client -> event-persister',
      ours: 'client -> receipts',
    },
  },
  {
    routes: [50],
    because: '`.*` before the membership words: they may be the last parameter of another path',
    example: {
      method: 'PUT',
      path: '/_matrix/client/v3/rooms/!r:example.org/typing/join',
      page: 'client -> event-persister',
      ours: 'client -> typing',
    },
  },
  {
    routes: [55, 56, 73, 74],
    because: 'neither anchored nor closed by a slash: event types, state keys and transaction ids that begin so',
    example: {
      method: 'PUT',
      path: '/_matrix/client/v3/rooms/!r:example.org/send/receipt/txn1',
      page: 'client -> receipts',
      ours: 'client -> event-persister',
    },
  },
  {
    routes: [69],
    because: 'neither anchored nor closed by a slash: event types, state keys and transaction ids that begin so',
    example: {
      method: 'PUT',
      path: '/_matrix/client/v3/rooms/!r:example.org/send/m.room.message/typing',
      page: 'client -> typing',
      ours: 'client -> event-persister',
    },
  },
  {
    routes: [80],
    because: '`.*` spans segments and the pattern is open at its end: a redaction id that begins with media',
    example: {
      method: 'GET',
      path: '/_synapse/admin/v1/user/redact_status/media',
      page: 'media',
      ours: 'client',
    },
  },
];
