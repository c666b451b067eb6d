"""A small closed-loop HTTP client: so many connections, each sending its next prepared request when the last is answered."""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Result:
    """What a run saw: answers, those that were not 200, seconds, and the latency of each answer in milliseconds."""

    answers: int = 0
    bad: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """A percentile of the latencies in milliseconds."""
        if len(self.latencies) < 2:
            return 0.0
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


class _Connection:
    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests: Iterator[bytes] = iter(requests)
        self.buffer = b""
        self.sent_at = 0.0

    def send_next(self) -> bool:
        request = next(self.requests, None)
        if request is None:
            return False
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)
        return True

    def answered(self) -> int | None:
        """The status once the whole answer is here."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        if len(body) < length:
            return None
        self.buffer = body[length:]
        return int(head[9:12])


def run(port: int, conversations: Sequence[Sequence[bytes]], seconds: float) -> Result:
    """Play ``conversations``, one a connection, until they end or ``seconds`` are over."""
    selector = selectors.DefaultSelector()
    result = Result()
    for requests in conversations:
        connection = _Connection(port, requests)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send_next()
    begun = time.perf_counter()
    while selector.get_map() and time.perf_counter() - begun < seconds:
        for key, _events in selector.select(timeout=0.2):
            connection = key.data
            status = connection.answered()
            if status is None:
                continue
            result.answers += 1
            result.bad += status not in (200, 204)
            result.latencies.append((time.perf_counter() - connection.sent_at) * 1000)
            if not connection.send_next():
                selector.unregister(connection.socket)
                connection.socket.close()
    result.seconds = time.perf_counter() - begun
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return result
