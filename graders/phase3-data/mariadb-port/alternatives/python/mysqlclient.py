"""As much of MariaDB's protocol as the shop needs: logging in, and queries as text."""
import hashlib
import socket
import struct
from urllib.parse import unquote, urlparse

CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000  # long password, db, 4.1, transactions, auth


class DatabaseError(Exception):
    def __init__(self, number, text):
        super().__init__(f"{number}: {text}")
        self.number = number


def scramble(password, nonce):
    if not password:
        return b""
    one = hashlib.sha1(password).digest()
    two = hashlib.sha1(nonce + hashlib.sha1(one).digest()).digest()
    return bytes(a ^ b for a, b in zip(one, two))


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def lenenc(data, at):
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    if first == 0xFB:
        return None, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1:at + 1 + size], "little"), at + 1 + size


class Connection:
    def __init__(self, url):
        at = urlparse(url)
        self.socket = socket.create_connection((at.hostname, at.port or 3306))
        self.file = self.socket.makefile("rb")
        self.sequence = 0
        greeting = self.read()
        end = greeting.index(b"\0", 1)
        nonce = greeting[end + 5:end + 13]
        rest = end + 13 + 1 + 2 + 1 + 2 + 2 + 1 + 10
        nonce += greeting[rest:rest + 12]
        user, password = unquote(at.username or ""), unquote(at.password or "").encode()
        answer = scramble(password, nonce)
        self.write(
            struct.pack("<IIB", CAPABILITIES, 1 << 24, 45) + bytes(23)
            + user.encode() + b"\0" + bytes([len(answer)]) + answer
            + at.path[1:].encode() + b"\0" + b"mysql_native_password\0"
        )
        reply = self.read()
        if reply[:1] == b"\xfe":  # another way of logging in, or another nonce
            name, _, more = reply[1:].partition(b"\0")
            if name != b"mysql_native_password":
                raise DatabaseError(0, f"cannot log in by {name!r}")
            self.write(scramble(password, more.rstrip(b"\0")))
            reply = self.read()
        self.check(reply)

    def read(self):
        header = self.file.read(4)
        if len(header) < 4:
            raise ConnectionError("the database hung up")
        self.sequence = header[3] + 1
        return self.file.read(int.from_bytes(header[:3], "little"))

    def write(self, body):
        self.socket.sendall(len(body).to_bytes(3, "little") + bytes([self.sequence & 255]) + body)

    @staticmethod
    def check(packet):
        if packet[:1] == b"\xff":
            number = struct.unpack_from("<H", packet, 1)[0]
            raise DatabaseError(number, packet[9:].decode("utf8", "replace"))
        return packet

    def query(self, sql, *values):
        """Rows of texts, or how many rows were changed and the new id."""
        parts = sql.split("?")
        text = "".join(a + b for a, b in zip(parts, [*map(literal, values), ""]))
        self.sequence = 0
        self.write(b"\x03" + text.encode())
        first = self.check(self.read())
        if first[:1] == b"\0":
            changed, at = lenenc(first, 1)
            return changed, lenenc(first, at)[0]
        columns, _ = lenenc(first, 0)
        for _ in range(columns + 1):  # their descriptions, and an end
            self.read()
        rows = []
        while True:
            packet = self.check(self.read())
            if packet[:1] == b"\xfe" and len(packet) < 9:
                return rows
            row, at = [], 0
            for _ in range(columns):
                size, at = lenenc(packet, at)
                row.append(None if size is None else packet[at:at + size].decode())
                at += size or 0
            rows.append(row)
