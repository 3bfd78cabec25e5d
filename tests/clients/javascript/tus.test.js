// tus-js-client under Node: it creates an upload, or takes the address that GraphQL gave, sends in
// chunks, breaks off and goes on, and ends an upload.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { Upload } from 'tus-js-client';

import { ask, bearer, customer, sha256, test, url } from './desk.js';

const origin = new URL(url).origin;
const FILE = `query($id: ID!) { node(id: $id) {
  ... on File { name size type sha256 isDiscarded downloadUrl } } }`;
const REQUEST = `mutation($input: RequestUploadInput!) {
  requestUpload(input: $input) { uploadUrl file { id } userErrors { message } } }`;

/** Sends a file, and gives the upload when it has come to its end or was broken off. */
function send(token, file, options, breakOff = () => false) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      headers: bearer(token),
      chunkSize: 300_000,
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(upload),
      onChunkComplete: (_, accepted) => {
        if (breakOff(accepted)) upload.abort().then(() => resolve(upload), reject);
      },
      ...options,
    });
    upload.start();
  });
}

/** The file as its sender sees it, as soon as it is shown to be there. */
async function stored(token, id) {
  for (;;) {
    const { node } = await ask(token, FILE, { id });
    if (node.sha256) return node;
  }
}

async function request(token, file) {
  const input = { name: 'журнал.log', size: file.length, type: 'text/plain', sha256: sha256(file) };
  const { requestUpload } = await ask(token, REQUEST, { input });
  assert.deepEqual(requestUpload.userErrors, []);
  return { uploadUrl: `${origin}${requestUpload.uploadUrl}`, id: requestUpload.file.id };
}

test('tus-js-client sends to the address that GraphQL gave, breaks off and goes on', async () => {
  const token = customer();
  const file = randomBytes(2_000_000);
  const { uploadUrl, id } = await request(token, file);
  const broken = await send(token, file, { uploadUrl }, (accepted) => accepted >= 900_000);
  assert.equal(broken.url, uploadUrl);
  const head = await fetch(uploadUrl, { method: 'HEAD', headers: bearer(token) });
  const offset = Number(head.headers.get('upload-offset'));
  assert.ok(offset >= 900_000 && offset < file.length, `${offset}`);
  await send(token, file, { uploadUrl });
  const found = await stored(token, id);
  assert.equal(found.name, 'журнал.log');
  assert.equal(found.sha256, sha256(file));
  const downloaded = await fetch(`${origin}${found.downloadUrl}`);
  assert.equal(sha256(Buffer.from(await downloaded.arrayBuffer())), sha256(file));
});

test('tus-js-client creates an upload and ends it', async () => {
  const token = customer();
  const file = randomBytes(900_000);
  const metadata = { filename: 'a.bin', filetype: 'application/octet-stream' };
  const endpoint = `${origin}/uploads/files`;
  const upload = await send(token, file, { endpoint, metadata }, (accepted) => accepted >= 300_000);
  assert.ok(upload.url.startsWith(`${endpoint}/`), upload.url);
  await upload.abort(true);
  const head = await fetch(upload.url, { method: 'HEAD', headers: bearer(token) });
  assert.equal(head.status, 410);
});

test('tus-js-client is told what is too long and what is not its caller\'s', async () => {
  const token = customer();
  const file = randomBytes(10);
  const { uploadUrl } = await request(token, file);
  await assert.rejects(send(customer(), file, { uploadUrl }), /404/);
  const options = { endpoint: `${origin}/uploads/files`, metadata: { filename: 'a.bin' } };
  const size = 128 * 1024 * 1024 + 1;
  await assert.rejects(send(token, file, { ...options, uploadSize: size }), /413/);
});
