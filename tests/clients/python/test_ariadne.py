"""ariadne-codegen: the client that it generates from the schema asks, changes and watches."""

import asyncio
import datetime

from generated_client import Client
from generated_client.exceptions import GraphQLClientGraphQLMultiError
from generated_client.input_types import OpenTicketInput

from desk import URL, WEB_SOCKET_URL, ClientTest, accept, bearer, open_ticket


def connect(token: str) -> Client:
    # The generated client gives its headers to each request, and the payload to each WebSocket.
    return Client(
        url=URL,
        headers=bearer(token),
        ws_url=WEB_SOCKET_URL,
        ws_connection_init_payload=bearer(token),
    )


class AriadneCodegen(ClientTest):
    async def opening(self, client: Client, subject: str, text: str) -> OpenTicketInput:
        catalogue = (await self.in_time(client.catalogue())).catalogue
        technical = next(
            category.id
            for category in catalogue.categories
            if "technical" in [department.code for department in category.departments]
        )
        product = catalogue.products[0].id
        # The names of fields are turned into those of Python, with the schema's as aliases.
        return OpenTicketInput(categoryId=technical, productId=product, subject=subject, text=text)

    async def test_a_mutation_is_made_and_a_query_shows_it(self) -> None:
        async with connect(self.token) as client:
            for subject in ["one", "two", "three"]:
                sent = await self.opening(client, subject, "A text.")
                payload = (await self.in_time(client.open_ticket(sent))).open_ticket
                self.assertEqual(payload.user_errors, [])
                self.assertEqual(payload.ticket.status, "NEW")
                self.assertIsInstance(payload.ticket.opened_at, datetime.datetime)
            first = (await self.in_time(client.tickets(payload.position))).tickets
            self.assertEqual(first.total_count, 3)
            after = first.page_info.end_cursor
            second = (await self.in_time(client.tickets(payload.position, after))).tickets
            subjects = {node.subject for node in first.nodes + second.nodes}
            self.assertEqual(subjects, {"one", "two", "three"})
            self.assertFalse(second.page_info.has_next_page)

    async def test_a_refused_mutation_is_data(self) -> None:
        async with connect(self.token) as client:
            payload = await self.in_time(
                client.open_ticket(await self.opening(client, "Refused", ""))
            )
            self.assertIsNone(payload.open_ticket.ticket)
            [refusal] = payload.open_ticket.user_errors
            self.assertEqual(refusal.typename__, "TicketError")
            self.assertEqual(refusal.code, "TEXT_EMPTY")

    async def test_what_is_forbidden_has_an_error_with_a_code(self) -> None:
        async with connect(self.token) as client:
            with self.assertRaises(GraphQLClientGraphQLMultiError) as caught:
                await self.in_time(client.staff_members())
            [error] = caught.exception.errors
            self.assertEqual(error.extensions["code"], "FORBIDDEN")

    async def test_a_watched_ticket_is_delivered_as_it_is_then_with_each_change(self) -> None:
        ticket_id = open_ticket(self.token)
        async with connect(self.token) as client:
            items = client.ticket_changed(ticket_id)
            snapshot = (await self.in_time(anext(items))).ticket_changed
            self.assertEqual(snapshot.ticket.status, "NEW")
            await asyncio.to_thread(accept, self.agent, ticket_id)
            change = (await self.in_time(anext(items))).ticket_changed
            self.assertEqual(change.entry.kind, "ACCEPTED")
            await items.aclose()
