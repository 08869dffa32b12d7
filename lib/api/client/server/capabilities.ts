import { ROOM_VERSIONS } from '../../../spec/room-versions.ts';
import { getUser } from '../../../storage/accounts/users.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/capabilities';
const available = Object.fromEntries([...ROOM_VERSIONS.values()].map(({ id, stability }) => [id, stability]));

/** What the requester can do on this server (client-server API, "Capabilities negotiation"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  async handle(ctx, { requester }) {
    const user = await getUser(ctx.db, requester.userId);
    // Without a password nobody could pass the authentication that these ask for.
    const hasPassword = typeof user?.passwordHash === 'string';
    return {
      capabilities: {
        'm.room_versions': { default: ctx.config.defaultRoomVersion, available },
        'm.change_password': { enabled: hasPassword },
        'm.get_login_token': { enabled: hasPassword },
        'm.set_displayname': { enabled: !requester.isGuest },
        'm.set_avatar_url': { enabled: !requester.isGuest },
        'm.profile_fields': { enabled: !requester.isGuest },
        'm.3pid_changes': { enabled: ctx.config.email.smtpHost !== undefined && !requester.isGuest },
        'm.forget_forced_upon_leave': { enabled: false },
        ...(requester.isAdmin ? { 'm.account_moderation': { lock: true, suspend: true } } : {}),
      },
    };
  },
});
