import { DELIVERY_DEVICE } from '../../../storage/events/deliveries.ts';
import type { Delivery } from '../../../streams/replication/delivery.ts';
import type { TransactionKey } from '../../../streams/writers.ts';

/** The transaction under which an event is stored that came from another process without one. */
export function transactionOf(delivery: Delivery | undefined, index = 0): TransactionKey | undefined {
  return delivery && { deviceId: DELIVERY_DEVICE, txnId: index === 0 ? delivery.id : `${delivery.id} ${index}` };
}
