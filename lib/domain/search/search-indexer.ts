import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import {
  addSearchEntries,
  removeRedacted,
  type SearchEntry,
  type SearchKey,
} from '../../storage/search/search-entries.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { runEventReader } from '../events/event-reader.ts';

const KEYS: ReadonlyMap<string, SearchKey> = new Map([
  ['m.room.message', 'content.body'],
  ['m.room.name', 'content.name'],
  ['m.room.topic', 'content.topic'],
]);

/**
 * Keeps the table of texts that searches read: follows the events stream from where it stopped. Returns the function
 * that ends it.
 */
export function startSearchIndexer(ctx: Context): () => Promise<void> {
  return runEventReader(ctx, {
    name: 'search',
    concerns: (row) => KEYS.has(row.type) || row.type === 'm.room.redaction',
    async take(q, rows) {
      await addSearchEntries(
        q,
        rows.flatMap((row) => entryOf(row) ?? []),
      );
      await removeRedacted(
        q,
        rows.flatMap((row) => targetOf(row) ?? []),
      );
    },
  });
}

function entryOf(row: EventRow): SearchEntry | undefined {
  const key = KEYS.get(row.type);
  if (key === undefined || row.flags !== 0 || row.position === null || row.redactedBy !== null) return undefined;
  if (key !== 'content.body' && row.stateKey !== '') return undefined;
  const text = textOf(key, visiblePdu(row).content).replaceAll('\0', ' ').trim();
  if (text === '' || !text.isWellFormed()) return undefined;
  return { eventNid: row.eventNid, roomNid: row.roomNid, position: row.position, key, text };
}

/** What can be searched for in an event's content (client-server API, server side search). */
function textOf(key: SearchKey, content: JsonObject): string {
  const texts = [content[key.slice('content.'.length)]];
  if (key === 'content.topic' && isJsonObject(content['m.topic'])) {
    const parts = content['m.topic']['m.text'];
    for (const part of Array.isArray(parts) ? parts : []) {
      if (isJsonObject(part) && (part['mimetype'] ?? 'text/plain') === 'text/plain') texts.push(part['body']);
    }
  }
  return [...new Set(texts.filter((text) => typeof text === 'string'))].join('\n');
}

function targetOf(row: EventRow): string | undefined {
  if (row.type !== 'm.room.redaction') return undefined;
  const pdu = JSON.parse(row.json) as { redacts?: unknown; content?: JsonObject };
  const target = pdu.redacts ?? pdu.content?.['redacts'];
  return typeof target === 'string' && !target.includes('\0') ? target : undefined;
}
