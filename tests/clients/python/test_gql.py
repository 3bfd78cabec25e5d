"""The package gql by each of its transports: it reads the schema by introspection, checks what it
sends, asks, changes and watches."""

import asyncio

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from desk import URL, WEB_SOCKET_URL, ClientTest, accept, bearer, open_ticket, opening

OPEN = """mutation($input: OpenTicketInput!) { openTicket(input: $input) {
    position ticket { id } userErrors { message ... on TicketError { code } } } }"""
TICKET = """query($id: ID!, $position: EventPosition!) {
    ticket(id: $id, consistentWith: $position) { subject status } }"""
WATCH = """subscription($id: ID!) { ticketChanged(ticketId: $id) {
    position entry { kind } ticket { status } } }"""


def web_socket(token: str) -> WebsocketsTransport:
    return WebsocketsTransport(url=WEB_SOCKET_URL, init_payload=bearer(token))


TRANSPORTS = {
    "aiohttp": lambda token: AIOHTTPTransport(url=URL, headers=bearer(token)),
    "httpx": lambda token: HTTPXAsyncTransport(url=URL, headers=bearer(token)),
    "websockets": web_socket,
}


class Gql(ClientTest):
    async def answer(self, session: AsyncClientSession, query: str, **variables: object) -> dict:
        request = GraphQLRequest(query, variable_values=variables)
        return await self.in_time(session.execute(request))

    async def refusal(self, session: AsyncClientSession, query: str) -> str:
        # assertRaises clears the frames of an error, and gql's own loop, which still runs, is one.
        try:
            answer = await self.answer(session, query)
        except TransportQueryError as error:
            return error.errors[0]["extensions"]["code"]
        raise AssertionError(answer)

    async def test_queries_and_mutations_are_answered_and_a_refusal_is_data(self) -> None:
        for name, transport in TRANSPORTS.items():
            with self.subTest(name):
                sent = opening(self.token, f"By {name}")
                # The schema is read from the service, and each document is checked by it.
                client = Client(transport=transport(self.token), fetch_schema_from_transport=True)
                async with client as session:
                    opened = (await self.answer(session, OPEN, input=sent))["openTicket"]
                    self.assertEqual(opened["userErrors"], [])
                    wanted = {"id": opened["ticket"]["id"], "position": opened["position"]}
                    seen = await self.answer(session, TICKET, **wanted)
                    self.assertEqual(seen["ticket"], {"subject": f"By {name}", "status": "NEW"})
                    refused = await self.answer(session, OPEN, input=sent | {"text": ""})
                    self.assertIsNone(refused["openTicket"]["ticket"])
                    self.assertEqual(refused["openTicket"]["userErrors"][0]["code"], "TEXT_EMPTY")

    async def test_what_is_malformed_or_forbidden_has_an_error_with_a_code(self) -> None:
        for name, transport in TRANSPORTS.items():
            with self.subTest(name):
                async with Client(transport=transport(self.token)) as session:
                    for query, code in {
                        "{ nothing }": "BAD_USER_INPUT",
                        "{ staffMembers { nodes { id } } }": "FORBIDDEN",
                    }.items():
                        self.assertEqual(await self.refusal(session, query), code)

    async def test_a_watched_ticket_is_delivered_as_it_is_then_with_each_change(self) -> None:
        ticket_id = open_ticket(self.token)
        async with Client(transport=web_socket(self.token)) as session:
            items = session.subscribe(GraphQLRequest(WATCH, variable_values={"id": ticket_id}))
            snapshot = (await self.in_time(anext(items)))["ticketChanged"]
            self.assertIsNone(snapshot["entry"])
            self.assertEqual(snapshot["ticket"]["status"], "NEW")
            await asyncio.to_thread(accept, self.agent, ticket_id)
            change = (await self.in_time(anext(items)))["ticketChanged"]
            self.assertEqual(change["entry"]["kind"], "ACCEPTED")
            self.assertEqual(change["ticket"]["status"], "IN_PROGRESS")
            await items.aclose()
