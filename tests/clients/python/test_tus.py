"""The package tuspy: it sends to the address that GraphQL gave, with and without checksums, breaks
off and goes on."""

import hashlib
import io
import os
from urllib.parse import urljoin

import httpx
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from desk import URL, ClientTest, ask, bearer, customer

REQUEST = """mutation($input: RequestUploadInput!) { requestUpload(input: $input) {
    uploadUrl file { id } userErrors { message } } }"""
FILE = "query($id: ID!) { node(id: $id) { ... on File { sha256 downloadUrl } } }"


class Tus(ClientTest):
    def request(self, content: bytes) -> tuple[str, str]:
        asked = {"name": "отчёт.bin", "size": len(content)}
        found = ask(self.token, REQUEST, input=asked)["requestUpload"]
        return urljoin(URL, found["uploadUrl"]), found["file"]["id"]

    def uploader(self, token: str, url: str, content: bytes, **options: object):
        client = TusClient(urljoin(URL, "/uploads/files"), headers=bearer(token))
        return client.uploader(
            file_stream=io.BytesIO(content), url=url, chunk_size=250_000, **options
        )

    def assert_stored(self, file_id: str, content: bytes) -> None:
        expected = hashlib.sha256(content).hexdigest()
        while True:
            node = ask(self.token, FILE, id=file_id)["node"]
            if node["sha256"]:
                break
        self.assertEqual(node["sha256"], expected)
        found = httpx.get(urljoin(URL, node["downloadUrl"])).content
        self.assertEqual(hashlib.sha256(found).hexdigest(), expected)

    def test_breaks_off_and_goes_on(self) -> None:
        content = os.urandom(1_000_000)
        url, file_id = self.request(content)
        first = self.uploader(self.token, url, content)
        first.upload_chunk()
        self.assertEqual(first.offset, 250_000)
        second = self.uploader(self.token, url, content)
        self.assertEqual(second.offset, 250_000)
        second.upload()
        self.assert_stored(file_id, content)

    def test_sends_checksums(self) -> None:
        content = os.urandom(600_000)
        url, file_id = self.request(content)
        self.uploader(self.token, url, content, upload_checksum=True).upload()
        self.assert_stored(file_id, content)

    def test_is_told_what_is_not_its_callers(self) -> None:
        url, _ = self.request(b"1234")
        with self.assertRaises(TusCommunicationError):
            self.uploader(customer(), url, b"1234")
