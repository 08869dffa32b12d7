import type { Endpoint } from '../http/endpoint.ts';
import createId from './create-id.ts';
import download from './download.ts';
import downloadAs from './download-as.ts';
import { federationMedia } from './federation-media.ts';
import getConfig from './get-config.ts';
import openDownload from './open-download.ts';
import openDownloadAs from './open-download-as.ts';
import openThumbnail from './open-thumbnail.ts';
import thumbnail from './thumbnail.ts';
import upload from './upload.ts';
import uploadToId from './upload-to-id.ts';

/** The content repository. */
export const endpoints: Endpoint[] = [
  createId,
  upload,
  uploadToId,
  download,
  downloadAs,
  thumbnail,
  openDownload,
  openDownloadAs,
  openThumbnail,
  getConfig,
  ...federationMedia,
];
