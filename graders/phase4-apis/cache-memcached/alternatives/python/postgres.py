"""A very small Postgres client: the extended protocol, texts only, logins by trust and SCRAM-SHA-256."""

import base64
import hashlib
import hmac
import secrets
import select
import socket
import struct
import threading
import unicodedata
from urllib.parse import unquote, urlsplit


class PostgresUnavailable(Exception):
    """No connection, or it broke. Whether a write got through is not known."""


class PostgresRefusal(Exception):
    """Postgres answered with an error."""


class Connection:
    def __init__(self, url):
        parts = urlsplit(url)
        self._user = unquote(parts.username or "postgres")
        self._password = unquote(parts.password or "")
        database = unquote(parts.path.lstrip("/")) or self._user
        self._socket = socket.create_connection((parts.hostname, parts.port or 5432), timeout=2)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = self._socket.makefile("rb")
            settings = ["user", self._user, "database", database, "client_encoding", "UTF8"]
            body = struct.pack("!i", 196608) + b"".join(map(_text, settings)) + b"\0"
            self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
            self._sign_in()
            self._socket.settimeout(20)
        except BaseException:
            self._socket.close()
            raise

    def close(self):
        self._socket.close()

    def is_idle(self):
        """Nothing to read is what a live connection looks like that nobody uses."""
        return not select.select([self._socket], [], [], 0)[0]

    def query(self, sql, values):
        bind = b"\0\0" + struct.pack("!hh", 0, len(values))
        for value in values:
            data = str(value).encode()
            bind += struct.pack("!i", len(data)) + data
        self._socket.sendall(
            _message(b"P", b"\0" + _text(sql) + b"\0\0")
            + _message(b"B", bind + b"\0\0")
            + _message(b"E", b"\0" + b"\0\0\0\0")
            + _message(b"S", b"")
        )
        rows, refusal = [], None
        while True:
            kind, body = self._receive()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                refusal = _refusal(body)
            elif kind == b"Z":
                if refusal:
                    raise refusal
                return rows

    def _receive(self):
        head = self._stream.read(5)
        if len(head) < 5:
            raise ConnectionError("closed by Postgres")
        size = struct.unpack("!i", head[1:])[0] - 4
        body = self._stream.read(size)
        if len(body) < size:
            raise ConnectionError("closed by Postgres")
        return head[:1], body

    def _sign_in(self):
        scram = None
        while True:
            kind, body = self._receive()
            if kind == b"E":
                raise _refusal(body)
            if kind == b"Z":
                return
            if kind != b"R":
                continue  # settings, the key for cancelling, notices
            wanted, rest = struct.unpack("!i", body[:4])[0], body[4:]
            if wanted == 0:
                continue
            if wanted == 10 and b"SCRAM-SHA-256" in rest.split(b"\0"):
                scram = Scram(self._password)
                first = scram.first()
                answer = _text("SCRAM-SHA-256") + struct.pack("!i", len(first)) + first
            elif wanted == 11 and scram:
                answer = scram.final(rest)
            elif wanted == 12 and scram:
                scram.verify(rest)
                continue
            else:
                raise PostgresRefusal(f"a way to sign in that is not known here: {wanted}")
            self._socket.sendall(_message(b"p", answer))


class Scram:
    """RFC 5802, without channel binding."""

    def __init__(self, password):
        self._password = unicodedata.normalize("NFKC", password).encode()
        self._nonce = secrets.token_urlsafe(18)
        self._expected = b""

    def first(self):
        return f"n,,n=,r={self._nonce}".encode()

    def final(self, server_first):
        fields = _scram_fields(server_first)
        if not fields["r"].startswith(self._nonce):
            raise PostgresRefusal("the server's nonce does not begin with mine")
        salt = base64.b64decode(fields["s"])
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, int(fields["i"]))
        without_proof = f"c=biws,r={fields['r']}".encode()
        signed = b",".join([f"n=,r={self._nonce}".encode(), server_first, without_proof])
        client_key = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client_key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self._expected = _hmac(_hmac(salted, b"Server Key"), signed)
        return without_proof + b",p=" + base64.b64encode(proof)

    def verify(self, server_final):
        if base64.b64decode(_scram_fields(server_final)["v"]) != self._expected:
            raise PostgresRefusal("the server does not know the password itself")


class Pool:
    def __init__(self, url, size=8):
        self._url = url
        self._free = threading.Semaphore(size)
        self._idle = []

    def query(self, sql, *values):
        if not self._free.acquire(timeout=4):
            raise PostgresUnavailable("all connections are busy")
        connection = None
        try:
            connection = self._take() or Connection(self._url)
            rows = connection.query(sql, values)
            self._idle.append(connection)
            return rows
        except PostgresRefusal as refusal:
            # A refused sign-in says no more of a request than a refused connection does.
            if connection is None:
                raise PostgresUnavailable(str(refusal)) from refusal
            self._idle.append(connection)
            raise
        except OSError as error:
            if connection is not None:
                connection.close()
            raise PostgresUnavailable(str(error)) from error
        finally:
            self._free.release()

    def _take(self):
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_idle():
                return connection
            connection.close()


def _text(text):
    return text.encode() + b"\0"


def _message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def _row(body):
    values, at = [], 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        size = struct.unpack("!i", body[at : at + 4])[0]
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return values


def _refusal(body):
    fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
    return PostgresRefusal(f"{fields.get(b'C')}: {fields.get(b'M')}")


def _scram_fields(message):
    return dict(field.split("=", 1) for field in message.decode().split(","))


def _hmac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()
