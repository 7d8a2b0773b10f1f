"""Pelican Post's parcels: who may see them."""

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
PERMS = ("view", "redirect", "share")


class Refusal(Exception):
    def __init__(self, status, text, **headers):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


def is_number(text):
    return bool(re.fullmatch("[0-9]{1,9}", text)) and str(int(text)) == text


def parcel_of(row):
    return dict(zip(("id", "ownerId", "destination"), row))


# ---- who may do what

GIVEN = """select parcel_id, perm from parcel_acl
  where kind = 'user' and subject_id = $1 or kind = 'group' and subject_id = any($2::int[])"""

VISIBLE = f"""select id, owner_id, destination from parcels where owner_id = $1
  union
  select id, owner_id, destination from parcels
  join ({GIVEN}) as given on given.parcel_id = parcels.id and given.perm = 'view'"""


def access(ask, need):
    """The parcel and the caller's permissions; what is hidden is not there."""
    rows = query("select id, owner_id, destination from parcels where id = $1", ask.id) if is_number(ask.id) else []
    perms = set()
    if rows and rows[0][1] == ask.me:
        perms = set(PERMS)
    elif rows:
        given = query(f"select perm from ({GIVEN}) as given where parcel_id = $3", ask.me, ask.groups, ask.id)
        perms = {perm for (perm,) in given}
    if "view" not in perms:
        raise Refusal(404, "no such parcel")
    if need not in perms:
        raise Refusal(403, f"you lack {need}")
    return parcel_of(rows[0]), perms


# ---- lists


def number(ask, name, default, most):
    values = ask.query.get(name)
    if values is None:
        return default
    if not re.fullmatch("[0-9]+", values[0]) or int(values[0]) > most:
        raise Refusal(400, f"{name} is not right")
    return int(values[0])


def get_list(ask):
    limit = number(ask, "limit", 20, 100)
    if limit < 1:
        raise Refusal(400, "limit is not right")
    after = number(ask, "after", 0, 2**62)
    rows = query(
        f"select * from ({VISIBLE}) as visible where id > $3::bigint order by id limit $4::int",
        ask.me,
        ask.groups,
        after,
        limit,
    )
    ((total,),) = query(f"select count(*) from ({VISIBLE}) as visible", ask.me, ask.groups)
    return 200, {"total": int(total), "items": [parcel_of(row) for row in rows]}


def post_lookup(ask):
    ids = ask.body.get("ids")
    if not isinstance(ids, list) or len(ids) > 1000:
        raise Refusal(422, "ids must be a list of at most 1000")
    known = [one for one in ids if isinstance(one, str) and is_number(one)]
    rows = query(
        f"select * from ({VISIBLE}) as visible where id = any($3::int[])", ask.me, ask.groups, known
    )
    return 200, [parcel_of(row) for row in rows]


# ---- one parcel


def get_parcel(ask):
    return 200, access(ask, "view")[0]


def get_scans(ask):
    access(ask, "view")
    rows = query("select id, place from scans where parcel_id = $1 order by id", ask.id)
    return 200, [{"place": place, "id": own} for own, place in rows]


def get_label(ask):
    access(ask, "view")
    ((label,),) = query("select label from parcels where id = $1", ask.id)
    return 200, {"label": label}


def patch_parcel(ask):
    parcel, _ = access(ask, "redirect")
    destination = ask.body.get("destination")
    if not isinstance(destination, str) or not 0 < len(destination) <= 100:
        raise Refusal(400, "destination must be a text of 1 to 100 characters")
    query("update parcels set destination = $1 where id = $2", destination, ask.id)
    return 200, {**parcel, "destination": destination}


# ---- entries


def get_acl(ask):
    access(ask, "share")
    entries = {}
    for kind, subject, perm in query("select kind, subject_id, perm from parcel_acl where parcel_id = $1", ask.id):
        entries.setdefault(f"{kind}:{subject}", []).append(perm)
    return 200, [{"to": to, "perms": perms} for to, perms in entries.items()]


def subject(ask):
    kind, _, own = ask.to.partition(":")
    table = {"user": "users", "group": "groups"}.get(kind)
    if not table or not is_number(own) or not query(f"select 1 from {table} where id = $1", own):
        raise Refusal(404, "no such user or group")
    return kind, own


def put_entry(ask):
    _, held = access(ask, "share")
    perms = ask.body.get("perms")
    if not isinstance(perms, list) or not perms or any(one not in PERMS for one in perms if isinstance(one, str)):
        raise Refusal(400, "perms are not right")
    if any(not isinstance(one, str) for one in perms) or len(set(perms)) < len(perms):
        raise Refusal(400, "perms are not right")
    if not held.issuperset(perms):
        raise Refusal(403, "you cannot give what you do not have")
    kind, own = subject(ask)
    with pool.connection() as connection:
        connection.query("begin")
        connection.query("select pg_advisory_xact_lock(41, $1::int)", ask.id)
        connection.query(
            """delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3
               and perm <> all($4::text[])""",
            *(ask.id, kind, own, perms),
        )
        for perm in perms:
            connection.query(
                "insert into parcel_acl values ($1, $2, $3, $4) on conflict do nothing", ask.id, kind, own, perm
            )
        connection.query("commit")
    return 200, {"to": ask.to, "perms": perms}


def delete_entry(ask):
    access(ask, "share")
    kind, own = subject(ask)
    gone = query(
        "delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3 returning perm",
        *(ask.id, kind, own),
    )
    if not gone:
        raise Refusal(404, "no such entry")
    return 204, None


ROUTES = [
    ("GET", "/parcels", get_list),
    ("POST", "/parcels/lookup", post_lookup),
    ("GET", "/parcels/([^/]+)", get_parcel),
    ("PATCH", "/parcels/([^/]+)", patch_parcel),
    ("GET", "/parcels/([^/]+)/scans", get_scans),
    ("GET", "/parcels/([^/]+)/label", get_label),
    ("GET", "/parcels/([^/]+)/acl", get_acl),
    ("PUT", "/parcels/([^/]+)/acl/([^/]+)", put_entry),
    ("DELETE", "/parcels/([^/]+)/acl/([^/]+)", delete_entry),
]


class Ask:
    """A request: who asks, and about what."""


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
        parts = urlsplit(self.path)
        try:
            path = unquote(parts.path, errors="strict")
        except UnicodeDecodeError:
            raise Refusal(400, "this path cannot be read") from None
        ask = Ask()
        ask.query = parse_qs(parts.query, keep_blank_values=True)
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        found = query("select id from users where token = $1", token) if scheme == "Bearer" else []
        if not found:
            raise Refusal(401, "who are you?")
        ask.me = found[0][0]
        ask.groups = [group for (group,) in query("select group_id from group_members where user_id = $1", ask.me)]
        method = "GET" if self.command == "HEAD" else self.command
        here = [(route, re.fullmatch(route[1], path)) for route in ROUTES]
        here = [(route, match) for route, match in here if match]
        if not here:
            raise Refusal(404, "nothing here")
        mine = [(route, match) for route, match in here if route[0] == method]
        if not mine:
            raise Refusal(405, "not so", Allow=", ".join(route[0] for route, _ in here))
        (_, _, act), match = mine[0]
        ask.id, ask.to = (*match.groups(), "", "")[:2]
        if method in ("POST", "PUT", "PATCH"):
            ask.body = self.read_body()
        return act(ask)

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
