// Uploads random bytes and downloads them again, in a process of its own, so that the server's memory is not the
// client's. Arguments: URL, access token, bytes. Prints JSON: the two hashes.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

const [url = '', token = '', length = '0'] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };

function call(method: string, path: string, body?: Iterable<Buffer>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers }, resolve).once('error', reject);
    void (async () => {
      for (const chunk of body ?? []) {
        if (!request.write(chunk)) await new Promise((resume) => request.once('drain', resume));
      }
      request.end();
    })();
  });
}

const sent = createHash('sha256');
function* bytes() {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const chunk = Buffer.alloc(256 * 1024);
  for (let left = Number(length); left > 0; left -= chunk.length) {
    const part = cipher.update(chunk).subarray(0, left);
    sent.update(part);
    yield part;
  }
}

const uploaded = JSON.parse(await text(await call('POST', '/_matrix/media/v3/upload', bytes())));
const id = uploaded.content_uri.slice('mxc://'.length);
const received = createHash('sha256');
let size = 0;
for await (const chunk of await call('GET', `/_matrix/client/v1/media/download/${id}`)) {
  received.update(chunk);
  size += chunk.length;
}
console.log(JSON.stringify({ sent: sent.digest('hex'), received: received.digest('hex'), size }));
