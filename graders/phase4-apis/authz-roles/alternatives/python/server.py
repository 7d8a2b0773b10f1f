"""Pelican Post's office: who may do what."""

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from postgres import Pool

pool = None
SECRET = os.environ["JWT_SECRET"].encode()
ROLES = ("customer", "courier", "dispatcher", "admin")


class Refusal(Exception):
    def __init__(self, status, text, **headers):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


# ---- tokens


def unpack(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def subject(header):
    """The sub of a token that is right, or None."""
    try:
        scheme, token = header.split(" ")
        head, payload, signature = token.split(".")
        if scheme != "Bearer" or json.loads(unpack(head)).get("alg") != "HS256":
            return None
        wanted = hmac.digest(SECRET, f"{head}.{payload}".encode(), "sha256")
        if not hmac.compare_digest(wanted, unpack(signature)):
            return None
        claims = json.loads(unpack(payload))
        return claims["sub"] if claims["exp"] > time.time() else None
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


# ---- rows


def user_of(row):
    return {"roles": row[2].split(",") if row[2] else [], "name": row[1], "id": row[0]}


USERS = """select u.id, u.name, string_agg(r.role, ',') from users u left join user_roles r on r.user_id = u.id
  where $1::int is null or u.id = $1::int group by u.id"""


def users(only=None):
    return [user_of(row) for row in query(USERS, only)]


def parcel_of(row):
    names = ("id", "customerId", "courierId", "address", "status")
    return dict(zip(names, row))


def parcels(where="true", *values):
    sql = f"select id, customer_id, courier_id, address, status from parcels where {where}"
    return [parcel_of(row) for row in query(sql, *values)]


def is_number(text):
    return re.fullmatch("[0-9]{1,9}", text) and str(int(text)) == text


def parcel(ask):
    found = parcels("id = $1", ask.id) if is_number(ask.id) else []
    if not found:
        raise Refusal(404, "no such parcel")
    return found[0]


def field(ask, name, fits):
    value = ask.body.get(name)
    if not fits(value):
        raise Refusal(400, f"{name} is not right")
    return value


def is_text(most):
    return lambda value: isinstance(value, str) and 0 < len(value) <= most


# ---- what each request does; `ask.way` is "all" or the columns that make a parcel the caller's own


def is_own(ask, one):
    return ask.way == "all" or any(one[name] == ask.me["id"] for name in ask.way)


def owned(ask):
    one = parcel(ask)
    if not is_own(ask, one):
        raise Refusal(403, "this is not yours to do")
    return one


def get_me(ask):
    return 200, ask.me


def patch_me(ask):
    name = field(ask, "name", is_text(60))
    query("update users set name = $1 where id = $2", name, ask.me["id"])
    return 200, {**ask.me, "name": name}


def post_parcel(ask):
    address = field(ask, "address", is_text(100))
    (row,) = query(
        "insert into parcels (customer_id, address) values ($1, $2) returning id", ask.me["id"], address
    )
    return 201, parcels("id = $1", row[0])[0]


def get_parcels(ask):
    return 200, [one for one in parcels() if is_own(ask, one)]


def get_parcel(ask):
    return 200, owned(ask)


def patch_parcel(ask):
    owned(ask)
    query("update parcels set address = $1 where id = $2", field(ask, "address", is_text(100)), ask.id)
    return 200, parcel(ask)


def delete_parcel(ask):
    owned(ask)
    query("delete from parcels where id = $1", ask.id)
    return 204, None


def put_status(ask):
    owned(ask)
    status = field(ask, "status", lambda value: value in ("waiting", "moving", "delivered"))
    query("update parcels set status = $1 where id = $2", status, ask.id)
    return 200, parcel(ask)


def put_courier(ask):
    owned(ask)
    courier = field(ask, "courierId", lambda value: isinstance(value, str) and is_number(value))
    if not query("select 1 from user_roles where user_id = $1 and role = 'courier'", courier):
        raise Refusal(409, "this is no courier")
    query("update parcels set courier_id = $1 where id = $2", courier, ask.id)
    return 200, parcel(ask)


def get_couriers(_):
    return 200, [one for one in users() if "courier" in one["roles"]]


def post_user(ask):
    name = field(ask, "name", is_text(60))
    with pool.connection() as connection:
        connection.query("begin")
        ((made,),) = connection.query("insert into users (name) values ($1) returning id", name)
        connection.query("insert into user_roles values ($1, 'customer')", made)
        connection.query("commit")
    return 201, {"id": made, "name": name, "roles": ["customer"]}


def put_roles(ask):
    def fits(value):
        return (
            isinstance(value, list)
            and all(isinstance(one, str) and one in ROLES for one in value)
            and len(set(value)) == len(value)
        )

    roles = field(ask, "roles", fits)
    if not is_number(ask.id) or not users(ask.id):
        raise Refusal(404, "no such user")
    with pool.connection() as connection:
        connection.query("begin")
        connection.query("select pg_advisory_xact_lock(4040)")
        others = "select 1 from user_roles where role = 'admin' and user_id <> $1"
        if "admin" not in roles and not connection.query(others, ask.id):
            connection.query("rollback")
            raise Refusal(409, "nobody would be admin")
        connection.query("delete from user_roles where user_id = $1", ask.id)
        for role in roles:
            connection.query("insert into user_roles values ($1, $2)", ask.id, role)
        connection.query("commit")
    return 200, users(ask.id)[0]


def get_users(_):
    return 200, users()


def get_export(_):
    return 200, {"parcels": parcels(), "users": users(), "version": 1}


ANYBODY = object()
CUSTOMER, COURIER = ("customer", "customerId"), ("courier", "courierId")
ROUTES = [
    ("GET", "/me", get_me, ANYBODY),
    ("PATCH", "/me", patch_me, ANYBODY),
    ("POST", "/parcels", post_parcel, ["customer"]),
    ("GET", "/parcels", get_parcels, [CUSTOMER, COURIER, "dispatcher", "admin"]),
    ("GET", "/parcels/([^/]+)", get_parcel, [CUSTOMER, COURIER, "dispatcher", "admin"]),
    ("PATCH", "/parcels/([^/]+)", patch_parcel, [CUSTOMER, "dispatcher"]),
    ("DELETE", "/parcels/([^/]+)", delete_parcel, [CUSTOMER, "admin"]),
    ("PUT", "/parcels/([^/]+)/status", put_status, [COURIER, "dispatcher"]),
    ("PUT", "/parcels/([^/]+)/courier", put_courier, ["dispatcher"]),
    ("GET", "/couriers", get_couriers, ["dispatcher", "admin"]),
    ("POST", "/users", post_user, ["dispatcher", "admin"]),
    ("PUT", "/users/([^/]+)/roles", put_roles, ["admin"]),
    ("GET", "/admin/users", get_users, ["admin"]),
    ("GET", "/admin/export", get_export, ["admin"]),
]


class Ask:
    """A request: who asks, about what, and how far their roles go."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def read_body(self):
        if self.headers.get("Content-Type", "").lower().split(";")[0].strip() != "application/json":
            raise Refusal(415, "JSON, please")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise Refusal(400, "this is no JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "this is no object")
        return body

    def route(self):
        try:
            path = unquote(urlsplit(self.path).path, errors="strict")
        except UnicodeDecodeError:
            raise Refusal(400, "this path cannot be read") from None
        ask = Ask()
        sub = subject(self.headers.get("Authorization", ""))
        found = users(sub) if isinstance(sub, str) and is_number(sub) else []
        if not found:
            raise Refusal(401, "who are you?")
        ask.me = found[0]
        method = "GET" if self.command == "HEAD" else self.command
        here = [(route, re.fullmatch(route[1], path)) for route in ROUTES]
        here = [(route, match) for route, match in here if match]
        if not here:
            raise Refusal(404, "nothing here")
        mine = [(route, match) for route, match in here if route[0] == method]
        if not mine:
            raise Refusal(405, "not so", Allow=", ".join(route[0] for route, _ in here))
        (_, _, act, grants), match = mine[0]
        ask.id = match[1] if match.groups() else None
        ask.way = "all" if grants is ANYBODY else self.way(ask.me["roles"], grants)
        if not ask.way:
            raise Refusal(403, "this is not for you")
        if method in ("POST", "PUT", "PATCH"):
            ask.body = self.read_body()
        return act(ask)

    @staticmethod
    def way(roles, grants):
        if any(role in grants for role in roles):
            return "all"
        return [grant[1] for grant in grants if isinstance(grant, tuple) and grant[0] in roles]

    def respond(self):
        size = self.headers.get("Content-Length", "")
        self.raw = self.rfile.read(int(size) if size.isdecimal() else 0)
        headers = {}
        try:
            status, body = self.route()
        except Refusal as refusal:
            status, body, headers = refusal.status, {"detail": refusal.text}, refusal.headers
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            status, body = 500, {"detail": "try again later"}
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if body is not None:
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
    pool = Pool(os.environ["DATABASE_URL"], size=6)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
