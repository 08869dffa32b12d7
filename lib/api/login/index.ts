import type { Endpoint } from '../http/endpoint.ts';
import authFallbackPage from './auth-fallback-page.ts';
import authFallbackSubmit from './auth-fallback-submit.ts';
import authMetadata from './auth-metadata.ts';
import createLoginToken from './create-login-token.ts';
import getLoginFlows from './get-login-flows.ts';
import login from './login.ts';
import logout from './logout.ts';
import logoutAll from './logout-all.ts';
import passwordPolicy from './password-policy.ts';
import refresh from './refresh.ts';
import register from './register.ts';
import registrationTokenValidity from './registration-token-validity.ts';
import usernameAvailable from './username-available.ts';

/** Signing in, up and out. */
export const endpoints: Endpoint[] = [
  authFallbackPage,
  authFallbackSubmit,
  authMetadata,
  createLoginToken,
  getLoginFlows,
  login,
  logout,
  logoutAll,
  passwordPolicy,
  refresh,
  register,
  registrationTokenValidity,
  usernameAvailable,
];
