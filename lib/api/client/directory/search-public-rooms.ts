import { z } from 'zod';
import { listPublicRooms } from '../../../domain/rooms/public-rooms.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/publicRooms';

/** The room directory, filtered. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  bodyOptional: true,
  query: z.object({ server: z.string().optional() }),
  body: z.object({
    limit: z.number().int().nonnegative().nullish(),
    since: z.string().nullish(),
    filter: z
      .object({
        generic_search_term: z.string().nullish(),
        room_types: z.array(z.string().nullable()).nullish(),
      })
      .nullish(),
    include_all_networks: z.boolean().nullish(),
    third_party_instance_id: z.string().nullish(),
  }),
  async handle(ctx, { query, body }) {
    return listPublicRooms(ctx, {
      server: query.server,
      limit: body.limit ?? undefined,
      since: body.since ?? undefined,
      search: body.filter?.generic_search_term ?? undefined,
      roomTypes: body.filter?.room_types ?? undefined,
      network: body.third_party_instance_id ?? undefined,
      allNetworks: body.include_all_networks ?? false,
    });
  },
});
