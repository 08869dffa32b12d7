import type { Endpoint } from '../http/endpoint.ts';
import authFallbackPage from './auth-fallback-page.ts';
import authFallbackSubmit from './auth-fallback-submit.ts';
import authMetadata from './auth-metadata.ts';
import confirmRegistrationEmail from './confirm-registration-email.ts';
import createLoginToken from './create-login-token.ts';
import createLoginTokenUnstable from './create-login-token-unstable.ts';
import getLoginFlows from './get-login-flows.ts';
import login from './login.ts';
import loginFallbackPage from './login-fallback-page.ts';
import logout from './logout.ts';
import logoutAll from './logout-all.ts';
import passwordEmailToken from './password-email-token.ts';
import passwordPhoneToken from './password-phone-token.ts';
import passwordPolicy from './password-policy.ts';
import passwordResetPage from './password-reset-page.ts';
import passwordResetSubmit from './password-reset-submit.ts';
import refresh from './refresh.ts';
import register from './register.ts';
import registerEmailToken from './register-email-token.ts';
import registerPhoneToken from './register-phone-token.ts';
import registrationTokenValidity from './registration-token-validity.ts';
import { endpoints as rendezvous } from './rendezvous/index.ts';
import { ssoEndpoints } from './sso/index.ts';
import usernameAvailable from './username-available.ts';

/** Signing in, up and out. */
export const endpoints: Endpoint[] = [
  authFallbackPage,
  authFallbackSubmit,
  authMetadata,
  confirmRegistrationEmail,
  createLoginToken,
  createLoginTokenUnstable,
  ...rendezvous,
  getLoginFlows,
  login,
  loginFallbackPage,
  logout,
  logoutAll,
  passwordEmailToken,
  passwordPhoneToken,
  passwordPolicy,
  passwordResetPage,
  passwordResetSubmit,
  refresh,
  register,
  registerEmailToken,
  registerPhoneToken,
  registrationTokenValidity,
  ...ssoEndpoints,
  usernameAvailable,
];
