import { MatrixError, notFound } from '../../spec/errors.ts';
import { type PushRule, parseKind, type StoredPushRule } from '../../spec/push-rules/index.ts';
import type { Context } from '../context.ts';
import { loadPushRules, pushRulesOf } from './push-rules.ts';

const MOST_TRIES = 5;

/** Changes a user's push rules; tried again when another change came in between. */
export async function changePushRules(
  ctx: Context,
  userId: string,
  change: (rows: StoredPushRule[]) => StoredPushRule[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { rules, version } = await loadPushRules(ctx, userId);
    const changes = change(rules);
    try {
      await ctx.writers.accountData.setPushRules({ userId, changes, version });
      return;
    } catch (error) {
      if (!(error instanceof MatrixError) || error.status !== 409 || attempt === MOST_TRIES) throw error;
    }
  }
}

/**
 * One push rule of a user.
 * @throws MatrixError 400 for an unknown kind, 404 when there is no such rule.
 */
export async function ruleOf(ctx: Context, userId: string, kind: string, ruleId: string): Promise<PushRule> {
  const rules = (await pushRulesOf(ctx, userId)).global[parseKind(kind)];
  const rule = rules.find((r) => r.rule_id === ruleId);
  if (!rule) throw notFound(`There is no push rule ${ruleId}.`);
  return rule;
}
