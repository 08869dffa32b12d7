import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { getThreepids, getUserByThreepid } from '../../storage/accounts/threepids.ts';
import { canonicalAddress } from '../accounts/identify.ts';
import type { Context } from '../context.ts';
import { giveThreepid } from '../threepids/add-threepid.ts';
import { removeThreepid } from '../threepids/delete-threepid.ts';

interface Threepid {
  medium: string;
  address: string;
}

/** An identifier in the form in which it is stored. @throws MatrixError 400 M_INVALID_PARAM for one that is none. */
export function canonical({ medium, address }: Threepid): Threepid {
  const form = canonicalAddress(medium, address);
  const right =
    medium === 'email' ? /^[^@\s\0]+@[^@\s\0]+$/.test(form) : medium === 'msisdn' && /^\d{3,20}$/.test(form);
  if (!right || form.length > 500)
    throw invalidParam(`${JSON.stringify(address)} is no address of the medium ${medium}.`);
  return { medium, address: form };
}

/** @throws MatrixError 400 M_THREEPID_IN_USE when one of the identifiers is another account's. */
export async function checkThreepidsFree(ctx: Context, userId: string, threepids: readonly Threepid[]): Promise<void> {
  for (const { medium, address } of threepids) {
    const owner = await getUserByThreepid(ctx.db, medium, address);
    if (owner !== undefined && owner !== userId) {
      throw new MatrixError(400, 'M_THREEPID_IN_USE', `${address} belongs to another account.`);
    }
  }
}

/** Gives an account these identifiers, in canonical form, in place of all others. */
export async function setThreepids(ctx: Context, userId: string, threepids: readonly Threepid[]): Promise<void> {
  const key = (threepid: Threepid) => `${threepid.medium} ${threepid.address}`;
  const wanted = new Set(threepids.map(key));
  for (const old of await getThreepids(ctx.db, userId)) {
    if (wanted.has(key(old))) wanted.delete(key(old));
    else await removeThreepid(ctx, userId, old);
  }
  const validatedTs = ctx.clock.now();
  for (const threepid of threepids) {
    if (wanted.has(key(threepid))) await giveThreepid(ctx, userId, { ...threepid, validatedTs });
  }
}
