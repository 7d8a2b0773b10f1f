"""Pelican Post's shipments."""

import json
import os
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from postgres import Pool, PostgresError

pool = None


class Refusal(Exception):
    def __init__(self, status, title, headers=None, **more):
        super().__init__(title)
        self.status = status
        self.headers = headers or {}
        self.body = {"type": "about:blank", "title": title, "status": status, **more}


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


# ---- fields


def is_text(least, most):
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def is_one_of(*words):
    return lambda value: isinstance(value, str) and value in words


CHECKS = {
    "ref": lambda value: isinstance(value, str) and re.fullmatch("[A-Z]{3}-[0-9]{1,8}", value),
    "weightG": lambda value: type(value) is int and 1 <= value <= 30000,
    "status": is_one_of("new", "moving", "delivered", "cancelled"),
    "depot": is_text(1, 60),
    "note": lambda value: value is None or is_text(0, 500)(value),
    "kind": is_one_of("arrived", "departed", "damaged"),
}
COLUMNS = {"ref": "ref", "weightG": "weight_g", "status": "status", "depot": "depot", "note": "note"}
MOVES = {("new", "moving"), ("new", "cancelled"), ("moving", "delivered"), ("moving", "cancelled")}


def checked(body, required, optional=()):
    bad = [name for name in required if name not in body]
    bad += [name for name in (*required, *optional) if name in body and not CHECKS[name](body[name])]
    if bad:
        raise Refusal(422, "check these fields", errors=[{"field": name, "code": "invalid"} for name in bad])
    return {name: body[name] for name in (*required, *optional) if name in body}


# ---- rows


def moment(text):
    at = text.replace(" ", "T")
    return at if re.search(r"[+-]\d\d:\d\d$", at) else at + ":00"


SELECT = "id, ref, weight_g, status, depot, note, version, created_at, updated_at"


class Shipment:
    def __init__(self, row):
        self.id, self.ref, weight, self.status, self.depot, self.note, self.version, self.created, self.updated = row
        self.weight = int(weight)
        self.tag = f'W/"{self.version}.{re.sub("[^0-9]", "", self.updated)}"'

    def json(self):
        return {
            "updatedAt": moment(self.updated),
            "createdAt": moment(self.created),
            "note": self.note,
            "depot": self.depot,
            "status": self.status,
            "weightG": self.weight,
            "ref": self.ref,
            "id": int(self.id),
        }


def found(id):
    rows = query(f"SELECT {SELECT} FROM shipments WHERE id = $1", id)
    if not rows:
        raise Refusal(404, "there is no such shipment")
    return Shipment(rows[0])


TAGS = re.compile(r'(?:W/)?("[^"]*")')


def fits(header, tag):
    return header.strip() == "*" or TAGS.fullmatch(tag).group(1) in TAGS.findall(header)


def matched(request, id):
    """The shipment as the client has read it."""
    shipment = found(id)
    header = request.headers.get("If-Match")
    if header is None:
        raise Refusal(428, "If-Match is missing")
    if not fits(header, shipment.tag):
        raise Refusal(412, "it has changed meanwhile")
    return shipment


# ---- routes


def list_shipments(request):
    clauses, values = ["true"], []
    for name in ("status", "depot"):
        if name in request.query:
            values.append(request.query[name][-1])
            clauses.append(f"{name} = ${len(values)}")
    rows = query(f"SELECT {SELECT} FROM shipments WHERE {' AND '.join(clauses)} ORDER BY id", *values)
    return 200, [Shipment(row).json() for row in rows], {}


def create(request):
    fields = checked(request.json(), ("ref", "weightG", "depot"), ("note",))
    sql = f"""INSERT INTO shipments (ref, weight_g, depot, note) VALUES ($1, $2, $3, $4)
              ON CONFLICT (ref) DO NOTHING RETURNING {SELECT}"""
    rows = query(sql, fields["ref"], fields["weightG"], fields["depot"], fields.get("note"))
    if not rows:
        raise Refusal(409, "this ref is taken")
    shipment = Shipment(rows[0])
    return 201, shipment.json(), {"Location": f"/shipments/{shipment.id}"}


def read(request, id):
    shipment = found(id)
    known = request.headers.get("If-None-Match")
    if known is not None and fits(known, shipment.tag):
        return 304, None, {"ETag": shipment.tag}
    return 200, shipment.json(), {"ETag": shipment.tag}


def change(request, id, fields):
    while True:
        old = matched(request, id)
        status = fields.get("status", old.status)
        if status != old.status and (old.status, status) not in MOVES:
            raise Refusal(409, f"it is {old.status} and stays so")
        values = [fields[name] for name in fields]
        settings = [f"{COLUMNS[name]} = ${at + 3}" for at, name in enumerate(fields)]
        settings += ["version = version + 1", "updated_at = now()"]
        sql = f"UPDATE shipments SET {', '.join(settings)} WHERE id = $1 AND version = $2 RETURNING {SELECT}"
        try:
            rows = query(sql, id, old.version, *values)
        except PostgresError as error:
            if error.code == "23505":
                raise Refusal(409, "this ref is taken") from None
            raise
        if rows:
            return 200, Shipment(rows[0]).json(), {}
        # Somebody was faster. With a tag that is the end of it; `*` fits the new state too.


def replace(request, id):
    fields = checked(request.json(), ("ref", "weightG", "status", "depot"), ("note",))
    return change(request, id, {"note": None, **fields})


def patch(request, id):
    types = ("application/json", "application/merge-patch+json")
    return change(request, id, checked(request.json(types), (), tuple(COLUMNS)))


def delete(request, id):
    while True:
        old = matched(request, id)
        if query("DELETE FROM shipments WHERE id = $1 AND version = $2 RETURNING 1", id, old.version):
            return 204, None, {}


def list_scans(_, id):
    found(id)
    rows = query("SELECT id, kind, depot, at FROM scans WHERE shipment_id = $1 ORDER BY id", id)
    return 200, [{"id": int(row[0]), "kind": row[1], "depot": row[2], "at": moment(row[3])} for row in rows], {}


def scan(request, id):
    fields = checked(request.json(), ("kind", "depot"))
    # One statement looks and stores; the lock keeps the shipment until both are done.
    sql = """WITH known AS (SELECT id FROM shipments WHERE id = $1 AND status <> 'cancelled' FOR SHARE)
             INSERT INTO scans (shipment_id, kind, depot) SELECT id, $2, $3 FROM known RETURNING id, at"""
    rows = query(sql, id, fields["kind"], fields["depot"])
    if not rows:
        found(id)
        raise Refusal(409, "it is cancelled")
    return 201, {**fields, "id": int(rows[0][0]), "at": moment(rows[0][1])}, {}


ROUTES = [
    (r"/shipments", {"GET": list_shipments, "POST": create}),
    (r"/shipments/([^/]*)", {"GET": read, "PUT": replace, "PATCH": patch, "DELETE": delete}),
    (r"/shipments/([^/]*)/scans", {"GET": list_scans, "POST": scan}),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def json(self, types=("application/json",)):
        kind = self.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind not in types:
            raise Refusal(415, f"send {types[-1]}")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise Refusal(400, "this is not JSON") from None
        if not isinstance(body, dict):
            raise Refusal(422, "this is no object")
        return body

    def route(self):
        url = urlsplit(self.path)
        self.query = parse_qs(url.query, keep_blank_values=True)
        for pattern, methods in ROUTES:
            match = re.fullmatch(pattern, url.path)
            if not match:
                continue
            allowed = [*methods, "HEAD"]
            method = "GET" if self.command == "HEAD" else self.command
            if method not in methods:
                raise Refusal(405, "not this method", {"Allow": ", ".join(allowed)})
            ids = [unquote(text, errors="replace") for text in match.groups()]
            if any(not re.fullmatch("[1-9][0-9]{0,18}", id) or int(id) >= 2**63 for id in ids):
                raise Refusal(404, "there is no such shipment")
            return methods[method](self, *ids)
        raise Refusal(404, "there is nothing here")

    def respond(self):
        size = self.headers.get("Content-Length", "")
        self.raw = self.rfile.read(int(size) if size.isdecimal() else 0)
        kind = "application/json"
        try:
            status, body, headers = self.route()
        except Exception as error:
            if not isinstance(error, Refusal):
                print(repr(error), file=sys.stderr, flush=True)
                away = isinstance(error, OSError)
                error = Refusal(503 if away else 500, "try again later")
            status, body, headers, kind = error.status, error.body, error.headers, "application/problem+json"
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", kind)
        if status not in (204, 304):
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
