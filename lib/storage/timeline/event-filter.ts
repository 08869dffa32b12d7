/** Which events of a room are wanted, as far as the database decides it. Absent members leave everything in. */
export interface EventFilter {
  /** Event types, `*` standing for any text. */
  types?: readonly string[] | undefined;
  notTypes?: readonly string[] | undefined;
  senders?: readonly string[] | undefined;
  notSenders?: readonly string[] | undefined;
  /** How the event itself relates to another. */
  relTypes?: readonly string[] | undefined;
  notRelTypes?: readonly string[] | undefined;
  /** How others relate to the event, and who these are by. */
  relatedByRelTypes?: readonly string[] | undefined;
  relatedBySenders?: readonly string[] | undefined;
}

/** Parameters of a statement that is put together: gives each its number. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Conditions on the event `e`, each to be joined by AND. */
export function filterConditions(filter: EventFilter, parameters: Parameters): string[] {
  const conditions: string[] = [];
  const add = (condition: string) => conditions.push(condition);
  if (filter.types) add(`e.type LIKE ANY(${parameters.add(filter.types.map(likePattern))}::text[])`);
  if (filter.notTypes?.length) add(`e.type NOT LIKE ALL(${parameters.add(filter.notTypes.map(likePattern))}::text[])`);
  if (filter.senders) add(`e.sender = ANY(${parameters.add(clean(filter.senders))}::text[])`);
  if (filter.notSenders?.length) add(`e.sender <> ALL(${parameters.add(clean(filter.notSenders))}::text[])`);
  const relates = (types: readonly string[]) =>
    `EXISTS (SELECT 1 FROM event_relations l WHERE l.event_nid = e.event_nid
      AND l.rel_type = ANY(${parameters.add(clean(types))}::text[]))`;
  if (filter.relTypes) add(relates(filter.relTypes));
  if (filter.notRelTypes?.length) add(`NOT ${relates(filter.notRelTypes)}`);
  if (filter.relatedByRelTypes || filter.relatedBySenders) {
    const types = filter.relatedByRelTypes;
    const senders = filter.relatedBySenders;
    add(`EXISTS (SELECT 1 FROM event_relations l JOIN events c ON c.event_nid = l.event_nid
      WHERE l.relates_to = e.event_id AND l.room_nid = e.room_nid AND c.redacted_by IS NULL
      ${types ? `AND l.rel_type = ANY(${parameters.add(clean(types))}::text[])` : ''}
      ${senders ? `AND l.sender = ANY(${parameters.add(clean(senders))}::text[])` : ''})`);
  }
  return conditions;
}

function likePattern(type: string): string {
  return type
    .replaceAll('\0', '')
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%');
}

/** No stored text holds a NUL, and the database takes none. */
export function clean(texts: readonly string[]): string[] {
  return texts.filter((text) => !text.includes('\0'));
}
