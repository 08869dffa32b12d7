import { unknown } from '../../spec/errors.ts';
import { forgetSomeSummaries, noteSomeUsers } from '../../storage/admin/updates.ts';
import type { Context } from '../context.ts';
import { type JobHandler, startJob } from './background-job.ts';

/** What is computed anew, by the name that the admin API gives it. Each step says where the next begins. */
const STEPS: Readonly<Record<string, typeof noteSomeUsers>> = {
  populate_stats_process_rooms: forgetSomeSummaries,
  regenerate_directory: noteSomeUsers,
};

export const UPDATE_ACTIONS: ReadonlySet<string> = new Set(Object.keys(STEPS));

/** Starts a background update. @throws MatrixError 400 M_UNKNOWN for a name that is none. */
export async function startUpdate(ctx: Context, name: string): Promise<void> {
  if (!UPDATE_ACTIONS.has(name)) throw unknown(`There is no background update ${JSON.stringify(name)}.`);
  await startJob(ctx, { action: name, resource: null, params: {} });
}

/** The handler of an update. */
export function updateHandler(name: string): JobHandler {
  const step = STEPS[name] as typeof noteSomeUsers;
  return async (ctx, _params, control) => {
    let after = (control.result['after'] as string | undefined) ?? '';
    let items = Number(control.result['items'] ?? 0);
    for (;;) {
      control.proceed();
      const done = await step(ctx.db, after);
      if (done.last === null) return;
      after = done.last;
      items += done.count;
      await control.save({ after, items });
    }
  };
}
