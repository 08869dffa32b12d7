import { MatrixError, notFound } from '../../spec/errors.ts';
import { getMedia, type MediaRow, noteMediaAccess } from '../../storage/media/media.ts';
import type { Context } from '../context.ts';
import { fetchMedia } from '../federation/remote-media/fetch-media.ts';
import { DEFAULT_WAIT_MS, LONGEST_WAIT_MS } from './limits.ts';
import type { MediaLocation } from './media-location.ts';
import { uploadWaitersOf } from './upload-waiters.ts';

/** A file that is there. */
export interface FoundFile extends MediaLocation {
  blobKey: string;
  /** In bytes. */
  size: number;
  sha256: Buffer;
  contentType: string;
  fileName: string | null;
}

/** Who looks for a file, and how long. */
export interface FindOptions {
  /** The request came with an access token. */
  hasToken: boolean;
  /** Files of other servers are fetched too. */
  allowRemote: boolean;
  /** How long to wait for a file that is still to come, in milliseconds. */
  timeoutMs: number | undefined;
  signal: AbortSignal;
  /** An administrator wants it although it is quarantined. */
  despiteQuarantine?: boolean;
}

/** A file that is uploaded to another process is noticed this often. */
const LOOK_EVERY_MS = 1_000;
/** When a file was last used is known this closely. */
const NOTE_EVERY_MS = 600_000;

/**
 * Finds a file by its `mxc://` URI; waits when it is still to be uploaded, and fetches it from another server.
 * @throws MatrixError 404 M_NOT_FOUND, 504 M_NOT_YET_UPLOADED, 502 and 413 for files of other servers
 */
export async function findFile(ctx: Context, location: MediaLocation, options: FindOptions): Promise<FoundFile> {
  const { serverName, mediaId } = location;
  if (serverName !== ctx.serverName) {
    if (!options.allowRemote) throw missing();
    const row = await fetchMedia(ctx, location);
    if (!isUploaded(row) || !(options.hasToken || isOpen(ctx, row))) throw missing();
    return row;
  }
  const until = ctx.clock.now() + Math.min(options.timeoutMs ?? DEFAULT_WAIT_MS, LONGEST_WAIT_MS);
  for (;;) {
    const row = await getMedia(ctx.db, serverName, mediaId);
    const now = ctx.clock.now();
    if (!row || isExpired(row, now) || !(options.hasToken || isOpen(ctx, row))) throw missing();
    if (row.quarantined && !options.despiteQuarantine) throw missing();
    if (isUploaded(row)) {
      if ((row.lastAccessTs ?? 0) < now - NOTE_EVERY_MS) await noteMediaAccess(ctx.db, row, now);
      return row;
    }
    if (now >= until || options.signal.aborted) {
      throw new MatrixError(504, 'M_NOT_YET_UPLOADED', 'The file has not been uploaded yet.');
    }
    await uploadWaitersOf(ctx).wait(ctx.clock, mediaId, Math.min(LOOK_EVERY_MS, until - now), options.signal);
  }
}

function missing(): MatrixError {
  return notFound('There is no such file.');
}

function isExpired(row: MediaRow, now: number): boolean {
  return row.blobKey === null && row.expiresTs !== null && row.expiresTs <= now;
}

function isUploaded(row: MediaRow): row is MediaRow & FoundFile {
  return row.blobKey !== null;
}

/** May everybody have it? What was uploaded before that was switched off stays open (client behaviour, "freeze"). */
function isOpen(ctx: Context, row: MediaRow): boolean {
  return isUploaded(row) ? !row.needsToken : ctx.config.media.unauthenticatedDownloads;
}
