"""A stand-in for the admin door, and readers of the fields."""

import json
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.test import override_settings

MEMBER = re.compile(r'"((?:[^"\\]|\\["\\])*)"(?:, |$)')


class Door:
    """Answers POST /invalidate with one status after the other, the last for ever."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses) or [200]
        self.announcements: list[set[str]] = []
        self.requests: list[tuple[str, str]] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                status = door._take(self.path, self.headers["Content-Type"], content)
                body = b'{"epoch": 1}\n'
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments) -> None:
                """Tests read what they want to know from the door."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _take(self, path: str, content_type: str, content: bytes) -> int:
        self.requests.append((path, content_type))
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if status == 200:
            message = json.loads(content)
            assert list(message) == ["groups"], message
            self.announcements.append(set(message["groups"]))
        return status

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class WithDoor:
    """A test case with a door of its own that SIDECACHE names."""

    def setUp(self) -> None:
        super().setUp()
        self.door = Door()
        self.addCleanup(self.door.close)
        settings = sidecache(ADMIN=self.door.address)
        settings.enable()
        self.addCleanup(settings.disable)


def sidecache(**values):
    return override_settings(SIDECACHE=values)


def names(response, field: str) -> set[str]:
    """The members of a List of Strings, read strictly."""
    text = response.get(field, "")
    found = list(MEMBER.finditer(text))
    assert "".join(each[0] for each in found) == text, text
    members = [re.sub(r"\\(.)", r"\1", each[1]) for each in found]
    assert len(set(members)) == len(members), text
    return set(members)


def shown(response) -> set[str]:
    return names(response, "Cache-Groups")


def ended(response) -> set[str]:
    return names(response, "Cache-Group-Invalidation")


@contextmanager
def silent_door():
    """Accepts connections, in the kernel, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def free_address() -> str:
    """Nobody listens here."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
