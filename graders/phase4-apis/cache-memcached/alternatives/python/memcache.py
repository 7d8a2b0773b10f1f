"""The text protocol of memcached, one short-lived connection at a time."""

import socket
from urllib.parse import urlsplit


class Unavailable(Exception):
    """It is away, late, or says something else than it should."""


class Memcached:
    def __init__(self, url, seconds=1.0):
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port or 11211)
        self._seconds = seconds
        self._socket = None
        self._dead = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._socket:
            self._socket.close()

    def get(self, *keys):
        """Values by key, of those that are there."""
        found = {}
        line = self._say(b"get " + b" ".join(key.encode() for key in keys) + b"\r\n")
        while line != b"END":
            word, key, _, size = line.split(b" ")
            if word != b"VALUE":
                raise self._broken(line)
            value = self._read(int(size) + 2)
            found[key.decode()] = value[:-2]
            line = self._line()
        return found

    def store(self, verb, key, value, expiry):
        head = f"{verb} {key} 0 {expiry} {len(value)}\r\n".encode()
        answer = self._say(head + value + b"\r\n")
        if answer not in (b"STORED", b"NOT_STORED"):
            raise self._broken(answer)
        return answer == b"STORED"

    def delete(self, key):
        answer = self._say(f"delete {key}\r\n".encode())
        if answer not in (b"DELETED", b"NOT_FOUND"):
            raise self._broken(answer)

    def _say(self, data):
        # After one failure a request does not wait for another.
        if self._dead:
            raise Unavailable("memcached did not answer before")
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, self._seconds)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._stream = self._socket.makefile("rb")
            self._socket.sendall(data)
        except OSError as error:
            raise self._broken(error)
        return self._line()

    def _line(self):
        try:
            line = self._stream.readline(2048)
        except OSError as error:
            raise self._broken(error)
        if not line.endswith(b"\r\n"):
            raise self._broken("it hung up")
        return line[:-2]

    def _read(self, size):
        try:
            data = self._stream.read(size)
        except OSError as error:
            raise self._broken(error)
        if len(data) < size:
            raise self._broken("it hung up")
        return data

    def _broken(self, why):
        self._dead = True
        return Unavailable(str(why))
