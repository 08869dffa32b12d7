import { readdir } from 'node:fs/promises';
import type { TestServer, TestUser } from '../kit/server.ts';

/** Uploads through the application and returns `<server>/<media id>`. */
export async function upload(
  server: TestServer,
  user: TestUser,
  bytes: Uint8Array | string,
  { type, name }: { type?: string; name?: string } = {},
): Promise<string> {
  const query = name === undefined ? '' : `?filename=${encodeURIComponent(name)}`;
  const response = await server.fetch(`/_matrix/media/v3/upload${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.token}`, ...(type === undefined ? {} : { 'content-type': type }) },
    body: Buffer.from(bytes),
  });
  const body = (await response.json()) as { content_uri: string };
  if (response.status !== 200) throw new Error(`upload: ${response.status} ${JSON.stringify(body)}`);
  return body.content_uri.slice('mxc://'.length);
}

/** Downloads with the user's token. */
export function download(
  server: TestServer,
  user: TestUser,
  id: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Response> {
  return server.fetch(`/_matrix/client/v1/media/download/${id}`, {
    method,
    headers: { authorization: `Bearer ${user.token}`, ...headers },
  });
}

/** Every file in the store, drafts and types included. */
export async function storedFiles(server: TestServer): Promise<string[]> {
  const entries = await readdir(server.ctx.config.media.directory, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** How many objects nothing refers to. */
export async function looseBlobs(server: TestServer): Promise<number> {
  const row = await server.ctx.db.one<{ count: number }>('SELECT count(*) AS count FROM loose_blobs');
  return row.count;
}
