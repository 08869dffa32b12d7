import { resolveAlias } from '../../../domain/rooms/aliases.ts';
import { previewObject, roomPreviews } from '../../../domain/timeline/room-previews.ts';
import { notFound } from '../../../spec/errors.ts';
import { isRoomAlias } from '../../../spec/ids.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** A summary of a room that the user is in, may enter, may knock on or may look into. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/room_summary/{roomIdOrAlias}',
  aliases: [
    '/_matrix/client/unstable/im.nheko.summary/summary/{roomIdOrAlias}',
    '/_matrix/client/unstable/im.nheko.summary/rooms/{roomIdOrAlias}/summary',
  ],
  auth: 'optional',
  async handle(ctx, { params, requester }) {
    const { roomIdOrAlias } = params as { roomIdOrAlias: string };
    const roomId = isRoomAlias(roomIdOrAlias) ? (await resolveAlias(ctx, roomIdOrAlias)).roomId : roomIdOrAlias;
    const preview = (await roomPreviews(ctx, requester?.userId, [roomId])).get(roomId);
    if (!preview) throw notFound('There is no such room, or you may not see it.');
    const summary = previewObject(preview);
    if (preview.summary.encryption !== null) summary['im.nheko.summary.encryption'] = preview.summary.encryption;
    summary['im.nheko.summary.room_version'] = preview.summary.roomVersion;
    if (requester) summary['membership'] = preview.membership ?? 'leave';
    return summary;
  },
});
