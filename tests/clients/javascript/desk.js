// What the tests of all JavaScript clients need: the program that runs, people who call it, and
// waiting for what must happen within a limit of time.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test as nodeTest } from 'node:test';

import { WebSocket } from 'ws';

/** The service that scripts/test-clients has started. */
export const url = setting('DESK_URL');
export const webSocketUrl = `${url.replace(/^http/, 'ws')}/ws`;

const LONGEST_WAIT = 30_000;

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run this with scripts/test-clients`);
  return value;
}

/** A test that fails if it takes too long. */
export function test(name, run) {
  return nodeTest(name, { timeout: LONGEST_WAIT }, run);
}

/** Runs a command of the program on the service's database, and gives what it prints. */
export function desk(...args) {
  const all = ['--database-url', setting('DESK_DATABASE_URL'), ...args];
  return execFileSync(setting('DESK_PROGRAM'), all, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** The token of a new customer. */
export const customer = () => desk('customer', 'add', '--name', 'A customer', '--token');

/** The token of a new agent who works tickets on technical questions. */
export const agent = () =>
  desk('staff', 'add', '--name', 'An agent', '--department', 'technical', '--token');

/** A token that can be revoked. */
export function revocableToken() {
  const id = desk('customer', 'add', '--name', 'A customer');
  const token = desk('token', 'create', '--customer', id);
  const listed = desk('token', 'list').split('\n').find((line) => line.includes(id));
  const tokenId = listed.split(' ')[0];
  return { token, revoke: () => desk('token', 'revoke', tokenId) };
}

export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** Asks without any client's help, to prepare what a test is about. */
export async function ask(token, query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...bearer(token), 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** The input of `openTicket`, with ids out of the catalogue that a new service has. */
export async function opening(token, subject) {
  const { catalogue } = await ask(
    token,
    '{ catalogue { categories { id departments { code } } products { id } } }',
  );
  const category = catalogue.categories.find(({ departments }) =>
    departments.some(({ code }) => code === 'technical'),
  );
  return { categoryId: category.id, productId: catalogue.products[0].id, subject, text: 'A text.' };
}

/** Changes something, and waits until every query shows it. */
async function change(token, mutation, variables) {
  const [payload] = Object.values(await ask(token, mutation, variables));
  const query = 'query($at: EventPosition!) { catalogue(consistentWith: $at) { reopenDays } }';
  await ask(token, query, { at: payload.position });
  return payload;
}

/** The id of a new ticket. */
export async function openTicket(token, subject = 'The indicator draws nothing') {
  const { ticket } = await change(
    token,
    'mutation($input: OpenTicketInput!) { openTicket(input: $input) { position ticket { id } } }',
    { input: await opening(token, subject) },
  );
  return ticket.id;
}

/** Accepts a ticket, which is told to everybody who watches it. */
export const accept = (token, id) =>
  change(token, 'mutation($id: ID!) { acceptTicket(input: { ticketId: $id }) { position } }', { id });

/** Adds a public message to a ticket. */
export const reply = (token, id, text) =>
  change(
    token,
    'mutation($id: ID!, $text: String!) { addReply(input: { ticketId: $id, text: $text }) { position } }',
    { id, text },
  );

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** `fetch` that remembers what was sent: the method, and whether a document was in it. */
export function recordingFetch() {
  const sent = [];
  const recording = async (address, options = {}) => {
    const { method = 'GET', body } = options;
    const response = await fetch(address, options);
    const text = method === 'GET' ? new URL(address).searchParams.get('query') : JSON.parse(body).query;
    sent.push({
      method,
      status: response.status,
      contentType: response.headers.get('content-type'),
      hasDocument: Boolean(text),
    });
    return response;
  };
  return { fetch: recording, sent };
}

/** The class of WebSockets for clients under Node, which keeps those that it made. */
export function recordedWebSockets() {
  const opened = [];
  class Recorded extends WebSocket {
    constructor(...args) {
      super(...args);
      opened.push(this);
    }
  }
  return { Recorded, opened };
}

/** A promise with its ends outside, for what a callback tells. */
export function signal() {
  let resolve, reject;
  const promise = new Promise((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

/** What arrived through a callback, to be awaited one by one. */
export class Arrivals {
  #arrived = [];
  #waiting = [];

  push = (item) => {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#arrived.push(item);
  };

  next() {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
