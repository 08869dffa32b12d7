import { getServerValue, setServerValue } from '../../storage/server-values.ts';
import type { Context } from '../context.ts';

const PAUSED = 'background_jobs_paused';

/** Whether administrators have paused background jobs. */
export async function arePaused(ctx: Context): Promise<boolean> {
  return (await getServerValue(ctx.db, PAUSED)) === true;
}

/** Pauses background jobs, or lets them go on. What runs already is not stopped. */
export async function setPaused(ctx: Context, paused: boolean): Promise<void> {
  await setServerValue(ctx.db, PAUSED, paused);
}
