import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { TypingRow } from '../../../streams/stream.ts';
import type { Context } from '../../context.ts';
import { EVERY_ROOM } from '../../typing/typing-writer.ts';

/** Other servers forget after a while that somebody types; so often they are told again. */
const AGAIN_MS = 20_000;

/** What is told of typing: in which room, of whom, and whether. */
export type TellTyping = (roomNid: number, edu: JsonObject, key: string) => void;

/** Tells other servers who of this server's users types. Returns the function that ends it. */
export function followTyping(ctx: Context, tell: TellTyping): () => void {
  const rooms = new Map<number, { roomId: string; users: Set<string> }>();
  const say = (roomNid: number, roomId: string, userId: string, typing: boolean) =>
    tell(
      roomNid,
      { edu_type: 'm.typing', content: { room_id: roomId, user_id: userId, typing } },
      `typing ${roomId} ${userId}`,
    );
  const take = ({ roomNid, roomId, userIds }: TypingRow) => {
    if (roomNid === EVERY_ROOM) return rooms.clear();
    const before = rooms.get(roomNid)?.users ?? new Set<string>();
    const now = new Set(userIds.filter((userId) => serverNameOf(userId) === ctx.serverName));
    for (const userId of now) if (!before.has(userId)) say(roomNid, roomId, userId, true);
    for (const userId of before) if (!now.has(userId)) say(roomNid, roomId, userId, false);
    if (now.size > 0) rooms.set(roomNid, { roomId, users: now });
    else rooms.delete(roomNid);
  };
  const unsubscribe = ctx.streams.on('typing', (rows) => {
    for (const row of rows) take(row);
  });
  const timer = setInterval(() => {
    for (const [roomNid, { roomId, users }] of rooms) for (const userId of users) say(roomNid, roomId, userId, true);
  }, AGAIN_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
