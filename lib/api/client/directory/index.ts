import type { Endpoint } from '../../http/endpoint.ts';
import deleteAlias from './delete-alias.ts';
import getAlias from './get-alias.ts';
import getVisibility from './get-visibility.ts';
import listPublicRooms from './list-public-rooms.ts';
import roomAliases from './room-aliases.ts';
import searchPublicRooms from './search-public-rooms.ts';
import setAlias from './set-alias.ts';
import setVisibility from './set-visibility.ts';

/** Room aliases and the room directory. */
export const endpoints: Endpoint[] = [
  setAlias,
  getAlias,
  deleteAlias,
  roomAliases,
  getVisibility,
  setVisibility,
  listPublicRooms,
  searchPublicRooms,
];
