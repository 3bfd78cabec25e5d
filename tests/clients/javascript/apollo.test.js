// Apollo Client with its own links: persisted queries by GET and POST, errors, pages, and watching
// by WebSocket.

import assert from 'node:assert/strict';

import {
  ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql,
} from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { filter, firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';

import {
  Arrivals, accept, agent, bearer, customer, openTicket, opening, recordingFetch, sha256, test, url,
  webSocketUrl,
} from './desk.js';

const HASHED_BY = { sha256 };

function connect(token, { before = [], fetch } = {}) {
  const http = new HttpLink({ uri: url, headers: bearer(token), fetch });
  const webSocket = createClient({
    url: webSocketUrl, webSocketImpl: WebSocket, connectionParams: bearer(token),
  });
  const isSubscription = ({ query }) => getMainDefinition(query).operation === 'subscription';
  const link = ApolloLink.split(
    isSubscription, new GraphQLWsLink(webSocket), ApolloLink.from([...before, http]),
  );
  const cache = new InMemoryCache({
    possibleTypes: { UserError: ['TicketError'] },
    typePolicies: { Query: { fields: { tickets: relayStylePagination() } } },
  });
  return new ApolloClient({ link, cache });
}

const persisted = (options) => new PersistedQueryLink({ ...HASHED_BY, ...options });

test('a query is sent by its hash: by GET, once with its document, then by GET alone', async () => {
  const token = customer();
  const id = await openTicket(token, 'Persisted');
  // A name of its own, so that nobody has sent the document before.
  const name = `Persisted${id.replaceAll(/\W/g, '')}`;
  const query = gql`query ${name}($id: ID!) { ticket(id: $id) { id subject text } }`;
  const asked = async () => {
    const { fetch, sent } = recordingFetch();
    const before = [persisted({ useGETForHashedQueries: true })];
    const { data } = await connect(token, { before, fetch }).query({ query, variables: { id } });
    assert.equal(data.ticket.subject, 'Persisted');
    return sent.map(({ method, hasDocument }) => `${method} ${hasDocument ? 'document' : 'hash'}`);
  };
  assert.deepEqual(await asked(), ['GET hash', 'POST document']);
  assert.deepEqual(await asked(), ['GET hash']);
});

test('a query is sent by its hash by POST, too, and a mutation never by GET', async () => {
  const token = customer();
  const { fetch, sent } = recordingFetch();
  const client = connect(token, { before: [persisted({})], fetch });
  const id = await openTicket(token, 'Posted');
  const name = `Posted${id.replaceAll(/\W/g, '')}`;
  const query = gql`query ${name}($id: ID!) { ticket(id: $id) { id subject } }`;
  for (let at = 0; at < 2; at += 1) {
    const { data } = await client.query({ query, variables: { id }, fetchPolicy: 'network-only' });
    assert.equal(data.ticket.subject, 'Posted');
  }
  assert.deepEqual(sent.map(({ hasDocument }) => hasDocument), [false, true, false]);

  const { fetch: fetchToo, sent: sentToo } = recordingFetch();
  const before = [persisted({ useGETForHashedQueries: true })];
  const { data } = await connect(token, { before, fetch: fetchToo }).mutate({
    mutation: gql`mutation ${name}($id: ID!) {
      addReply(input: { ticketId: $id, text: "More" }) { ticket { id replyCount } userErrors { message } }
    }`,
    variables: { id },
  });
  assert.equal(data.addReply.ticket.replyCount, 1);
  assert.ok(sentToo.every(({ method }) => method === 'POST'));
});

test('a refused mutation is data', async () => {
  const token = customer();
  const input = { ...(await opening(token, 'Refused')), text: '' };
  const { data, error } = await connect(token).mutate({
    mutation: gql`mutation($input: OpenTicketInput!) { openTicket(input: $input) {
      ticket { id } userErrors { message field ... on TicketError { code } } } }`,
    variables: { input },
  });
  assert.equal(error, undefined);
  assert.equal(data.openTicket.ticket, null);
  const [refusal] = data.openTicket.userErrors;
  assert.equal(refusal.code, 'TEXT_EMPTY');
  assert.equal(refusal.__typename, 'TicketError');
  assert.ok(refusal.field.includes('text'), `${refusal.field}`);
});

test('what is malformed, forbidden or without a valid token has an error with a code', async () => {
  // Apollo takes a status that is no success for a fault of the server unless the answer is
  // application/graphql-response+json.
  const codeOf = async (token, query) => {
    const error = await connect(token).query({ query }).then(assert.fail, (caught) => caught);
    assert.ok(CombinedGraphQLErrors.is(error), `${error} ${ServerError.is(error)}`);
    return error.errors[0].extensions.code;
  };
  const token = customer();
  assert.equal(await codeOf(token, gql`{ nothing }`), 'BAD_USER_INPUT');
  assert.equal(await codeOf(token, gql`{ staffMembers { nodes { id } } }`), 'FORBIDDEN');
  assert.equal(await codeOf('sd_nonsense', gql`{ viewer { scopes } }`), 'UNAUTHENTICATED');
});

test('a list is read page by page into one', async () => {
  const token = customer();
  for (const subject of ['one', 'two', 'three']) await openTicket(token, subject);
  const client = connect(token);
  const query = gql`query($after: String) { tickets(first: 2, after: $after) {
    totalCount edges { cursor node { id subject } } pageInfo { hasNextPage endCursor } } }`;
  const watched = client.watchQuery({ query });
  const { data: first } = await firstValueFrom(watched.pipe(filter(({ dataState }) => dataState === 'complete')));
  assert.equal(first.tickets.edges.length, 2);
  assert.ok(first.tickets.pageInfo.hasNextPage);
  await watched.fetchMore({ variables: { after: first.tickets.pageInfo.endCursor } });
  const { tickets } = client.readQuery({ query });
  const subjects = tickets.edges.map(({ node }) => node.subject);
  assert.deepEqual(subjects.toSorted(), ['one', 'three', 'two']);
  assert.equal(tickets.pageInfo.hasNextPage, false);
});

test('a watched ticket is delivered, and the cache follows', async () => {
  const token = customer();
  const id = await openTicket(token);
  const client = connect(token);
  const query = gql`query($id: ID!) { ticket(id: $id) { id status } }`;
  await client.query({ query, variables: { id } });
  const arrivals = new Arrivals();
  const watch = gql`subscription($id: ID!) {
    ticketChanged(ticketId: $id) { position entry { kind } ticket { id status } } }`;
  const subscription = client
    .subscribe({ query: watch, variables: { id } })
    .subscribe({ next: arrivals.push, error: (error) => arrivals.push({ error }) });
  assert.equal((await arrivals.next()).data.ticketChanged.ticket.status, 'NEW');
  await accept(agent(), id);
  assert.equal((await arrivals.next()).data.ticketChanged.entry.kind, 'ACCEPTED');
  assert.equal(client.readQuery({ query, variables: { id } }).ticket.status, 'IN_PROGRESS');
  subscription.unsubscribe();
  client.stop();
});
