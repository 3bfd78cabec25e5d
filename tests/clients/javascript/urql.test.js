// urql with its own exchanges: persisted queries by GET, a token that is renewed, and watching by
// events and by WebSocket.

import assert from 'node:assert/strict';

import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import {
  Arrivals, accept, agent, bearer, customer, openTicket, opening, recordingFetch, sha256, test, url,
  webSocketUrl,
} from './desk.js';

const TICKET = gql`query($id: ID!) { ticket(id: $id) { id subject } }`;
const WATCH = gql`subscription($id: ID!) {
  ticketChanged(ticketId: $id) { entry { kind } ticket { id status } } }`;

function connect(token, { exchanges = [cacheExchange, fetchExchange], ...options } = {}) {
  const fetchOptions = token && { headers: bearer(token) };
  return new Client({ url, exchanges, fetchOptions, preferGetMethod: false, ...options });
}

const persisted = persistedExchange({
  preferGetForPersistedQueries: true,
  generateHash: async (document) => sha256(document),
});

async function assertDelivers(client, token) {
  const id = await openTicket(token);
  const arrivals = new Arrivals();
  const { unsubscribe } = client.subscription(WATCH, { id }).subscribe(arrivals.push);
  const first = await arrivals.next();
  assert.equal(first.error, undefined);
  assert.equal(first.data.ticketChanged.ticket.status, 'NEW');
  await accept(agent(), id);
  assert.equal((await arrivals.next()).data.ticketChanged.entry.kind, 'ACCEPTED');
  unsubscribe();
}

test('a query comes as one answer, although urql would take an event stream, too', async () => {
  const token = customer();
  const id = await openTicket(token, 'Plain');
  for (const preferGetMethod of [false, 'force']) {
    const { fetch, sent } = recordingFetch();
    const { data, error } = await connect(token, { fetch, preferGetMethod }).query(TICKET, { id });
    assert.equal(error, undefined);
    assert.equal(data.ticket.subject, 'Plain');
    assert.deepEqual(sent.map(({ method }) => method), [preferGetMethod ? 'GET' : 'POST']);
    assert.match(sent[0].contentType, /^application\/graphql-response\+json/);
  }
});

test('a query is sent by its hash: by GET, once with its document, then by GET alone', async () => {
  const token = customer();
  const id = await openTicket(token, 'Persisted');
  // A name of its own, so that nobody has sent the document before.
  const name = `Persisted${id.replaceAll(/\W/g, '')}`;
  const query = gql`query ${name}($id: ID!) { ticket(id: $id) { id subject text } }`;
  const asked = async () => {
    const { fetch, sent } = recordingFetch();
    const client = connect(token, { fetch, exchanges: [persisted, fetchExchange] });
    const { data, error } = await client.query(query, { id });
    assert.equal(error, undefined);
    assert.equal(data.ticket.subject, 'Persisted');
    return sent.map(({ method, hasDocument }) => `${method} ${hasDocument ? 'document' : 'hash'}`);
  };
  const [first, second, ...more] = await asked();
  assert.deepEqual([first, more], ['GET hash', []]);
  assert.match(second, /document$/);
  assert.deepEqual(await asked(), ['GET hash']);
});

test('a token that is no longer valid is renewed, and the query is asked again', async () => {
  const token = customer();
  const id = await openTicket(token, 'Renewed');
  let current = 'sd_nonsense';
  let renewals = 0;
  const auth = authExchange(async (utils) => ({
    addAuthToOperation: (operation) => utils.appendHeaders(operation, bearer(current)),
    didAuthError: ({ graphQLErrors }) =>
      graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
    refreshAuth: async () => {
      renewals += 1;
      current = token;
    },
  }));
  const client = connect(null, { exchanges: [auth, fetchExchange] });
  const { data, error } = await client.query(TICKET, { id });
  assert.equal(error, undefined);
  assert.equal(data.ticket.subject, 'Renewed');
  assert.equal(renewals, 1);
});

test('a refused mutation is data, a forbidden query an error with a code', async () => {
  const token = customer();
  const client = connect(token);
  const input = { ...(await opening(token, 'Refused')), subject: ' ' };
  const { data, error } = await client.mutation(
    gql`mutation($input: OpenTicketInput!) { openTicket(input: $input) {
      ticket { id } userErrors { message ... on TicketError { code } } } }`,
    { input },
  );
  assert.equal(error, undefined);
  assert.equal(data.openTicket.userErrors[0].code, 'TEXT_EMPTY');
  const forbidden = await client.query(gql`{ staffMembers { nodes { id } } }`, {});
  assert.equal(forbidden.error.graphQLErrors[0].extensions.code, 'FORBIDDEN');
});

test('a watched ticket is delivered by events', async () => {
  const token = customer();
  await assertDelivers(connect(token, { fetchSubscriptions: true }), token);
});

test('a watched ticket is delivered by WebSocket', async () => {
  const token = customer();
  const webSocket = createClient({
    url: webSocketUrl, webSocketImpl: WebSocket, connectionParams: bearer(token),
  });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: webSocket.subscribe({ query, variables }, sink) }),
  });
  const exchanges = [fetchExchange, subscriptionExchange({ forwardSubscription })];
  await assertDelivers(connect(token, { exchanges }), token);
  await webSocket.dispose();
});
