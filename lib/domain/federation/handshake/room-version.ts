import { MatrixError } from '../../../spec/errors.ts';
import type { Room } from '../../rooms/room-lookup.ts';

/** @throws MatrixError 400 M_INCOMPATIBLE_ROOM_VERSION for a server that does not know the room's version */
export function requireVersionKnown(room: Room, versions: readonly string[]): void {
  if (versions.includes(room.roomVersion)) return;
  throw new MatrixError(
    400,
    'M_INCOMPATIBLE_ROOM_VERSION',
    `The room has version ${room.roomVersion}, which your server does not say it knows.`,
    { room_version: room.roomVersion },
  );
}
