// Relay: its compiler accepts the schema, and its runtime reads a connection page by page, reads
// any object again by its id, changes and watches.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';

import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import { WebSocket } from 'ws';

import AddReply from './relay/__generated__/operationsAddReplyMutation.graphql.js';
import TicketAgain from './relay/__generated__/operationsTicketAgainQuery.graphql.js';
import TicketFragment from './relay/__generated__/operationsTicket_ticket.graphql.js';
import Ticket from './relay/__generated__/operationsTicketQuery.graphql.js';
import TicketChanged from './relay/__generated__/operationsTicketChangedSubscription.graphql.js';
import Tickets from './relay/__generated__/operationsTicketsQuery.graphql.js';
import TicketsFragment from './relay/__generated__/operationsTickets_query.graphql.js';
import TicketsPage from './relay/__generated__/operationsTicketsPageQuery.graphql.js';
import {
  Arrivals, accept, agent, bearer, customer, openTicket, reply, signal, test, url, webSocketUrl,
} from './desk.js';

const {
  Environment, Network, Observable, RecordSource, Store, commitMutation, createOperationDescriptor,
  fetchQuery, getSelector, requestSubscription,
} = relay;

function connect(token) {
  const post = async ({ text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  };
  const webSocket = createClient({
    url: webSocketUrl, webSocketImpl: WebSocket, connectionParams: bearer(token),
  });
  const watch = ({ text, name }, variables) =>
    Observable.create((sink) =>
      webSocket.subscribe({ operationName: name, query: text, variables }, sink),
    );
  const store = new Store(new RecordSource());
  return new Environment({ network: Network.create(post, watch), store });
}

/** What the store holds of a query's fragment, as a component would get it. */
function read(environment, query, variables, fragment, path = []) {
  const { fragment: whole } = createOperationDescriptor(query, variables);
  const root = environment.lookup(whole).data;
  const reference = path.reduce((found, name) => found[name], root);
  return environment.lookup(getSelector(fragment, reference)).data;
}

test('the compiler has compiled every operation', () => {
  const compiled = readdirSync(new URL('./relay/__generated__', import.meta.url));
  assert.equal(compiled.length, 8, `${compiled}`);
});

test('a connection is read page by page into one', async () => {
  const token = customer();
  const ids = [];
  for (const subject of ['one', 'two', 'three']) ids.push(await openTicket(token, subject));
  const environment = connect(token);
  const variables = { count: 2, cursor: null };
  await fetchQuery(environment, Tickets, variables).toPromise();
  environment.retain(createOperationDescriptor(Tickets, variables));
  const shown = () => read(environment, Tickets, variables, TicketsFragment).tickets;
  assert.equal(shown().edges.length, 2);
  assert.equal(shown().totalCount, 3);
  const { hasNextPage, endCursor } = shown().pageInfo;
  assert.equal(hasNextPage, true);

  await fetchQuery(environment, TicketsPage, { count: 2, cursor: endCursor }).toPromise();
  const { edges, pageInfo } = shown();
  assert.deepEqual(edges.map(({ node }) => node.id).toSorted(), ids.toSorted());
  assert.equal(pageInfo.hasNextPage, false);
});

test('an object is read again by its id', async () => {
  const token = customer();
  const id = await openTicket(token);
  const environment = connect(token);
  await fetchQuery(environment, Ticket, { id }).toPromise();
  const shown = () => read(environment, Ticket, { id }, TicketFragment, ['node']);
  assert.deepEqual(shown(), { id, status: 'NEW', replyCount: 0, customer: { name: 'A customer' } });
  await reply(token, id, 'More.');
  const fresh = { networkCacheConfig: { force: true } };
  await fetchQuery(environment, TicketAgain, { id }, fresh).toPromise();
  assert.equal(shown().replyCount, 1);
});

test('a mutation changes the object in the store, and a refusal is data', async () => {
  const token = customer();
  const id = await openTicket(token);
  const environment = connect(token);
  await fetchQuery(environment, Ticket, { id }).toPromise();
  environment.retain(createOperationDescriptor(Ticket, { id }));
  const add = (text) => {
    const { promise, resolve, reject } = signal();
    const onCompleted = (answer, errors) => (errors ? reject(errors) : resolve(answer.addReply));
    const variables = { input: { ticketId: id, text } };
    commitMutation(environment, { mutation: AddReply, variables, onCompleted, onError: reject });
    return promise;
  };
  assert.deepEqual((await add('More.')).userErrors, []);
  assert.equal(read(environment, Ticket, { id }, TicketFragment, ['node']).replyCount, 1);
  const refused = await add('');
  assert.equal(refused.ticket, null);
  assert.equal(refused.userErrors[0].code, 'TEXT_EMPTY');
});

test('a watched ticket is delivered, and the store follows', async () => {
  const token = customer();
  const id = await openTicket(token);
  const environment = connect(token);
  await fetchQuery(environment, Ticket, { id }).toPromise();
  environment.retain(createOperationDescriptor(Ticket, { id }));
  const arrivals = new Arrivals();
  const { dispose } = requestSubscription(environment, {
    subscription: TicketChanged,
    variables: { id },
    onNext: arrivals.push,
    onError: (error) => arrivals.push({ error }),
  });
  assert.equal((await arrivals.next()).ticketChanged.ticket.status, 'NEW');
  await accept(agent(), id);
  assert.equal((await arrivals.next()).ticketChanged.entry.kind, 'ACCEPTED');
  assert.equal(read(environment, Ticket, { id }, TicketFragment, ['node']).status, 'IN_PROGRESS');
  dispose();
});
