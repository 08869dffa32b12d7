import type { Endpoint } from '../../http/endpoint.ts';
import casRedirect from './cas-redirect.ts';
import casTicket from './cas-ticket.ts';
import redirectToIdp from './redirect-to-idp.ts';
import redirectToSso from './redirect-to-sso.ts';

/** Single sign-on. */
export const ssoEndpoints: Endpoint[] = [casRedirect, casTicket, redirectToIdp, redirectToSso];
