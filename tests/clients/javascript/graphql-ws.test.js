// The package graphql-ws, whose protocol the service speaks: operations, watching, refusals, lost
// connections and tokens that are no longer valid.

import assert from 'node:assert/strict';
import { once } from 'node:events';

import { createClient } from 'graphql-ws';

import {
  Arrivals, accept, agent, bearer, customer, openTicket, opening, recordedWebSockets, reply,
  revocableToken, signal, test, webSocketUrl,
} from './desk.js';

const WATCH = `subscription($id: ID!, $after: EventPosition) {
  ticketChanged(ticketId: $id, afterPosition: $after) {
    position entry { kind text } ticket { status }
  }
}`;

function connect(token, options = {}) {
  const { Recorded, opened } = recordedWebSockets();
  const connectionParams = token && bearer(token);
  const client = createClient({
    url: webSocketUrl, webSocketImpl: Recorded, connectionParams, ...options,
  });
  return { client, opened };
}

async function answerTo(client, request) {
  for await (const answer of client.iterate(request)) return answer;
  throw new Error('the operation ended without an answer');
}

test('queries and mutations are answered, and a refusal is data', async () => {
  const token = customer();
  const { client, opened } = connect(token);
  const input = await opening(token, 'By WebSocket');
  const open = `mutation($input: OpenTicketInput!) { openTicket(input: $input) {
    position ticket { id subject status } userErrors { message ... on TicketError { code } } } }`;

  const { data } = await answerTo(client, { query: open, variables: { input } });
  assert.equal(data.openTicket.ticket.subject, 'By WebSocket');
  assert.deepEqual(data.openTicket.userErrors, []);

  const refused = await answerTo(client, { query: open, variables: { input: { ...input, text: '' } } });
  assert.equal(refused.errors, undefined);
  assert.equal(refused.data.openTicket.ticket, null);
  assert.equal(refused.data.openTicket.userErrors[0].code, 'TEXT_EMPTY');

  const seen = await answerTo(client, {
    query: `query($id: ID!, $position: EventPosition!) {
      ticket(id: $id, consistentWith: $position) { subject } viewer { customer { name } } }`,
    variables: { id: data.openTicket.ticket.id, position: data.openTicket.position },
  });
  assert.equal(seen.data.ticket.subject, 'By WebSocket');
  assert.equal(seen.data.viewer.customer.name, 'A customer');
  assert.ok(seen.extensions.cost.actual > 0);
  assert.ok(opened.every((socket) => socket.protocol === 'graphql-transport-ws'));
  await client.dispose();
});

test('a watched ticket is delivered as it is, then with each change', async () => {
  const token = customer();
  const id = await openTicket(token);
  const { client } = connect(token);
  const items = client.iterate({ query: WATCH, variables: { id } });
  const snapshot = (await items.next()).value;
  assert.equal(snapshot.data.ticketChanged.entry, null);
  assert.equal(snapshot.data.ticketChanged.ticket.status, 'NEW');

  await accept(agent(), id);
  const change = (await items.next()).value;
  assert.equal(change.data.ticketChanged.entry.kind, 'ACCEPTED');
  assert.equal(change.data.ticketChanged.ticket.status, 'IN_PROGRESS');
  await items.return();
  await client.dispose();
});

test('many operations share a connection, and each is answered under its own id', async () => {
  const token = customer();
  const ids = [await openTicket(token, 'one'), await openTicket(token, 'two')];
  const { client, opened } = connect(token, { lazy: false });
  const query = 'query($id: ID!) { ticket(id: $id) { id } }';
  const asked = Array.from({ length: 40 }, (_, at) => ids[at % 2]);
  const answers = await Promise.all(
    asked.map((id) => answerTo(client, { query, variables: { id } })),
  );
  assert.deepEqual(answers.map(({ data }) => data.ticket.id), asked);
  assert.equal(opened.length, 1);
  await client.dispose();
});

test('an operation that is malformed or forbidden ends with an error that has a code', async () => {
  const { client } = connect(customer());
  // A request that was refused before it was executed is thrown; a failed field comes as an answer.
  const codeOf = async (query) => {
    const errors = await answerTo(client, { query }).then(({ errors }) => errors, (thrown) => thrown);
    return errors[0].extensions.code;
  };
  assert.equal(await codeOf('{ nothing }'), 'BAD_USER_INPUT');
  assert.equal(await codeOf('{ viewer'), 'BAD_USER_INPUT');
  assert.equal(await codeOf('{ staffMembers { nodes { id } } }'), 'FORBIDDEN');
  assert.equal(await codeOf('subscription { slaChanged { position } }'), 'FORBIDDEN');
  await client.dispose();
});

test('a connection that the client closes is closed by the server as well', async () => {
  const closed = signal();
  const { client } = connect(customer(), { on: { closed: closed.resolve } });
  assert.ok((await answerTo(client, { query: '{ viewer { scopes } }' })).data.viewer);
  const { code, wasClean } = await closed.promise;
  assert.deepEqual({ code, wasClean }, { code: 1000, wasClean: true });
});

test('a lost connection is made again, and nothing is missed or repeated', async () => {
  const token = customer();
  const id = await openTicket(token);
  const someAgent = agent();
  const { client, opened } = connect(token, { retryWait: async () => {} });
  const arrivals = new Arrivals();
  // What the client sends when it subscribes again: from where it had come.
  const variables = { id };
  const stop = client.subscribe({ query: WATCH, variables }, {
    next: ({ data }) => {
      variables.after = data.ticketChanged.position;
      arrivals.push(data.ticketChanged);
    },
    error: (error) => arrivals.push({ error }),
    complete: () => {},
  });
  assert.equal((await arrivals.next()).entry, null);
  await accept(someAgent, id);
  assert.equal((await arrivals.next()).entry.kind, 'ACCEPTED');

  client.terminate();
  await reply(someAgent, id, 'Said while nobody listened.');
  const missed = await arrivals.next();
  assert.equal(missed.entry?.text, 'Said while nobody listened.');
  await reply(someAgent, id, 'Said after it.');
  assert.equal((await arrivals.next()).entry.text, 'Said after it.');
  assert.equal(opened.length, 2);
  stop();
  await client.dispose();
});

test('the server pings, and the client answers', async () => {
  const pinged = signal();
  const answered = signal();
  const { client, opened } = connect(customer(), {
    lazy: false,
    on: {
      ping: (received) => received && pinged.resolve(),
      pong: (received) => received || answered.resolve(),
    },
  });
  await Promise.all([pinged.promise, answered.promise]);
  assert.equal(opened[0].readyState, opened[0].OPEN);
  await client.dispose();
});

test('a token that was never valid closes the connection with 4403', async () => {
  const { client, opened } = connect('sd_nonsense', { retryAttempts: 0 });
  const close = await answerTo(client, { query: '{ viewer { scopes } }' }).then(assert.fail, (e) => e);
  assert.equal(close.code, 4403);
  assert.equal(opened.length, 1);
});

test('a token that is revoked ends its watch, which is said, and is not tried again', async () => {
  const { token, revoke } = revocableToken();
  const id = await openTicket(token);
  const closed = signal();
  const { client, opened } = connect(token, { on: { closed: closed.resolve } });
  const arrivals = new Arrivals();
  client.subscribe({ query: WATCH, variables: { id } }, {
    next: arrivals.push,
    error: (error) => arrivals.push({ failed: error }),
    complete: () => arrivals.push('complete'),
  });
  assert.equal((await arrivals.next()).data.ticketChanged.ticket.status, 'NEW');
  revoke();
  const last = await arrivals.next();
  assert.equal(last.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(await arrivals.next(), 'complete');
  assert.equal((await closed.promise).code, 4403);
  assert.equal(opened.length, 1);
});

test('a second greeting and an operation before the greeting close with the codes of the protocol', async () => {
  const { Recorded } = recordedWebSockets();
  const closeCode = async (...messages) => {
    const socket = new Recorded(webSocketUrl, ['graphql-ws', 'graphql-transport-ws']);
    await once(socket, 'open');
    assert.equal(socket.protocol, 'graphql-transport-ws');
    for (const message of messages) socket.send(JSON.stringify(message));
    const [code] = await once(socket, 'close');
    return code;
  };
  const subscribe = { type: 'subscribe', id: '1', payload: { query: '{ __typename }' } };
  assert.equal(await closeCode(subscribe), 4401);
  assert.equal(await closeCode({ type: 'connection_init' }, { type: 'connection_init' }), 4429);
  assert.equal(await closeCode({ type: 'unheard of' }), 4400);
});
