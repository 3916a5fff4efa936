"""A small hub on this machine: lists repositories and serves their files, ranges included, as the real one does."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

COMMIT = "c" * 40


@dataclass
class FakeHub:
    """What the hub holds, how it misbehaves, and what it was asked.

    Args:
        files: (repository, file) -> bytes.
        large: names of files that the hub tells the sha256 of, as it does of large ones.
        breaks_after: bytes of a file after which the connection breaks, once for each file; 0 for never.
        status: instead of an answer to everything; 0 for none.
    """

    files: dict[tuple[str, str], bytes]
    large: frozenset[str] = frozenset()
    breaks_after: int = 0
    changed: dict[str, bytes] = field(default_factory=dict)
    status: int = 0
    endpoint: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def listing(self, repo: str) -> dict:
        """A repository as the hub's API describes it."""
        siblings = []
        for (owner, name), data in self.files.items():
            if owner == repo:
                git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
                each = {"rfilename": name, "size": len(data), "blobId": git}
                if name in self.large:
                    each["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 1}
                siblings.append(each)
        return {"id": repo, "sha": COMMIT, "siblings": siblings}


@contextmanager
def served(hub: FakeHub) -> Iterator[FakeHub]:
    """The hub, answering at its `endpoint`."""

    broken: set[str] = set()

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            hub.asked.append((self.path, self.headers.get("Range", "")))
            if hub.status:
                self.send_response(hub.status)
                self.send_header("Content-Length", "0")
                if hub.status == 403:
                    self.send_header("X-Error-Code", "GatedRepo")
                self.end_headers()
            elif listed := re.match(r"/api/models/([^/]+/[^/]+)/revision/", self.path):
                self._send(json.dumps(hub.listing(listed[1])).encode())
            elif wanted := re.match(r"/([^/]+/[^/]+)/resolve/[^/]+/([^?]+)", self.path):
                name = wanted[2]
                self._send_part(name, hub.changed.get(name, hub.files[wanted[1], name]))

        def _send(self, data: bytes, status: int = 200, cut: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:cut])

        def _send_part(self, name: str, data: bytes) -> None:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            breaks = hub.breaks_after and name not in broken and len(data) > hub.breaks_after
            broken.add(name)
            self._send(data[start:], 206, hub.breaks_after if breaks else None)
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
