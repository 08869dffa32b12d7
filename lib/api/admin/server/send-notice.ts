import { sendServerNotice } from '../../../domain/server-notices/send-notice.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { noticeBody } from './notice-body.ts';

/** Tells a user something in the server's name. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/send_server_notice',
  auth: 'admin',
  body: noticeBody,
  async handle(ctx, { body }) {
    const { user_id: userId, content, type, state_key: stateKey } = body;
    return { event_id: await sendServerNotice(ctx, userId, { type, content, stateKey }) };
  },
});
