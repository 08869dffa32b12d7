import { z } from 'zod';
import { jsonObject } from '../../client/rooms/json-object.ts';

/** What a server notice consists of. */
export const noticeBody = z.object({
  user_id: z.string(),
  content: jsonObject,
  type: z.string().default('m.room.message'),
  state_key: z.string().optional(),
});
