import { MatrixError } from '../../../spec/errors.ts';
import { isJsonObject, type JsonValue } from '../../../spec/json.ts';
import type { Queryable } from '../../../storage/database.ts';
import {
  type CrossSigningUsage,
  deleteCrossSigningKeys,
  getCrossSigningKeys,
  putCrossSigningKeys,
  type StoredCrossSigningKey,
} from '../../../storage/e2ee/cross-signing.ts';
import { checkCrossSigningKey } from '../../e2ee/cross-signing-keys.ts';

/** Cross-signing keys as another server tells of them; what is none is left out. */
export function readSigningKeys(
  userId: string,
  said: { master: JsonValue | undefined; selfSigning: JsonValue | undefined },
): StoredCrossSigningKey[] {
  const read = (usage: CrossSigningUsage, value: JsonValue | undefined) => {
    if (!isJsonObject(value)) return [];
    try {
      return [checkCrossSigningKey(userId, usage, value)];
    } catch (error) {
      if (error instanceof MatrixError) return [];
      throw error;
    }
  };
  return [...read('master', said.master), ...read('self_signing', said.selfSigning)];
}

/** Stores a user's cross-signing keys; with `whole`, usages that are not among them are gone. */
export async function storeSigningKeys(
  tx: Queryable,
  userId: string,
  keys: readonly StoredCrossSigningKey[],
  whole = false,
): Promise<void> {
  const stored = await getCrossSigningKeys(tx, [userId]);
  const gone = stored.filter((old) => {
    const now = keys.find((key) => key.usage === old.usage);
    return now ? now.publicKey !== old.publicKey : whole;
  });
  await deleteCrossSigningKeys(tx, userId, gone);
  if (keys.length > 0) await putCrossSigningKeys(tx, [...keys]);
}
