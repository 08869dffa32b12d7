import { sendServerNoticeOnce } from '../../../domain/server-notices/send-notice.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { noticeBody } from './notice-body.ts';

/** Tells a user something in the server's name, once for a transaction id. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v1/send_server_notice/{txnId}',
  auth: 'admin',
  body: noticeBody,
  async handle(ctx, { params, body, requester }) {
    const { user_id: userId, content, type, state_key: stateKey } = body;
    const txn = { sender: requester.userId, txnId: params['txnId'] as string };
    return { event_id: await sendServerNoticeOnce(ctx, txn, userId, { type, content, stateKey }) };
  },
});
