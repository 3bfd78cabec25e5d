// The package graphql-sse in its mode of distinct connections: operations, watching, refusals and
// tokens that are no longer valid.

import assert from 'node:assert/strict';

import { createClient } from 'graphql-sse';

import {
  Arrivals, accept, agent, bearer, customer, openTicket, opening, revocableToken, test, url,
} from './desk.js';

const WATCH = `subscription($id: ID!) {
  ticketChanged(ticketId: $id) { entry { kind } ticket { status } }
}`;

const connect = (token, options = {}) =>
  createClient({ url, headers: bearer(token), retryAttempts: 0, ...options });

async function answerTo(client, request) {
  for await (const answer of client.iterate(request)) return answer;
  throw new Error('the operation ended without an answer');
}

test('queries and mutations are answered, and a refusal is data', async () => {
  const token = customer();
  const client = connect(token);
  const input = await opening(token, 'By events');
  const open = `mutation($input: OpenTicketInput!) { openTicket(input: $input) {
    position ticket { id } userErrors { ... on TicketError { code } } } }`;
  const { data } = await answerTo(client, { query: open, variables: { input } });
  assert.deepEqual(data.openTicket.userErrors, []);
  const refused = await answerTo(client, { query: open, variables: { input: { ...input, subject: '' } } });
  assert.equal(refused.data.openTicket.userErrors[0].code, 'TEXT_EMPTY');
  const { position, ticket: { id } } = data.openTicket;
  const query = `query($id: ID!, $position: EventPosition!) {
    ticket(id: $id, consistentWith: $position) { subject } }`;
  const seen = await answerTo(client, { query, variables: { id, position } });
  assert.equal(seen.data.ticket.subject, 'By events');
  client.dispose();
});

test('a watched ticket is delivered as it is, then with each change', async () => {
  const token = customer();
  const id = await openTicket(token);
  const client = connect(token);
  const items = client.iterate({ query: WATCH, variables: { id } });
  assert.equal((await items.next()).value.data.ticketChanged.ticket.status, 'NEW');
  await accept(agent(), id);
  const change = (await items.next()).value;
  assert.equal(change.data.ticketChanged.entry.kind, 'ACCEPTED');
  await items.return();
  client.dispose();
});

test('what is malformed, forbidden or without a valid token has an error with a code', async () => {
  // A refused request is an event like each other, or a status that the client throws.
  const codeOf = async (client, query) => {
    try {
      return (await answerTo(client, { query })).errors[0].extensions.code;
    } catch (error) {
      assert.ok(error.response, `${error}`);
      return (await error.response.json()).errors[0].extensions.code;
    }
  };
  const client = connect(customer());
  assert.equal(await codeOf(client, '{ nothing }'), 'BAD_USER_INPUT');
  assert.equal(await codeOf(client, 'subscription { slaChanged { position } }'), 'FORBIDDEN');
  assert.equal(await codeOf(connect('sd_nonsense'), '{ viewer { scopes } }'), 'UNAUTHENTICATED');
  client.dispose();
});

test('a token that is revoked ends its watch, which is said, and is not tried again', async () => {
  const { token, revoke } = revocableToken();
  const id = await openTicket(token);
  let connections = 0;
  const client = connect(token, { retryAttempts: 5, on: { connecting: () => (connections += 1) } });
  const arrivals = new Arrivals();
  client.subscribe({ query: WATCH, variables: { id } }, {
    next: arrivals.push,
    error: (error) => arrivals.push({ failed: error }),
    complete: () => arrivals.push('complete'),
  });
  assert.equal((await arrivals.next()).data.ticketChanged.ticket.status, 'NEW');
  revoke();
  assert.equal((await arrivals.next()).errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(await arrivals.next(), 'complete');
  assert.equal(connections, 1);
  client.dispose();
});
