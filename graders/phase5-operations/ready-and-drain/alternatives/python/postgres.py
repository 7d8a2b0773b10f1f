"""A small PostgreSQL client: protocol 3.0 over TCP, trust and SCRAM-SHA-256 logins, text values.

Every statement goes through the extended protocol, so that values travel apart from the SQL.
"""

import base64
import contextlib
import hashlib
import hmac
import queue
import secrets
import select
import socket
import struct
from urllib.parse import unquote, urlsplit


class PostgresError(Exception):
    """The server refused something; `code` is its SQLSTATE."""

    def __init__(self, code, message):
        super().__init__(f"{message} ({code})")
        self.code = code


def _message(kind, *parts):
    payload = b"".join(parts)
    return kind + struct.pack("!i", len(payload) + 4) + payload


def _text(value):
    return value.encode() + b"\0"


def _array(items):
    quoted = (str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def _error(payload):
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in payload.split(b"\0") if part}
    return PostgresError(fields.get(b"C", "?????"), fields.get(b"M", "unknown error"))


class Connection:
    def __init__(self, url):
        parts = urlsplit(url)
        user = unquote(parts.username or "postgres")
        database = unquote(parts.path.lstrip("/")) or user
        self.socket = socket.create_connection(
            (parts.hostname or "127.0.0.1", parts.port or 5432), timeout=3
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        settings = (("user", user), ("database", database), ("client_encoding", "UTF8"))
        startup = [_text(name) + _text(value) for name, value in settings]
        # The very first message has no letter in front.
        self.socket.sendall(_message(b"", struct.pack("!i", 3 << 16), *startup, b"\0"))
        self._log_in(unquote(parts.password or ""))

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.sendall(_message(b"X"))  # Terminate
        self.stream.close()
        self.socket.close()

    def is_fresh(self):
        """Nothing may come in while nothing was asked: whatever does is the server's farewell."""
        readable, _, _ = select.select([self.socket], [], [], 0)
        return not readable

    def query(self, sql, *values):
        """The rows of one statement, as tuples of str or None; values take the places $1, $2 …"""
        bound = [struct.pack("!hh", 0, len(values))]
        for value in values:
            if value is None:
                bound.append(struct.pack("!i", -1))
                continue
            raw = (_array(value) if isinstance(value, list) else str(value)).encode()
            bound += [struct.pack("!i", len(raw)), raw]
        bound.append(struct.pack("!h", 0))
        self.socket.sendall(
            _message(b"P", b"\0", _text(sql), struct.pack("!h", 0))  # Parse
            + _message(b"B", b"\0\0", *bound)  # Bind
            + _message(b"E", b"\0", struct.pack("!i", 0))  # Execute
            + _message(b"S")  # Sync
        )
        rows, error = [], None
        for kind, payload in self._until_ready():
            if kind == b"D":
                rows.append(_row(payload))
            elif kind == b"E":
                error = _error(payload)
        if error:
            raise error
        return rows

    def _read(self):
        head = self.stream.read(5)
        if len(head) < 5:
            raise ConnectionError("PostgreSQL closed the connection")
        (size,) = struct.unpack("!i", head[1:])
        payload = self.stream.read(size - 4)
        if len(payload) < size - 4:
            raise ConnectionError("PostgreSQL closed the connection")
        return head[:1], payload

    def _until_ready(self):
        while True:
            kind, payload = self._read()
            if kind == b"Z":
                return
            yield kind, payload

    def _log_in(self, password):
        scram = None
        for kind, payload in self._until_ready():
            if kind == b"E":
                raise _error(payload)
            if kind != b"R":
                continue
            (step,) = struct.unpack("!i", payload[:4])
            data = payload[4:]
            if step == 10 and b"SCRAM-SHA-256" in data.split(b"\0"):
                scram = Scram(password)
                first = scram.first()
                size = struct.pack("!i", len(first))
                self.socket.sendall(_message(b"p", _text("SCRAM-SHA-256"), size, first))
            elif step == 11 and scram:
                self.socket.sendall(_message(b"p", scram.proof(data)))
            elif step == 12 and scram:
                scram.check(data)
            elif step != 0:
                raise PostgresError("28000", f"cannot log in by method {step}")


def _row(payload):
    (count,) = struct.unpack_from("!h", payload)
    position, values = 2, []
    for _ in range(count):
        (size,) = struct.unpack_from("!i", payload, position)
        position += 4
        if size < 0:
            values.append(None)
            continue
        values.append(payload[position : position + size].decode())
        position += size
    return tuple(values)


class Scram:
    """The client's half of RFC 5802 with SHA-256, for passwords that need no normalising."""

    def __init__(self, password):
        self.password = password.encode()
        self.nonce = secrets.token_urlsafe(18)
        self.bare = f"n=,r={self.nonce}"

    def first(self):
        return f"n,,{self.bare}".encode()

    def proof(self, challenge):
        fields = dict(part.split("=", 1) for part in challenge.decode().split(","))
        if not fields["r"].startswith(self.nonce):
            raise PostgresError("28000", "the server's nonce is not made from ours")
        salted = hashlib.pbkdf2_hmac(
            "sha256", self.password, base64.b64decode(fields["s"]), int(fields["i"])
        )
        without_proof = f"c=biws,r={fields['r']}"
        exchange = f"{self.bare},{challenge.decode()},{without_proof}".encode()
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), exchange, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        self.expected = hmac.digest(server_key, exchange, "sha256")
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def check(self, final):
        if not hmac.compare_digest(final, b"v=" + base64.b64encode(self.expected)):
            raise PostgresError("28000", "the server does not know the password itself")


class Pool:
    def __init__(self, url, size):
        self.url = url
        self.size = size
        self.places = queue.LifoQueue()
        for _ in range(size):
            self.places.put(None)

    @contextlib.contextmanager
    def connection(self):
        """Lends a connection; one on which anything went wrong is not lent again."""
        connection = self.places.get()
        try:
            if connection and not connection.is_fresh():
                connection.close()
                connection = None
            connection = connection or Connection(self.url)
            yield connection
        except BaseException:
            if connection:
                connection.close()
            connection = None
            raise
        finally:
            self.places.put(connection)

    def end(self):
        """Takes leave on every connection, as they come back."""
        for _ in range(self.size):
            connection = self.places.get()
            if connection:
                connection.close()
