import { bool, optional, pattern, section, setting, text } from '../fields.ts';

export const serverNotices = section('What the server tells its users, each in a room of their own.', {
  localpart: optional(
    pattern(/^[a-z0-9._=/+-]+$/, 'a localpart such as "notices"'),
    'Who speaks in the name of the server. Without it there are no server notices.',
  ),
  displayName: setting(text(), 'Server Notices', 'Display name of that user.'),
  avatarUrl: optional(text(), 'Avatar of that user, an mxc:// URI.'),
  roomName: setting(text(), 'Server Notices', 'Name of the rooms.'),
  roomAvatarUrl: optional(text(), 'Avatar of the rooms, an mxc:// URI.'),
  autoJoin: setting(bool(), false, 'Users are put into their room instead of being invited.'),
});
