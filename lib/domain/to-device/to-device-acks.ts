import { LRUCache } from 'lru-cache';
import type { ChangeIndex } from '../../streams/change-index.ts';

/** Positions in the to_device stream. */
interface DeviceState {
  /** Of the last message that this process gave out. */
  given: number;
  /** Up to which this process has deleted. */
  deleted: number;
}

/**
 * Remembers what was deleted of each device's messages, so that a sync which acknowledges nothing new costs no
 * statement. What another process gave out is noticed by the stream.
 */
export class ToDeviceAcks {
  readonly #devices = new LRUCache<string, DeviceState>({ max: 50_000 });

  /**
   * Whether messages at or before `upTo`, which the device has acknowledged, may be there still.
   * @param key user id and device id
   * @param index where the stream last changed for each device
   */
  isDue(key: string, upTo: number, index: ChangeIndex<string>): boolean {
    const state = this.#devices.get(key);
    if (!state) return true;
    if (upTo <= state.deleted) return false;
    if (state.given > state.deleted && state.given <= upTo) return true;
    // With later messages still to come, what another process gave out waits for their acknowledgement.
    return index.mayHaveChanged(key, state.deleted) && !index.mayHaveChanged(key, upTo);
  }

  /** Messages up to `upTo` are deleted. */
  deleted(key: string, upTo: number): void {
    this.#devices.set(key, { given: this.#devices.get(key)?.given ?? 0, deleted: upTo });
  }

  /** Messages up to `position` were given out. */
  given(key: string, position: number): void {
    const state = this.#devices.get(key);
    if (state) this.#devices.set(key, { ...state, given: position });
  }
}
