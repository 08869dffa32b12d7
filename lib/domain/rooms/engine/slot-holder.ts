/** The slots of rooms that this process may write, with the epoch of its lease (P4). */
export interface SlotHolder {
  /** The epoch under which new work for a slot may be taken; undefined when it may not. */
  epochOf(slot: number): number | undefined;
  /** Slots for which new work may be taken. */
  held(): number[];
  /** Whether work that was taken under an epoch may still be written, as far as is known here. */
  holds(slot: number, epoch: number): boolean;
  /** Asks the database which slots are held: a batch found that another process has taken one. */
  confirm(): Promise<void>;
}
