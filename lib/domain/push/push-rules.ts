import { mergeRules, type Ruleset, type StoredPushRule } from '../../spec/push-rules/index.ts';
import { getPushRules } from '../../storage/push/push-rules.ts';
import type { Context } from '../context.ts';

/** A user's changes to the push rules, and the version that a change has to name. */
export async function loadPushRules(
  ctx: Context,
  userId: string,
): Promise<{ rules: StoredPushRule[]; version: number; position: number }> {
  const [row] = await getPushRules(ctx.db, [userId]);
  return row ?? { rules: [], version: 0, position: 0 };
}

/** A user's whole rules as `GET /pushrules/` and the `m.push_rules` event give them. */
export async function pushRulesOf(ctx: Context, userId: string): Promise<{ global: Ruleset }> {
  const { rules } = await loadPushRules(ctx, userId);
  return { global: mergeRules(userId, rules) };
}

/** Content of the `m.push_rules` event; undefined when nothing has changed after `since`. */
export async function pushRulesContent(
  ctx: Context,
  userId: string,
  since: number | undefined,
): Promise<{ global: Ruleset } | undefined> {
  const { rules, position } = await loadPushRules(ctx, userId);
  if (since !== undefined && position <= since) return undefined;
  return { global: mergeRules(userId, rules) };
}
