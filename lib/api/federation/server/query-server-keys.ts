import { z } from 'zod';
import { notarisedKeys } from '../../../domain/federation/queries/notary.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isServerName } from '../../../spec/ids.ts';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';
import { count } from '../query.ts';

const path = '/_matrix/key/v2/query/{serverName}';
const criteria = z.record(z.string(), z.looseObject({ minimum_valid_until_ts: z.number().optional() }));

/** Keys of other servers, as this one has seen them (server-server API, "Querying Keys Through Another Server"). */
export const queryServerKeys: Endpoint[] = [
  defineEndpoint({
    method: 'GET',
    path,
    // Old servers name one key.
    aliases: [`${path}/{keyId}`],
    auth: 'none',
    rateLimit: 'federation',
    query: z.looseObject({ minimum_valid_until_ts: count.optional() }),
    async handle(ctx, { params, query }) {
      const { serverName, keyId } = params as { serverName: string; keyId?: string };
      if (!isServerName(serverName)) throw invalidParam('serverName is not the name of a server.');
      const until = query.minimum_valid_until_ts ?? ctx.clock.now();
      const wanted = keyId === undefined ? { all: until } : { ids: new Map([[keyId, until]]) };
      return { server_keys: await notarisedKeys(ctx, new Map([[serverName, wanted]])) };
    },
  }),
  defineEndpoint({
    method: 'POST',
    path: '/_matrix/key/v2/query',
    auth: 'none',
    rateLimit: 'federation',
    body: z.looseObject({ server_keys: z.record(z.string(), criteria) }),
    async handle(ctx, { body }) {
      const now = ctx.clock.now();
      const wanted = Object.entries(body.server_keys).map(([serverName, keys]) => {
        const ids = Object.entries(keys).map(([id, one]) => [id, one.minimum_valid_until_ts ?? now] as const);
        return [serverName, ids.length > 0 ? { ids: new Map(ids) } : { all: now }] as const;
      });
      return { server_keys: await notarisedKeys(ctx, new Map(wanted)) };
    },
  }),
];
