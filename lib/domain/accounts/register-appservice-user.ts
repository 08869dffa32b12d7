import { forbidden, missingParam } from '../../spec/errors.ts';
import type { Context } from '../context.ts';
import { appservicesOf } from './appservices.ts';
import { createUser } from './create-user.ts';
import type { RegistrationChoices } from './register-user.ts';
import { checkUsername } from './username.ts';

/**
 * Registers a user of an application service, whether or not registration is open (application service API, "Server
 * admin style permissions").
 * @throws MatrixError 403 M_FORBIDDEN without the token of a service, 400 M_EXCLUSIVE outside its namespaces, 400
 *   M_USER_IN_USE or M_INVALID_USERNAME
 */
export async function registerAppserviceUser(
  ctx: Context,
  token: string | undefined,
  choices: RegistrationChoices,
): Promise<{ userId: string; choices: RegistrationChoices }> {
  const service = await appservicesOf(ctx).authenticate(token ?? '', {});
  if (!service?.appserviceId) throw forbidden('This registration needs the token of an application service.');
  const { username: localpart } = choices;
  if (localpart === undefined) throw missingParam('The body has no username.');
  const { appserviceId } = service;
  await checkUsername(ctx, localpart, appserviceId);
  const { userId } = await createUser(ctx, { localpart, appserviceId });
  return { userId, choices };
}
