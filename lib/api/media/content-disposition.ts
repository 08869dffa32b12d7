/** Types that browsers show without running anything (client-server API, "Serving inline content"). */
const INLINE = new Set([
  'text/css',
  'text/plain',
  'text/csv',
  'application/json',
  'application/ld+json',
  'image/jpeg',
  'image/gif',
  'image/png',
  'image/apng',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'audio/mp4',
  'audio/webm',
  'audio/aac',
  'audio/mpeg',
  'audio/ogg',
  'audio/wave',
  'audio/wav',
  'audio/x-wav',
  'audio/x-pn-wav',
  'audio/flac',
  'audio/x-flac',
]);

/**
 * The Content-Disposition of a file: whether a browser may show it, and its name (RFC 6266). A name beyond ASCII is given
 * in the extended form alone, which every browser of the last ten years reads.
 */
export function contentDisposition(contentType: string, fileName: string | null): string {
  const essence = contentType.split(';', 1)[0]!.trim().toLowerCase();
  const disposition = INLINE.has(essence) ? 'inline' : 'attachment';
  if (fileName === null) return disposition;
  if (/^[\x20-\x7e]*$/.test(fileName)) return `${disposition}; filename="${fileName.replace(/["\\]/g, '\\$&')}"`;
  return `${disposition}; filename*=UTF-8''${extended(fileName)}`;
}

/** RFC 8187: what `encodeURIComponent` leaves as it is, it allows, but for these. */
function extended(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
