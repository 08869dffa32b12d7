import type { UnitName } from '../../routing/unit-names.ts';

/** The work asked for is another process's; the caller looks the owner up again. Nothing was done. */
export class NotMineError extends Error {
  override name = 'NotMineError';
  readonly unit: UnitName;
  /** Undefined when any owner of the unit would do and this process is none. */
  readonly shard: number | undefined;

  constructor(unit: UnitName, shard?: number) {
    super(`${unit} ${shard ?? ''} is not held by this process`);
    this.unit = unit;
    this.shard = shard;
  }
}
