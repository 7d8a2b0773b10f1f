"""Pelican Post's parcels, with nothing between asyncio and the bytes."""
import asyncio
import json
import os
import re
import sqlite3
import sys
import traceback
import uuid
from urllib.parse import parse_qs, unquote, urlsplit

LIMIT = 100 * 1024
PRICING = urlsplit(os.environ.get("PRICING_URL", "http://127.0.0.1:4019"))
REASONS = {
    200: "Fine", 201: "Made", 204: "Gone", 400: "Bad Request", 404: "Not Found",
    405: "Method Not Allowed", 413: "Content Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Content", 431: "Headers Too Large", 500: "Internal Server Error",
    502: "Bad Gateway", 504: "Gateway Timeout",
}  # fmt: skip

db = sqlite3.connect(":memory:")
# AUTOINCREMENT never uses a number twice. The address is kept as JSON: SQLite takes no lone surrogates.
db.execute(
    "CREATE TABLE parcel (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " address TEXT NOT NULL, weight INTEGER NOT NULL, status TEXT NOT NULL DEFAULT 'new')"
)


class Refusal(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status
        self.detail = detail


def whole(value):
    """An int for a JSON number without a fraction (1e3 and 5.0 count), else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def parse_json(raw):
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def valid_to(value):
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise Refusal(422, "`to` takes 1 to 200 characters")
    return json.dumps(value)


def valid_weight(value):
    weight = whole(value)
    if weight is None or not 1 <= weight <= 30_000:
        raise Refusal(422, "`weightG` takes a whole number from 1 to 30000")
    return weight


def valid_status(value):
    if value not in ("new", "moving", "delivered"):
        raise Refusal(400, "`status` takes new, moving or delivered")
    return value


COLUMNS = {
    "to": ("address", valid_to),
    "weightG": ("weight", valid_weight),
    "status": ("status", valid_status),
}


def rows(where="1", *values):
    query = f"SELECT id, address, weight, status FROM parcel WHERE {where} ORDER BY weight"
    return [
        {"weightG": weight, "status": status, "to": json.loads(address), "code": -number}
        for number, address, weight, status in db.execute(query, values)
    ]


def find(code):
    found = rows("id = ?", int(code[1:])) if re.fullmatch(r"-[1-9][0-9]{0,15}", code) else []
    if not found:
        raise Refusal(404, "no parcel under this code")
    return found[0]


class Request:
    def __init__(self, method, target, headers, reader, writer):
        self.method = method
        self.headers = headers
        self.reader = reader
        self.writer = writer
        path, _, query = re.sub(r"^https?://[^/?]*", "", target).partition("?")
        self.steps = [unquote(step) for step in path.split("/")[1:]]
        self.query = parse_qs(query, keep_blank_values=True)

    async def body(self):
        """The bytes of the body; too many of them end it as soon as that is known."""
        if self.headers.get("expect", "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return await read_chunks(self.reader, LIMIT)
        length = self.headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,15}", length):
            raise Refusal(400, "no such length")
        if int(length) > LIMIT:
            raise Refusal(413, "at most 100 KiB, please")
        return await self.reader.readexactly(int(length))

    async def fields(self):
        raw = await self.body()
        media = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if raw and media != "application/json":
            raise Refusal(415, "application/json, please")
        try:
            value = parse_json(raw)
        except ValueError:
            raise Refusal(400, "this is not JSON") from None
        if not isinstance(value, dict):
            raise Refusal(400, "a JSON object, please")
        return value


async def read_chunks(reader, limit):
    parts = []
    room = limit
    while True:
        head = await reader.readuntil(b"\r\n")
        size = int(head.split(b";")[0], 16)
        room -= size
        if room < 0:
            raise Refusal(413, "at most 100 KiB, please")
        if size == 0:
            break
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return b"".join(parts)


async def ask_price(weight):
    """Speaks HTTP to the pricing service, and hangs up whatever happens."""
    writer = None
    try:
        reader, writer = await asyncio.open_connection(PRICING.hostname, PRICING.port or 80)
        writer.write(
            f"GET {PRICING.path}/quote?weight={weight} HTTP/1.1\r\n"
            f"Host: {PRICING.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        status, headers = await read_head(reader)
        while status.split()[1].startswith("1"):
            status, headers = await read_head(reader)
        if status.split()[1] != "200":
            raise ValueError(status)
        if "chunked" in headers.get("transfer-encoding", "").lower():
            raw = await read_chunks(reader, 10 * LIMIT)
        elif "content-length" in headers:
            raw = await reader.readexactly(int(headers["content-length"]))
        else:
            raw = await reader.read(-1)
        answer = parse_json(raw)
        cents = whole(answer.get("cents")) if isinstance(answer, dict) else None
        if cents is None:
            raise ValueError("no cents")
        return cents
    finally:
        if writer is not None:
            writer.transport.abort()


async def read_head(reader):
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def quote(weight):
    try:
        return await asyncio.wait_for(ask_price(weight), 1)
    except asyncio.TimeoutError:  # an OSError in newer Pythons: has to come first
        raise Refusal(504, "no price within a second") from None
    except (OSError, ValueError, IndexError, EOFError, asyncio.LimitOverrunError, Refusal):
        raise Refusal(502, "no price to be had") from None


async def answer(request):
    """→ status, value (None: no body), further headers."""
    method, steps = request.method, request.steps
    if steps == ["boom"] and method == "GET":
        raise RuntimeError("boom")
    if steps == ["boom-async"] and method == "GET":
        await asyncio.sleep(0.02)
        raise RuntimeError("boom, a little later")
    if steps == ["parcels"] and method == "POST":
        fields = await request.fields()
        to, weight = valid_to(fields.get("to")), valid_weight(fields.get("weightG"))
        made = db.execute("INSERT INTO parcel (address, weight) VALUES (?, ?)", (to, weight))
        return 201, find(f"-{made.lastrowid}"), {"location": f"./parcels/-{made.lastrowid}"}
    if steps == ["parcels"] and method == "GET":
        wanted = request.query.get("status")
        if wanted is None:
            return 200, rows(), {}
        return 200, rows("status = ?", [valid_status(status) for status in wanted][-1]), {}
    if len(steps) == 2 and steps[0] == "parcels":
        if method == "GET":
            return 200, find(steps[1]), {}
        if method == "PATCH":
            parcel = find(steps[1])
            fields = await request.fields()
            if not fields.keys() <= {*COLUMNS, "code"}:
                raise Refusal(400, "a property that parcels do not have")
            changes = {COLUMNS[n][0]: COLUMNS[n][1](fields[n]) for n in COLUMNS if n in fields}
            if changes:
                places = ", ".join(f"{column} = ?" for column in changes)
                values = (*changes.values(), -parcel["code"])
                db.execute(f"UPDATE parcel SET {places} WHERE id = ?", values)
            return 200, find(steps[1]), {}
        if method == "DELETE":
            parcel = find(steps[1])
            db.execute("DELETE FROM parcel WHERE id = ?", (-parcel["code"],))
            return 200, None, {}
    if len(steps) == 3 and steps[0] == "parcels" and steps[2] == "quote" and method == "GET":
        return 200, {"cents": await quote(find(steps[1])["weightG"])}, {}
    known = {1: steps[0] in ("parcels", "boom", "boom-async"), 2: steps[0] == "parcels"} if steps else {}
    if known.get(len(steps)) or (len(steps) == 3 and (steps[0], steps[2]) == ("parcels", "quote")):
        raise Refusal(405, "not with this method")
    raise Refusal(404, "nothing here")


async def respond(request):
    try:
        status, value, headers = await answer(request)
        media = 'Application/JSON;Charset="UTF-8"'
    except (EOFError, ConnectionError):
        return  # the client has gone
    except Refusal as refusal:
        status, headers = refusal.status, {}
    except ValueError:
        status, headers = 400, {}  # chunks that are none
    except Exception:
        traceback.print_exc(file=sys.stderr)
        status, headers = 500, {}
    if status >= 400:
        media = "application/problem+json"
        value = {"title": REASONS[status], "status": status}
    given = request.headers.get("x-request-id", "")
    if not re.fullmatch("[A-Za-z0-9_-]{8,64}", given):
        given = uuid.uuid4().hex
    head = {"x-REQUEST-id": given, "connection": "close", **headers}
    body = b""
    if value is not None:
        head["content-type"] = media
        body = json.dumps(value, indent=1, separators=(" ,", " : ")).encode()
    lines = "".join(f"{name}:{text}\r\n" for name, text in head.items())
    request.writer.write(f"HTTP/1.1 {status} {REASONS[status]}\r\n{lines}\r\n".encode() + body)


async def linger(reader):
    """A socket that is closed with bytes unread takes the answer with it."""
    while await reader.read(65_536):
        pass


async def serve(reader, writer):
    try:
        first, headers = await read_head(reader)
        method, target, _ = first.split(" ")
        await respond(Request(method, target, headers, reader, writer))
        await writer.drain()
        writer.write_eof()
        await asyncio.wait_for(linger(reader), 3)
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError, asyncio.TimeoutError):
        pass  # nobody there, or nothing that HTTP knows
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]), backlog=512)
    async with server:
        await server.serve_forever()


asyncio.run(main())
