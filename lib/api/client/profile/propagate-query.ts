import { z } from 'zod';

const NAME = 'org.matrix.msc4069.propagate';

/** Query of changes to a profile: whether rooms are told (MSC4069). */
export const propagateQuery = z.looseObject({ [NAME]: z.enum(['true', 'false']).optional() });

/** False when the client wants no room to be told. */
export function propagates(query: z.output<typeof propagateQuery>): boolean {
  return query[NAME] !== 'false';
}
