import type { Config } from '../../config/config.ts';

/** The flows by which somebody can register, as the configuration wants them. */
export function registrationFlows(config: Config): string[][] {
  const stages: string[] = [];
  if (config.registrationRequiresToken) stages.push('m.login.registration_token');
  if (config.registrationRequiresCaptcha) stages.push('m.login.recaptcha');
  const flows = [stages.length > 0 ? stages : ['m.login.dummy']];
  // Who gives an e-mail address can get at the account again without the password.
  if (config.email.smtpHost !== undefined) flows.push([...stages, 'm.login.email.identity']);
  return flows;
}
