"""Pelican Post's front desk: values are parameters."""

import hashlib
import hmac
import json
import os
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from postgres import Pool

pool = None


class Refusal(Exception):
    def __init__(self, status, text, **headers):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


def one(values, name, usual=None):
    given = values.get(name, [usual])
    if len(given) != 1 or given[0] is None:
        raise Refusal(400, f"{name} must stand there once")
    return given[0]


def text(body, name, most=None):
    value = body.get(name)
    if not isinstance(value, str) or (most and not 1 <= len(value) <= most):
        raise Refusal(400, f"{name} is not right")
    return value


CUSTOMER = ("id", "name", "city")


def parcel_of(row):
    return {"id": row[0], "sender": row[1], "town": row[2], "weightG": int(row[3])}


LIST = "select id, name, city from customers where name like $1 escape '!' order by {} limit $2::int"
LISTS = {sort: LIST.format(order) for sort, order in {"id": "id", "name": "name, id", "city": "city, id"}.items()}


def pattern(search):
    return "%" + re.sub("[!%_]", lambda match: "!" + match[0], search) + "%"


def login(ask):
    name, password = text(ask.body, "name"), text(ask.body, "password")
    for id, salt, digest in query("select id, salt, digest from clerks where name = $1", name):
        if hmac.compare_digest(digest, hashlib.sha256((salt + password).encode()).hexdigest()):
            return 200, {"id": id, "name": name}
    raise Refusal(401, "not so")


def add_customer(ask):
    values = text(ask.body, "name", 200), text(ask.body, "city", 200)
    ((id,),) = query("insert into customers (name, city) values ($1, $2) returning id", *values)
    return 201, dict(zip(CUSTOMER, (id, *values)))


def list_customers(ask):
    sort, limit = one(ask.query, "sort", "id"), one(ask.query, "limit", "50")
    if sort not in LISTS:
        raise Refusal(422, "sort by id, name or city")
    if not re.fullmatch("[1-9][0-9]{0,2}", limit) or int(limit) > 500:
        raise Refusal(422, "limit is 1 to 500")
    rows = query(LISTS[sort], pattern(one(ask.query, "search", "")), limit)
    return 200, [dict(zip(CUSTOMER, row)) for row in rows]


def parcels_of(ask):
    if not re.fullmatch("[0-9]{1,9}", ask.id) or str(int(ask.id)) != ask.id:
        raise Refusal(404, "nobody has this id")
    rows = query(
        """select p.id, p.sender, p.town, p.weight_g from customers c left join parcels p on p.sender = c.name
           where c.id = $1::int order by p.id""",
        ask.id,
    )
    if not rows:
        raise Refusal(404, "nobody has this id")
    return 200, [parcel_of(row) for row in rows if row[0] is not None]


def list_parcels(ask):
    ids = one(ask.query, "ids").split(",")
    if len(ids) > 50 or not all(re.fullmatch("[0-9]{1,100}", id) for id in ids):
        raise Refusal(422, "ids are 1 to 50 numbers")
    rows = query(
        "select id, sender, town, weight_g from parcels where id::numeric = any($1::numeric[]) order by id", ids
    )
    return 200, [parcel_of(row) for row in rows]


ROUTES = [
    ("POST", "/login", login),
    ("GET", "/customers", list_customers),
    ("POST", "/customers", add_customer),
    ("GET", "/customers/([^/]+)/parcels", parcels_of),
    ("GET", "/parcels", list_parcels),
]


class Ask:
    body = query = id = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read_body(self, raw):
        if self.headers.get("Content-Type", "").lower().split(";")[0].strip() != "application/json":
            raise Refusal(415, "JSON, please")
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refusal(400, "this is no JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "this is no object")
        return body

    def route(self, raw):
        parts = urlsplit(self.path)
        ask = Ask()
        try:
            path = unquote(parts.path, errors="strict")
            ask.query = parse_qs(parts.query, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise Refusal(400, "this cannot be read") from None
        method = "GET" if self.command == "HEAD" else self.command
        here = [(route, re.fullmatch(route[1], path)) for route in ROUTES]
        here = [(route, match) for route, match in here if match]
        if not here:
            raise Refusal(404, "nothing here")
        mine = [(route, match) for route, match in here if route[0] == method]
        if not mine:
            raise Refusal(405, "not so", Allow=", ".join(route[0] for route, _ in here))
        (_, _, act), match = mine[0]
        ask.id = match[1] if match.groups() else None
        if method == "POST":
            ask.body = self.read_body(raw)
        return act(ask)

    def respond(self):
        size = self.headers.get("Content-Length", "")
        raw = self.rfile.read(int(size) if size.isdecimal() else 0)
        headers = {}
        try:
            status, body = self.route(raw)
        except Refusal as refusal:
            status, body, headers = refusal.status, {"detail": refusal.text}, refusal.headers
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            status, body = 500, {"detail": "try again later"}
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    pool = Pool(os.environ["DATABASE_URL"], size=6)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
