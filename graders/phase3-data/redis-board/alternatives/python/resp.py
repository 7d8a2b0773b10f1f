"""A very small Redis client: one connection, RESP 2, every command with a time limit."""

import socket
import threading
import time
from urllib.parse import unquote, urlsplit


class RedisUnavailable(Exception):
    """No answer: there is no connection, or it did not answer in time."""


class RedisRefusal(Exception):
    """Redis answered with an error."""


class Redis:
    def __init__(self, url):
        self._url = urlsplit(url)
        self._lock = threading.Lock()
        self._socket = None
        self._unread = b""
        # Only this thread connects: a request never waits for a connection, it does without Redis.
        threading.Thread(target=self._stay_connected, daemon=True).start()

    def command(self, *words, limit=1.0):
        # Waiting for one's turn says nothing of Redis: when it is in trouble, whoever has the turn hangs up.
        if self._socket is None or not self._lock.acquire(timeout=0.7):
            raise RedisUnavailable()
        try:
            if self._socket is None:
                raise RedisUnavailable()
            return self._talk(words, time.monotonic() + limit)
        except OSError as error:
            # The answer may still come. On this connection it would be taken for that of the next command.
            self._hang_up()
            raise RedisUnavailable() from error
        finally:
            self._lock.release()

    def _stay_connected(self):
        while True:
            if self._socket is None:
                with self._lock:
                    try:
                        self._connect()
                    except (OSError, RedisRefusal):
                        self._hang_up()
            time.sleep(0.3)

    def _connect(self):
        url = self._url
        deadline = time.monotonic() + 0.5
        fresh = socket.create_connection((url.hostname, url.port or 6379), timeout=0.5)
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Set last, for others look at it without the lock.
        self._unread = b""
        if url.password:
            login = [unquote(text) for text in (url.username, url.password) if text]
            self._talk(["AUTH", *login], deadline, fresh)
        self._talk(["SELECT", url.path.strip("/") or "0"], deadline, fresh)
        self._socket = fresh

    def _hang_up(self):
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _talk(self, words, deadline, connection=None):
        connection = connection or self._socket
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        message = b"*%d\r\n" % len(parts)
        for part in parts:
            message += b"$%d\r\n%s\r\n" % (len(part), part)
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        connection.sendall(message)
        answer = self._answer(connection, deadline)
        if isinstance(answer, RedisRefusal):
            raise answer
        return answer

    def _answer(self, connection, deadline):
        line = self._line(connection, deadline)
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RedisRefusal(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bytes(connection, deadline, int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._answer(connection, deadline) for _ in range(int(rest))]
        raise OSError("this is not RESP")

    def _line(self, connection, deadline):
        while b"\r\n" not in self._unread:
            self._receive(connection, deadline)
        line, self._unread = self._unread.split(b"\r\n", 1)
        return line

    def _bytes(self, connection, deadline, count):
        while len(self._unread) < count:
            self._receive(connection, deadline)
        piece, self._unread = self._unread[:count], self._unread[count:]
        return piece

    def _receive(self, connection, deadline):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        received = connection.recv(65536)
        if not received:
            raise ConnectionError("closed by Redis")
        self._unread += received
