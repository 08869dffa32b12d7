import { notFound } from '../../spec/errors.ts';
import { isServerName } from '../../spec/ids.ts';

const MEDIA_ID = /^[A-Za-z0-9_-]{1,255}$/;

/** The parts of an `mxc://` URI. */
export interface MediaLocation {
  serverName: string;
  mediaId: string;
}

/**
 * Checks the parts of an `mxc://` URI as they stand in a path (client-server API, content repository, security
 * considerations).
 * @throws MatrixError 404 M_NOT_FOUND when they cannot name any file.
 */
export function mediaLocation(params: Record<string, string>): MediaLocation {
  const { serverName = '', mediaId = '' } = params;
  if (!isServerName(serverName) || !MEDIA_ID.test(mediaId)) throw notFound('There is no such file.');
  return { serverName, mediaId };
}

/** The `mxc://` URI of a file. */
export function mxcUri({ serverName, mediaId }: MediaLocation): string {
  return `mxc://${serverName}/${mediaId}`;
}
