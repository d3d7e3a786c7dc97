"""A web server on loopback that answers as told and remembers what it was sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Sink:
    """`answer` is (status, JSON body or None for silence, headers)."""

    origin: str = ""
    answer: tuple[int, Any, dict[str, str]] = (200, {"errcode": 0}, {})
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    silence: threading.Event = field(default_factory=threading.Event)


@contextmanager
def sink() -> Iterator[Sink]:
    kept = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((self.path, json.loads(text)))
            status, body, headers = kept.answer
            if body is None:
                kept.silence.wait(30)
                return
            answer = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Tests need no access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield kept
    finally:
        kept.silence.set()
        server.shutdown()
        server.server_close()
        thread.join()
