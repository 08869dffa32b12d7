import { unknown } from '../../spec/errors.ts';
import { getFeatures } from '../../storage/admin/features.ts';
import type { Context } from '../context.ts';

/** Features that can be switched for single users, with the name under which `/versions` tells clients of them. */
const FEATURES: Readonly<Record<string, string>> = {
  msc3881: 'org.matrix.msc3881',
  msc3575: 'org.matrix.simplified_msc3575',
  msc4222: 'org.matrix.msc4222.use_state_after',
};

/** @throws MatrixError 400 M_UNKNOWN for a feature that cannot be switched. */
export function checkFeatureNames(names: readonly string[]): void {
  for (const name of names) {
    if (!Object.hasOwn(FEATURES, name)) throw unknown(`${JSON.stringify(name)} is no feature that can be switched.`);
  }
}

/** What `/versions` offers to a user: features that were switched off for them are not among it. */
export async function featuresFor(
  ctx: Context,
  offered: Readonly<Record<string, boolean>>,
  userId: string,
): Promise<Record<string, boolean>> {
  const features = { ...offered };
  for (const [name, enabled] of Object.entries(await getFeatures(ctx.db, userId))) {
    const flag = FEATURES[name];
    if (flag !== undefined && !enabled && features[flag] !== undefined) features[flag] = false;
  }
  return features;
}
