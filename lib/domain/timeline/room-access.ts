import { forbidden } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { type Departure, getRoomStanding } from '../../storage/timeline/room-standing.ts';
import type { Context } from '../context.ts';
import { historyVisibilityOf } from './room-view.ts';

/** In what way a user may read a room. */
export type RoomAccess =
  /** Is in it: reads it as it is now, and what other servers have of it where there are gaps. */
  | { kind: 'joined'; departure: null; membership: string; hasGaps: boolean }
  /** Was in it: reads it as it was on leaving. */
  | { kind: 'departed'; departure: Departure; membership: string }
  /** Looks in from outside, which the room allows everybody. Null where the user never had to do with it. */
  | { kind: 'peeking'; departure: null; membership: string | null };

/**
 * In what way a user may read a room: as a member, as one who has left (kicked too, and invited again, but not banned), or
 * because everybody may (`world_readable`). One query.
 * @throws MatrixError 403 M_FORBIDDEN for everybody else, and for those who have forgotten the room.
 */
export async function canSeeRoom(
  ctx: Context,
  room: { roomNid: number; roomId: string },
  userId: string,
): Promise<RoomAccess> {
  const standing = await getRoomStanding(ctx.db, room.roomNid, userId);
  const { membership, forgotten, departure, visibilityJson, hasGaps } = standing;
  if (membership === 'join') return { kind: 'joined', departure: null, membership, hasGaps };
  const wasThere = membership !== null && membership !== 'ban' && departure !== null && !forgotten;
  if (wasThere) return { kind: 'departed', departure, membership };
  const content =
    visibilityJson === null ? undefined : (JSON.parse(visibilityJson) as { content?: JsonObject }).content;
  if (historyVisibilityOf(content) === 'world_readable') return { kind: 'peeking', departure: null, membership };
  throw forbidden(`You are not in room ${room.roomId}, and it may not be read from outside.`);
}
