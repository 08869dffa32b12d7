import { bool, section, setting } from '../fields.ts';

export const presence = section('Who is online.', {
  enabled: setting(
    bool(),
    true,
    'Keep and share presence. Otherwise everybody is offline and setting it does nothing.',
  ),
});

export const userDirectory = section('Search for users.', {
  enabled: setting(bool(), true, 'Answer searches; otherwise they find nobody.'),
  searchAllUsers: setting(
    bool(),
    false,
    'Find every local user, and not only those who share a room with the searcher or are in a public one.',
  ),
});
