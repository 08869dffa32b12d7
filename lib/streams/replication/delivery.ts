/** How a command of another process arrived. */
export interface Delivery {
  /** The command's own id, the same however often it is sent. */
  id: string;
  /** It may have been carried out before, here or by an owner before this one, without the caller having heard of it. */
  repeated: boolean;
}
