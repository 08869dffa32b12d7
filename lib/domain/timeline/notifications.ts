import { getNotifications, type NotificationRow } from '../../storage/timeline/notifications.ts';
import type { Context } from '../context.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import { filterVisibleInRooms } from './visibility.ts';

const ACTIONS = ['[]', '["notify"]', '["notify",{"set_tweak":"sound","value":"default"},{"set_tweak":"highlight"}]'];

/**
 * Answers GET /notifications as JSON text: what the user was, or would have been, notified of, newest first.
 * @param request.before place in the events stream that the page before ended at.
 */
export async function notifications(
  ctx: Context,
  viewer: Viewer,
  request: { before: number | undefined; limit: number; highlightsOnly: boolean },
): Promise<string> {
  const rows = await getNotifications(ctx.db, viewer.userId, { ...request, limit: request.limit + 1 });
  const page = rows.slice(0, request.limit);
  const visible = await filterVisibleInRooms(ctx, viewer.userId, page);
  return jsonObject({
    notifications: jsonArray(
      visible.map(({ row, membership }) => {
        const { outcome, read } = row as NotificationRow;
        return jsonObject({
          actions: ACTIONS[outcome],
          event: clientEventJson(row, viewer, { membership }),
          profile_tag: 'null',
          read: String(read),
          room_id: JSON.stringify(row.roomId),
          ts: String(row.originServerTs),
        });
      }),
    ),
    next_token: rows.length > request.limit ? JSON.stringify(String(page.at(-1)?.position)) : undefined,
  });
}
