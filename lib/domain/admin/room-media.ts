import { isServerName } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { getMediaNamesInRoom } from '../../storage/admin/media.ts';
import type { Context } from '../context.ts';
import type { MediaLocation } from '../media/media-location.ts';
import type { Room } from '../rooms/room-lookup.ts';

const MXC = /^mxc:\/\/([^/]+)\/([A-Za-z0-9_-]{1,255})$/;
const PAGE = 500;

/** The files that events of a room name as theirs or as their thumbnails, each once. Encrypted ones tell of none. */
export async function mediaOfRoom(ctx: Context, room: Room): Promise<MediaLocation[]> {
  const found = new Map<string, MediaLocation>();
  for (let after = -1; ; ) {
    const rows = await getMediaNamesInRoom(ctx.db, room.roomNid, after, PAGE);
    for (const row of rows) {
      const { content } = JSON.parse(row.json) as { content?: JsonObject };
      const info = content?.['info'];
      for (const uri of [content?.['url'], isJsonObject(info) ? info['thumbnail_url'] : undefined]) {
        const [, serverName, mediaId] = MXC.exec(typeof uri === 'string' ? uri : '') ?? [];
        if (serverName && mediaId && isServerName(serverName)) found.set(uri as string, { serverName, mediaId });
      }
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return [...found.values()];
    after = last.eventNid;
  }
}
