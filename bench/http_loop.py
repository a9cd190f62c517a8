"""The Python side of `http-loop.ts`."""

import json
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

host = HTTPConnection("127.0.0.1", int(sys.argv[1]))
kept: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/echo":
            kept[:] = value
            self.answer(kept)
        else:
            host.request("POST", "/echo", to_json(kept), {"Content-Type": "application/json"})
            self.answer(len(json.loads(host.getresponse().read())))

    def answer(self, value: object) -> None:
        body = to_json(value)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Nothing: a line for each request would be measured too."""


def to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
