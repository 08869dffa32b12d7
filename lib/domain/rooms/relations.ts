import type { JsonObject } from '../../spec/json.ts';

/** What an event says of another one (client-server API, forming relationships between events). */
export interface Relation {
  relatesTo: string;
  relType: string;
  /** Of annotations: what they say. */
  key: string | null;
}

/** The `m.relates_to` of an event's content, if it names an event and a relationship. */
export function relationOf(content: JsonObject): Relation | undefined {
  const relatesTo = content['m.relates_to'];
  if (typeof relatesTo !== 'object' || relatesTo === null || Array.isArray(relatesTo)) return undefined;
  const { event_id: eventId, rel_type: relType, key } = relatesTo as JsonObject;
  if (typeof eventId !== 'string' || typeof relType !== 'string') return undefined;
  if (hasNul(eventId) || hasNul(relType) || eventId.length > 255 || relType.length > 255) return undefined;
  return { relatesTo: eventId, relType, key: typeof key === 'string' && !hasNul(key) ? key : null };
}

function hasNul(text: string): boolean {
  return text.includes('\0');
}
