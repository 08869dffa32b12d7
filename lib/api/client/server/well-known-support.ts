import { notFound } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Whom to ask about this server (client-server API, "Well-known URIs"). */
export default defineEndpoint({
  method: 'GET',
  path: '/.well-known/matrix/support',
  auth: 'none',
  handle({ config }) {
    const { enabled, support } = config.wellKnown;
    const { page, matrixId, email } = support;
    const hasContact = matrixId !== undefined || email !== undefined;
    if (!enabled || (page === undefined && !hasContact)) throw notFound('Nothing is published here.');
    const contact = { matrix_id: matrixId, email_address: email, role: 'm.role.admin' };
    return { contacts: hasContact ? [contact] : undefined, support_page: page };
  },
});
