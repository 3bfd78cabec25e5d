"""What the tests of all Python clients need: the program that runs, and people who call it."""

import asyncio
import os
import subprocess
import unittest
from collections.abc import Awaitable
from typing import TypeVar

import httpx

URL = os.environ["DESK_URL"]
WEB_SOCKET_URL = URL.replace("http", "ws", 1) + "/ws"
LONGEST_WAIT = 30

Answer = TypeVar("Answer")


def desk(*arguments: str) -> str:
    """Runs a command of the program on the service's database, and gives what it prints."""
    program, database = os.environ["DESK_PROGRAM"], os.environ["DESK_DATABASE_URL"]
    command = [program, "--database-url", database, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def customer() -> str:
    """The token of a new customer."""
    return desk("customer", "add", "--name", "A customer", "--token")


def agent() -> str:
    """The token of a new agent who works tickets on technical questions."""
    return desk("staff", "add", "--name", "An agent", "--department", "technical", "--token")


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def ask(token: str, query: str, **variables: object) -> dict:
    """Asks without any client's help, to prepare what a test is about."""
    body = {"query": query, "variables": variables}
    answer = httpx.post(URL, headers=bearer(token), json=body).json()
    assert "errors" not in answer, answer
    return answer["data"]


def opening(token: str, subject: str) -> dict[str, str]:
    """The input of `openTicket`, with ids out of the catalogue that a new service has."""
    query = "{ catalogue { categories { id departments { code } } products { id } } }"
    catalogue = ask(token, query)["catalogue"]
    category = next(
        category["id"]
        for category in catalogue["categories"]
        if "technical" in [department["code"] for department in category["departments"]]
    )
    product = catalogue["products"][0]["id"]
    return {"categoryId": category, "productId": product, "subject": subject, "text": "A text."}


def change(token: str, mutation: str, **variables: object) -> dict:
    """Changes something, and waits until every query shows it."""
    [payload] = ask(token, mutation, **variables).values()
    query = "query($at: EventPosition!) { catalogue(consistentWith: $at) { reopenDays } }"
    ask(token, query, at=payload["position"])
    return payload


def open_ticket(token: str, subject: str = "The indicator draws nothing") -> str:
    """The id of a new ticket."""
    mutation = """mutation($input: OpenTicketInput!) {
        openTicket(input: $input) { position ticket { id } } }"""
    return change(token, mutation, input=opening(token, subject))["ticket"]["id"]


def accept(token: str, ticket_id: str) -> None:
    """Accepts a ticket, which is told to everybody who watches it."""
    change(
        token,
        "mutation($id: ID!) { acceptTicket(input: { ticketId: $id }) { position } }",
        id=ticket_id,
    )


class ClientTest(unittest.IsolatedAsyncioTestCase):
    """A test that fails if what it waits for does not come."""

    def setUp(self) -> None:
        self.token = customer()
        self.agent = agent()

    async def in_time(self, awaited: Awaitable[Answer]) -> Answer:
        return await asyncio.wait_for(awaited, LONGEST_WAIT)
