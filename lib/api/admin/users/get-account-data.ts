import { localUser } from '../../../domain/admin/local-user.ts';
import { getAccountDataBetween } from '../../../storage/account-data/account-data.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** A user's account data, global and of rooms. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/accountdata',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    const global = new Map<string, unknown>();
    const rooms = new Map<string, Map<string, unknown>>();
    for (const entry of await getAccountDataBetween(ctx.db, userId, 0, Number.MAX_SAFE_INTEGER)) {
      let target: Map<string, unknown> | undefined = global;
      if (entry.roomId !== null) {
        target = rooms.get(entry.roomId) ?? new Map();
        rooms.set(entry.roomId, target);
      }
      target.set(entry.type, JSON.parse(entry.json as string));
    }
    return {
      account_data: {
        global: Object.fromEntries(global),
        rooms: Object.fromEntries([...rooms].map(([roomId, entries]) => [roomId, Object.fromEntries(entries)])),
      },
    };
  },
});
