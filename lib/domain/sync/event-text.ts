import { applyEventFields, type Filter } from '../../spec/filters.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { clientEventJson, type Decoration, type Viewer, visiblePdu } from '../events/client-event.ts';

/** Writes events as a filter wants them (client-server API, filtering: `event_fields`, `event_format`). */
export function eventTexts(filter: Filter, viewer: Viewer): (row: EventRow, decoration?: Decoration) => string {
  const { eventFields, eventFormat } = filter;
  if (eventFormat === 'client' && eventFields === undefined) {
    return (row, decoration) => clientEventJson(row, viewer, decoration);
  }
  return (row, decoration) => {
    const event = JSON.parse(clientEventJson(row, viewer, decoration)) as object;
    // Room versions from 3 on don't carry the event id, and clients can't do without it.
    const whole = eventFormat === 'federation' ? { ...event, ...visiblePdu(row) } : event;
    return JSON.stringify(applyEventFields(whole, eventFields));
  };
}
