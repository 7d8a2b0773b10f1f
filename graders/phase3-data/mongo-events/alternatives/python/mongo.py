"""A small MongoDB client: BSON, OP_MSG, SCRAM-SHA-256, and a pool of connections."""

import base64
import contextlib
import hashlib
import hmac
import itertools
import os
import queue
import secrets
import socket
import struct
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, unquote, urlsplit

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)


class MongoError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# ---------------------------------------------------------------- BSON


def encode(document):
    body = b"".join(_element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(name, value):
    key = name.encode() + b"\0"
    if isinstance(value, bool):
        return b"\x08" + key + bytes([value])
    if value is None:
        return b"\x0a" + key
    if isinstance(value, int):
        small = -(2**31) <= value < 2**31
        return (b"\x10" if small else b"\x12") + key + struct.pack("<i" if small else "<q", value)
    if isinstance(value, float):
        return b"\x01" + key + struct.pack("<d", value)
    if isinstance(value, str):
        data = value.encode() + b"\0"
        return b"\x02" + key + struct.pack("<i", len(data)) + data
    if isinstance(value, bytes):
        return b"\x05" + key + struct.pack("<i", len(value)) + b"\0" + value
    if isinstance(value, datetime):
        return b"\x09" + key + struct.pack("<q", (value - EPOCH) // MILLISECOND)
    if isinstance(value, dict):
        return b"\x03" + key + encode(value)
    if isinstance(value, (list, tuple)):
        return b"\x04" + key + encode({str(at): each for at, each in enumerate(value)})
    raise TypeError(f"no BSON for {type(value)}")


def decode(data, at=0):
    (size,) = struct.unpack_from("<i", data, at)
    document, end = {}, at + size - 1
    at += 4
    while at < end:
        kind = data[at]
        stop = data.index(b"\0", at + 1)
        name = data[at + 1 : stop].decode()
        document[name], at = _value(kind, data, stop + 1)
    return document


def _value(kind, data, at):
    if kind == 0x01:
        return struct.unpack_from("<d", data, at)[0], at + 8
    if kind == 0x02:
        (size,) = struct.unpack_from("<i", data, at)
        return data[at + 4 : at + 3 + size].decode(), at + 4 + size
    if kind in (0x03, 0x04):
        (size,) = struct.unpack_from("<i", data, at)
        inner = decode(data, at)
        return (inner if kind == 0x03 else list(inner.values())), at + size
    if kind == 0x05:
        (size,) = struct.unpack_from("<i", data, at)
        return data[at + 5 : at + 5 + size], at + 5 + size
    if kind == 0x07:
        return data[at : at + 12].hex(), at + 12
    if kind == 0x08:
        return data[at] == 1, at + 1
    if kind == 0x09:
        return EPOCH + struct.unpack_from("<q", data, at)[0] * MILLISECOND, at + 8
    if kind == 0x0A:
        return None, at
    if kind == 0x10:
        return struct.unpack_from("<i", data, at)[0], at + 4
    if kind in (0x11, 0x12):
        return struct.unpack_from("<q", data, at)[0], at + 8
    raise ValueError(f"BSON type {kind}")


# ---------------------------------------------------------------- connections


class Connection:
    numbers = itertools.count(1)

    def __init__(self, url):
        parts = urlsplit(url)
        self.database = unquote(parts.path.lstrip("/")) or "test"
        self.socket = socket.create_connection((parts.hostname, parts.port or 27017), 10)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        if parts.username:
            source = parse_qs(parts.query).get("authSource", [self.database])[0]
            self._log_in(source, unquote(parts.username), unquote(parts.password or ""))

    def close(self):
        self.stream.close()
        self.socket.close()

    def command(self, command, database=None):
        body = encode({**command, "$db": database or self.database})
        number = next(self.numbers)
        head = struct.pack("<iiiiiB", 21 + len(body), number, 0, 2013, 0, 0)
        self.socket.sendall(head + body)
        reply = decode(self._read(), 5)
        if not reply.get("ok"):
            raise MongoError(reply.get("code"), reply.get("errmsg", "refused"))
        for error in reply.get("writeErrors", []):
            raise MongoError(error["code"], error["errmsg"])
        return reply

    def _read(self):
        head = self._exactly(16)
        return self._exactly(struct.unpack_from("<i", head)[0] - 16)

    def _exactly(self, size):
        data = self.stream.read(size)
        if len(data) < size:
            raise ConnectionError("MongoDB closed the connection")
        return data

    def _log_in(self, source, user, password):
        nonce = secrets.token_urlsafe(18)
        name = user.replace("=", "=3D").replace(",", "=2C")
        bare = f"n={name},r={nonce}"
        start = {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": f"n,,{bare}".encode()}
        reply = self.command(start, source)
        challenge = reply["payload"].decode()
        fields = dict(part.split("=", 1) for part in challenge.split(","))
        if not fields["r"].startswith(nonce):
            raise MongoError(18, "the server's nonce is not made from ours")
        salt = base64.b64decode(fields["s"])
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, int(fields["i"]))
        without_proof = f"c=biws,r={fields['r']}"
        exchange = f"{bare},{challenge},{without_proof}".encode()
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), exchange, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
        ours = {"saslContinue": 1, "conversationId": reply["conversationId"]}
        reply = self.command({**ours, "payload": f"{without_proof},p={proof}".encode()}, source)
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        expected = base64.b64encode(hmac.digest(server_key, exchange, "sha256"))
        if not hmac.compare_digest(reply["payload"], b"v=" + expected):
            raise MongoError(18, "the server does not know the password itself")
        while not reply["done"]:
            reply = self.command({**ours, "payload": b""}, source)


class Pool:
    def __init__(self, url=None, size=16):
        self.url = url or os.environ["MONGODB_URL"]
        self.places = queue.LifoQueue()
        for _ in range(size):
            self.places.put(None)

    @contextlib.contextmanager
    def connection(self):
        """Lends a connection; one on which anything but a refusal happened is not lent again."""
        connection = self.places.get()
        try:
            connection = connection or Connection(self.url)
            yield connection
        except MongoError:
            raise
        except BaseException:
            if connection:
                connection.close()
            connection = None
            raise
        finally:
            self.places.put(connection)

    def command(self, command):
        with self.connection() as connection:
            return connection.command(command)

    def rows(self, command):
        """All documents of a cursor."""
        with self.connection() as connection:
            cursor = connection.command(command)["cursor"]
            rows = cursor["firstBatch"]
            collection = next(iter(command.values()))
            while cursor["id"]:
                cursor = connection.command({"getMore": cursor["id"], "collection": collection})["cursor"]
                rows += cursor["nextBatch"]
            return rows
