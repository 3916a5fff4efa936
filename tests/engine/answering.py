"""A service on this machine that answers as a test says: well, badly, late or never."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any


def chat(**message: Any) -> tuple[int, dict]:
    usage = {"total_tokens": 1290, "cost": 0.039}
    return 200, {
        "id": "gen-1",
        "model": "m",
        "usage": usage,
        "choices": [{"message": message, "finish_reason": "stop"}],
    }


@contextmanager
def answering() -> Iterator[SimpleNamespace]:
    """The service: `answer(number, body)` answers with a status, JSON or bytes, and maybe headers.

    `asked` has what came in, in the order in which it came, which of several asked at once is anyone's; `release`
    wakes whoever waits.
    """
    asked: list[SimpleNamespace] = []
    counting = threading.Lock()
    state = SimpleNamespace(answer=lambda number, body: chat(content=""), asked=asked, release=threading.Event())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with counting:
                asked.append(SimpleNamespace(path=self.path, body=body, key=self.headers.get("Authorization")))
                number = len(asked)
            status, told, *headers = state.answer(number, body)
            data = told if isinstance(told, bytes) else json.dumps(told).encode()
            try:
                self.send_response(status)
                for name, value in headers[0].items() if headers else ():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.endpoint = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield state
    finally:
        state.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
