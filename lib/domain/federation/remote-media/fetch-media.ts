import type { ReadableStream } from 'node:stream/web';
import type { OutboundStream } from '../../../platform/outbound-http.ts';
import { MatrixError, notFound } from '../../../spec/errors.ts';
import { getMedia, insertFetched, type MediaRow } from '../../../storage/media/media.ts';
import type { Context } from '../../context.ts';
import { boundedBody } from '../../media/bounded-body.ts';
import type { MediaLocation } from '../../media/media-location.ts';
import { storeBlob } from '../../media/store-blob.ts';
import { uploadedName, uploadedType } from '../../media/upload-facts.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';
import { boundaryOf, MultipartReader } from './multipart.ts';

/** A file as another server gives it. */
interface GivenFile {
  body: ReadableStream<Uint8Array>;
  contentType: string;
  fileName: string | null;
}

const LONGEST_MS = 5 * 60_000;
const MOST_INFO_BYTES = 64 * 1024;
/** Beside the file itself: boundaries and headers. */
const MORE_BYTES = 64 * 1024;

const running = new WeakMap<Context['db'], Map<string, Promise<void>>>();

/**
 * Fetches a file of another server and keeps it (server-server API, "Content Repository"), by the endpoint of old where the
 * server knows no other. Requests at the same time share one fetch.
 * @returns the file as it is kept
 * @throws MatrixError 404 M_NOT_FOUND, 413 M_TOO_LARGE, 502 where its server can't be reached, 504 M_NOT_YET_UPLOADED
 */
export async function fetchMedia(ctx: Context, location: MediaLocation): Promise<MediaRow> {
  const { serverName, mediaId } = location;
  const known = await getMedia(ctx.db, serverName, mediaId);
  if (known) return known;
  const key = `${serverName}/${mediaId}`;
  const fetches = running.get(ctx.db) ?? new Map<string, Promise<void>>();
  running.set(ctx.db, fetches);
  let fetch = fetches.get(key);
  if (!fetch) {
    fetch = fetchAndKeep(ctx, location).finally(() => fetches.delete(key));
    fetches.set(key, fetch);
  }
  try {
    await fetch;
  } catch (error) {
    // Another process may have been faster.
    const kept = await getMedia(ctx.db, serverName, mediaId);
    if (kept) return kept;
    throw mediaError(error, serverName);
  }
  const row = await getMedia(ctx.db, serverName, mediaId);
  if (!row) throw notFound('There is no such file.');
  return row;
}

async function fetchAndKeep(ctx: Context, location: MediaLocation): Promise<void> {
  const { serverName, mediaId } = location;
  const file = await open(ctx, location);
  const { contentType, fileName } = file;
  const body = boundedBody(file.body, ctx.config.limits.maxUploadBytes);
  const needsToken = !ctx.config.media.unauthenticatedDownloads;
  const name = `remote/${serverName.replaceAll(/[^A-Za-z0-9.-]/g, '_').replace(/^\./, '_')}/${mediaId}`;
  await storeBlob(ctx, name, body, contentType, (blob) =>
    insertFetched(ctx.db, { serverName, mediaId, contentType, fileName, needsToken, ...blob }, ctx.clock.now()),
  );
}

async function open(ctx: Context, { serverName, mediaId }: MediaLocation): Promise<GivenFile> {
  const limits = { timeoutMs: LONGEST_MS, maxBytes: ctx.config.limits.maxUploadBytes + MORE_BYTES };
  const { client } = ctx.federation;
  try {
    const path = withQuery(federationPath`/v1/media/download/${mediaId}`, { timeout_ms: 20_000 });
    return await readParts(ctx, serverName, await client.stream(serverName, { path, ...limits }));
  } catch (error) {
    if (!(error instanceof FederationError && error.isUnrecognized)) throw error;
  }
  const old = `/_matrix/media/v3/download/${encodeURIComponent(serverName)}/${mediaId}`;
  const path = withQuery(old, { allow_remote: false, timeout_ms: 20_000 });
  return fileOf(await client.stream(serverName, { path, sign: false, ...limits }));
}

/** The file in a multipart answer: its bytes, or where they are. */
async function readParts(ctx: Context, serverName: string, response: OutboundStream): Promise<GivenFile> {
  const boundary = boundaryOf(response.headers['content-type'] ?? '');
  if (boundary === undefined) {
    await response.body.cancel();
    throw new FederationError(serverName, `${serverName} did not answer with parts`);
  }
  const parts = new MultipartReader(response.body, boundary);
  const info = await parts.next();
  if (info) await drain(info.body);
  const file = await parts.next();
  if (!file) throw new FederationError(serverName, `${serverName} answered without a file`);
  const { location } = file.headers;
  if (location === undefined) return fileOf({ ...file });
  await parts.cancel();
  const { caFiles, allowPrivateAddresses } = ctx.config.federation;
  const elsewhere = await ctx.http.stream(location, {
    caFiles,
    allowPrivateAddresses,
    timeoutMs: LONGEST_MS,
    maxBytes: ctx.config.limits.maxUploadBytes,
    followRedirects: 3,
    purpose: 'media',
  });
  if (elsewhere.status !== 200) {
    await elsewhere.body.cancel();
    throw new FederationError(serverName, `the file is not where ${serverName} said`);
  }
  return fileOf(elsewhere);
}

function fileOf({ headers, body }: { headers: Record<string, string>; body: ReadableStream<Uint8Array> }): GivenFile {
  return {
    body,
    contentType: uploadedType(headers['content-type'] ?? null),
    fileName: fileNameOf(headers['content-disposition'] ?? ''),
  };
}

/** The file name in a Content-Disposition header (RFC 6266). */
function fileNameOf(disposition: string): string | null {
  const extended = /;\s*filename\*\s*=\s*utf-8''([^\s;]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) {
    try {
      return uploadedName(decodeURIComponent(extended));
    } catch {
      // The plain form may do.
    }
  }
  const match = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(disposition);
  return uploadedName(match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2] ?? null);
}

async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MOST_INFO_BYTES) throw new Error('what is said of the file is too long');
  }
}

function mediaError(error: unknown, serverName: string): MatrixError {
  if (error instanceof MatrixError) return error;
  if (error instanceof FederationError && error.status === 404) return notFound('There is no such file.');
  if (error instanceof FederationError && error.errcode === 'M_NOT_YET_UPLOADED') {
    return new MatrixError(504, 'M_NOT_YET_UPLOADED', 'The file has not been uploaded yet.');
  }
  return new MatrixError(502, 'M_UNKNOWN', `The file could not be fetched from ${serverName}.`);
}
