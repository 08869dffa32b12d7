import { z } from 'zod';
import type { Context } from '../../../domain/context.ts';
import { listPublicRooms } from '../../../domain/rooms/public-rooms.ts';
import { forbidden } from '../../../spec/errors.ts';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';
import { count } from '../query.ts';

const path = '/_matrix/federation/v1/publicRooms';

/** The rooms that this server publishes, where it lets others see them (server-server API, "Published Room Directory"). */
export const publicRooms: Endpoint[] = [
  defineEndpoint({
    method: 'GET',
    path,
    auth: 'federation',
    query: z.looseObject({
      limit: count.optional(),
      since: z.string().optional(),
      include_all_networks: z.string().optional(),
      third_party_instance_id: z.string().optional(),
    }),
    async handle(ctx, { query }) {
      requireOpen(ctx);
      const { limit, since } = query;
      const network = query.third_party_instance_id;
      return listPublicRooms(ctx, { limit, since, network, allNetworks: query.include_all_networks === 'true' });
    },
  }),
  defineEndpoint({
    method: 'POST',
    path,
    auth: 'federation',
    bodyOptional: true,
    body: z.looseObject({
      limit: z.int().nonnegative().nullish(),
      since: z.string().nullish(),
      filter: z
        .looseObject({
          generic_search_term: z.string().nullish(),
          room_types: z.array(z.string().nullable()).nullish(),
        })
        .nullish(),
      include_all_networks: z.boolean().nullish(),
      third_party_instance_id: z.string().nullish(),
    }),
    async handle(ctx, { body }) {
      requireOpen(ctx);
      return listPublicRooms(ctx, {
        limit: body.limit ?? undefined,
        since: body.since ?? undefined,
        search: body.filter?.generic_search_term ?? undefined,
        roomTypes: body.filter?.room_types ?? undefined,
        network: body.third_party_instance_id ?? undefined,
        allNetworks: body.include_all_networks ?? false,
      });
    },
  }),
];

function requireOpen(ctx: Context): void {
  if (!ctx.config.federation.publicRoomsOverFederation) {
    throw forbidden('This server does not show its public rooms to other servers.');
  }
}
