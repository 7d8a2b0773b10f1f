"""Pelican Post's events, page by page."""

import hashlib
import json
import os
import re
import signal
import struct
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from postgres import Pool

pool = None
FIELDS = ("id", "at", "kind", "parcel", "depot", "note")
COLUMNS = "id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"'), kind, parcel_code, depot, note"
MICROSECONDS = "(extract(epoch FROM at) * 1000000)::bigint"


class Refusal(Exception):
    def __init__(self, status, message, **headers):
        super().__init__(message)
        self.status = status
        self.headers = headers


# ---- cursors: 8 bytes of a hash of the query, microseconds, id, and a checksum


def query_hash(kind, descending):
    text = json.dumps([kind, descending, os.environ.get("CURSOR_KEY")])
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def encode(kind, descending, moment, id):
    body = query_hash(kind, descending) + struct.pack("!qq", moment, id)
    return (body + struct.pack("!I", zlib.crc32(body))).hex()


def decode(cursor, kind, descending):
    try:
        raw = bytes.fromhex(cursor)
    except ValueError:
        raise Refusal(422, "this is no cursor") from None
    if len(raw) != 28 or struct.pack("!I", zlib.crc32(raw[:-4])) != raw[-4:]:
        raise Refusal(422, "this is no cursor")
    if raw[:8] != query_hash(kind, descending):
        raise Refusal(422, "this cursor is for another query")
    return struct.unpack("!qq", raw[8:24])


# ---- the page


def one(query, name):
    values = query.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise Refusal(422, f"{name} stands twice")
    return values[0]


def events(query):
    sort = one(query, "sort")
    if sort not in (None, "at", "-at"):
        raise Refusal(422, "sort by at or -at")
    descending = sort == "-at"
    kind = one(query, "kind")
    limit = one(query, "limit")
    if limit is not None and not (re.fullmatch("[1-9][0-9]?|100", limit)):
        raise Refusal(422, "limit goes from 1 to 100")
    limit = int(limit or 20)
    fields = one(query, "fields")
    names = FIELDS if fields is None else [name.strip() for name in fields.split(",")]
    if any(name not in FIELDS for name in names):
        raise Refusal(422, "there is no such field")

    clauses, values = [], []

    def value(given):
        values.append(given)
        return f"${len(values)}"

    if kind is not None:
        clauses.append(f"kind = {value(kind)}")
    cursor = one(query, "cursor")
    if cursor is not None:
        moment, id = decode(cursor, kind, descending)
        seconds, micro = divmod(moment, 1000000)
        place = f"(to_timestamp({value(seconds)}::bigint) + {value(micro)}::int * interval '1 microsecond')"
        than = "<" if descending else ">"
        clauses.append(f"at {than}= {place} AND (at {than} {place} OR id {than} {value(id)}::bigint)")
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    direction = "DESC" if descending else "ASC"
    with pool.connection() as connection:
        rows = connection.query(
            f"SELECT {COLUMNS}, {MICROSECONDS} FROM events e {where} ORDER BY e.at {direction}, e.id {direction} LIMIT {limit + 1}",
            *values,
        )
    items = []
    for row in rows[:limit]:
        event = dict(zip(FIELDS, row))
        event["id"] = int(event["id"])
        items.append({name: event[name] for name in names})
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = encode(kind, descending, int(last[6]), int(last[0]))
    return {"next": following, "items": items}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def respond(self):
        size = self.headers.get("Content-Length", "")
        self.rfile.read(int(size) if size.isdecimal() else 0)
        url = urlsplit(self.path)
        status, headers = 200, {}
        try:
            if url.path != "/events":
                raise Refusal(404, "there is nothing here")
            if self.command not in ("GET", "HEAD"):
                raise Refusal(405, "only GET", Allow="GET, HEAD")
            body = events(parse_qs(url.query, keep_blank_values=True))
        except Refusal as refusal:
            status, headers, body = refusal.status, refusal.headers, {"detail": str(refusal)}
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            status, body = 500, {"detail": "try again later"}
        raw = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    pool = Pool(os.environ["DATABASE_URL"], size=4)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
