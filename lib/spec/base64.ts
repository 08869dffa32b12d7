import { Buffer } from 'node:buffer';
import { badJson } from './errors.ts';

const STANDARD = /^[0-9A-Za-z+/]*={0,2}$/;
const URL_SAFE = /^[0-9A-Za-z_-]*={0,2}$/;

/** Unpadded standard base64 (appendices, "Unpadded Base64"). A string is taken as UTF-8. */
export function encodeBase64(data: Uint8Array | string): string {
  const text = bufferOf(data).toString('base64');
  const pad = text.indexOf('=');
  return pad < 0 ? text : text.slice(0, pad);
}

/** Unpadded URL-safe base64. */
export function encodeBase64Url(data: Uint8Array | string): string {
  return bufferOf(data).toString('base64url');
}

/** Decodes standard base64, padded or not. Throws 400 `M_BAD_JSON` on any other character or length. */
export function decodeBase64(text: string): Buffer {
  return decode(text, STANDARD);
}

/** Decodes URL-safe base64, padded or not. Throws 400 `M_BAD_JSON` on any other character or length. */
export function decodeBase64Url(text: string): Buffer {
  return decode(text, URL_SAFE);
}

/** Decodes base64 of either alphabet: keys of identity servers come in both. */
export function decodeAnyBase64(text: string): Buffer {
  return decode(text, URL_SAFE.test(text) ? URL_SAFE : STANDARD);
}

function decode(text: string, alphabet: RegExp): Buffer {
  // A rest of one character carries six bits and thus no byte.
  if (!alphabet.test(text) || text.replace(/=+$/, '').length % 4 === 1) throw badJson('not valid base64');
  return Buffer.from(text, 'base64');
}

function bufferOf(data: Uint8Array | string): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
