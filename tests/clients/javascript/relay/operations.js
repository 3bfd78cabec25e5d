// The operations of relay.test.js. Relay's compiler checks them against web/schema.graphql and
// compiles them; this file itself is not run.

graphql`
  query operationsTicketsQuery($count: Int!, $cursor: String) {
    ...operationsTickets_query @arguments(count: $count, cursor: $cursor)
  }
`;

graphql`
  fragment operationsTickets_query on Query
  @refetchable(queryName: "operationsTicketsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }) {
    tickets(first: $count, after: $cursor) @connection(key: "operations_tickets") {
      totalCount
      edges {
        node {
          id
          subject
        }
      }
    }
  }
`;

graphql`
  query operationsTicketQuery($id: ID!) {
    node(id: $id) {
      __typename
      ...operationsTicket_ticket @dangerously_unaliased_fixme
    }
  }
`;

graphql`
  fragment operationsTicket_ticket on Ticket @refetchable(queryName: "operationsTicketAgainQuery") {
    status
    replyCount
    customer {
      name
    }
  }
`;

graphql`
  mutation operationsAddReplyMutation($input: AddReplyInput!) {
    addReply(input: $input) {
      position
      ticket {
        id
        replyCount
      }
      userErrors {
        message
        ... on TicketError {
          code
        }
      }
    }
  }
`;

graphql`
  subscription operationsTicketChangedSubscription($id: ID!) {
    ticketChanged(ticketId: $id) {
      position
      entry {
        kind
      }
      ticket {
        id
        status
      }
    }
  }
`;
