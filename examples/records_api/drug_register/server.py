"""GET /drugs/{code}/interactions as JSON, which caches may keep for an hour."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from drug_register.interactions import interactions_of

PATH = re.compile(r"/drugs/([A-Z0-9]{1,10})/interactions")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "drug-register"

    def do_GET(self) -> None:
        path = PATH.fullmatch(self.path)
        found = interactions_of(path[1]) if path else None
        body = json.dumps(found or {"detail": "Not found."}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=3600" if found else "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        """Says nothing, as the records API does of requests that succeed."""


def make_server(host: str, port: int) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server
