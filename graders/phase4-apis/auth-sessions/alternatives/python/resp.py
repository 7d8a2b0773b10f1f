"""A very small Redis client: RESP 2, one connection for each thread that needs one at a time."""

import socket
import threading
from urllib.parse import unquote, urlsplit


class RedisRefusal(Exception):
    pass


class Redis:
    def __init__(self, url):
        self._url = urlsplit(url)
        self._idle = []
        self._lock = threading.Lock()

    def command(self, *words):
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        answer = connection.talk(words)
        with self._lock:
            self._idle.append(connection)
        if isinstance(answer, RedisRefusal):
            raise answer
        return answer

    def _connect(self):
        connection = Connection(self._url.hostname, self._url.port or 6379)
        if self._url.password:
            login = [unquote(text) for text in (self._url.username, self._url.password) if text]
            connection.talk(["AUTH", *login])
        connection.talk(["SELECT", self._url.path.strip("/") or "0"])
        return connection


class Connection:
    def __init__(self, host, port):
        self._socket = socket.create_connection((host, port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def talk(self, words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        message = b"*%d\r\n" % len(parts)
        for part in parts:
            message += b"$%d\r\n%s\r\n" % (len(part), part)
        self._socket.sendall(message)
        return self._answer()

    def _answer(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed by Redis")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RedisRefusal(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
        return [self._answer() for _ in range(int(rest))]
