"""Pelican Post's depots."""

import json
import os
import re
import signal
import sys
import threading
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from postgres import Pool, PostgresError


class Refusal(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Session:
    """A connection in a transaction. Nothing stays of it unless `commit` is called."""

    pool = None

    def __init__(self, connection):
        self.connection = connection

    @classmethod
    @contextmanager
    def open(cls):
        with cls.pool.connection() as connection:
            # Ends the transaction of whoever had the connection before.
            connection.query("ROLLBACK")
            connection.query("BEGIN")
            yield cls(connection)

    def query(self, sql, *values):
        return self.connection.query(sql, *values)

    def commit(self):
        self.connection.query("COMMIT")


class Record:
    """A row; each class says its table, and its columns with what makes Python of their texts."""

    table = ""
    columns = {}

    @classmethod
    def where(cls, session, condition, *values, tail=""):
        names = ", ".join(f"{cls.table}.{column}" for column in cls.columns)
        rows = session.query(f"SELECT {names} FROM {cls.table} {condition} {tail}", *values)
        return [cls(row) for row in rows]

    def __init__(self, row):
        for (name, convert), text in zip(self.columns.items(), row):
            setattr(self, name, None if text is None else convert(text))


def when(text):
    # 2026-03-08 06:05:00+05:45, or +00
    at = text.replace(" ", "T")
    return at if re.search(r"[+-]\d\d:\d\d$", at) else at + ":00"


class Depot(Record):
    table = "depots"
    columns = {"id": int, "name": str, "city": str, "opened_on": str}


class Parcel(Record):
    table = "parcels"
    columns = {
        "id": int,
        "code": str,
        "depot_id": int,
        "status": str,
        "weight_kg": Decimal,
        "price_cents": int,
        "version": int,
        "deleted_at": str,
    }

    def json(self):
        return {
            "code": self.code,
            "status": self.status,
            "weightKg": float(self.weight_kg),
            "priceCents": self.price_cents,
            "version": self.version,
            "scans": [],
            "tags": [],
        }


class Scan(Record):
    table = "scans"
    columns = {"parcel_id": int, "kind": str, "at": when}


class Label(Record):
    """A tag on a parcel."""

    table = "parcel_tags JOIN tags ON tags.id = tag_id"
    columns = {"parcel_id": int, "name": str}

    @classmethod
    def where(cls, session, condition, *values, tail=""):
        return [cls(row) for row in session.query(f"SELECT parcel_id, name FROM {cls.table} {condition}", *values)]


ORDERS = (None, "name", "-name", "city", "-city")


def whole(query, name, otherwise, least, most):
    text = query.get(name, [None])[0]
    if text is None:
        return otherwise
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise Refusal(422, f"{name} is a whole number from {least} to {most}")
    return int(text)


def list_depots(query, _):
    limit = whole(query, "limit", 20, 1, 100)
    offset = whole(query, "offset", 0, 0, 10**9)
    sort = query.get("sort", [None])[0]
    if sort not in ORDERS:
        raise Refusal(400, "sort is one of name, -name, city and -city")
    order = "id"
    if sort:
        order = sort.lstrip("-") + (" DESC" if sort[0] == "-" else "") + ", id"
    with Session.open() as session:
        depots = Depot.where(session, f"ORDER BY {order} LIMIT {limit} OFFSET {offset}")
        ids = [depot.id for depot in depots]
        parcels = Parcel.where(session, "WHERE deleted_at IS NULL AND depot_id = ANY($1)", ids)
        of_parcels = [parcel.id for parcel in parcels]
        scans = Scan.where(session, "WHERE parcel_id = ANY($1)", of_parcels)
        labels = Label.where(session, "WHERE parcel_id = ANY($1)", of_parcels)
    shown = {parcel.id: parcel.json() for parcel in parcels}
    for scan in scans:
        shown[scan.parcel_id]["scans"].append({"at": scan.at, "kind": scan.kind})
    for label in labels:
        shown[label.parcel_id]["tags"].append(label.name)
    body = []
    for depot in depots:
        own = [shown[parcel.id] for parcel in parcels if parcel.depot_id == depot.id]
        body.append(
            {"id": depot.id, "name": depot.name, "city": depot.city, "openedOn": depot.opened_on, "parcels": own}
        )
    return 200, {"depots": body}


def known_depot(session, depot_id, status):
    found = Depot.where(session, "WHERE id = $1", depot_id) if abs(int(depot_id)) < 2**31 else []
    if not found:
        raise Refusal(status, f"there is no depot {depot_id}")


def depot_stats(_, __, depot_id):
    with Session.open() as session:
        known_depot(session, depot_id, 404)
        parcels = Parcel.where(session, "WHERE depot_id = $1 AND deleted_at IS NULL", depot_id)
        ids = [parcel.id for parcel in parcels]
        ((scans,),) = session.query("SELECT count(*) FROM scans WHERE parcel_id = ANY($1)", ids)
    revenue = sum(parcel.price_cents for parcel in parcels)
    return 200, {"parcels": len(parcels), "scans": int(scans), "revenueCents": revenue}


def move(_, body, depot_id):
    with Session.open() as session:
        known_depot(session, depot_id, 404)
        known_depot(session, body["to"], 422)
        parcels = Parcel.where(session, "WHERE code = ANY($1)", body["codes"], tail="FOR UPDATE NOWAIT")
        here = [p for p in parcels if p.depot_id == int(depot_id) and p.deleted_at is None]
        if len(here) != len(body["codes"]):
            raise Refusal(409, "not all of these can be moved")
        for parcel in here:
            session.query("INSERT INTO scans (parcel_id, kind) VALUES ($1, 'moved')", parcel.id)
        ids = [parcel.id for parcel in here]
        session.query("UPDATE parcels SET depot_id = $1 WHERE id = ANY($2)", body["to"], ids)
        session.commit()
    return 200, {"moved": len(here), "to": body["to"]}


FIELDS = {"status": "status", "weightKg": "weight_kg", "priceCents": "price_cents"}


def change(_, body, code):
    unknown = set(body) - set(FIELDS) - {"version"}
    if unknown or not isinstance(body.get("version"), int):
        raise Refusal(422, f"version is needed, and there is no {unknown or 'other way'}")
    with Session.open() as session:
        found = Parcel.where(
            session, "WHERE code = $1 AND deleted_at IS NULL", code, tail="FOR NO KEY UPDATE NOWAIT"
        )
        if not found:
            raise Refusal(404, "there is no such parcel")
        parcel = found[0]
        if parcel.version != body["version"]:
            raise Refusal(409, f"it is version {parcel.version}")
        for field in FIELDS.keys() & body.keys():
            sql = f"UPDATE parcels SET {FIELDS[field]} = $1 WHERE id = $2"
            session.query(sql, body[field], parcel.id)
        session.query("UPDATE parcels SET version = version + 1 WHERE id = $1", parcel.id)
        session.commit()
    return 200, {"code": code, "version": parcel.version + 1}


def create(_, body):
    if any(not 1 <= len(tag) <= 30 for tag in body["tags"]):
        raise Refusal(422, "a tag has 1 to 30 characters")
    with Session.open() as session:
        known_depot(session, body["depotId"], 422)
        # Nobody else makes tags until this one is through.
        session.query("LOCK TABLE tags IN SHARE ROW EXCLUSIVE MODE")
        known = {name for (name,) in session.query("SELECT name FROM tags WHERE name = ANY($1)", body["tags"])}
        for tag in body["tags"]:
            if tag not in known:
                session.query("INSERT INTO tags (name) VALUES ($1)", tag)
        sql = """INSERT INTO parcels (code, depot_id, weight_kg, price_cents)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO NOTHING RETURNING id, version"""
        made = session.query(sql, body["code"], body["depotId"], body["weightKg"], body["priceCents"])
        if not made:
            raise Refusal(409, "this code is taken")
        sql = "INSERT INTO parcel_tags SELECT $1, id FROM tags WHERE name = ANY($2)"
        session.query(sql, made[0][0], body["tags"])
        session.commit()
    return 201, {"code": body["code"], "version": int(made[0][1]), "status": "registered"}


ROUTES = [
    ("GET", r"/depots", list_depots),
    ("GET", r"/depots/(\d{1,12})/stats", depot_stats),
    ("POST", r"/depots/(\d{1,12})/move", move),
    ("PATCH", r"/parcels/([^/]+)", change),
    ("POST", r"/parcels", create),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def respond(self):
        size = self.headers.get("Content-Length", "")
        raw = self.rfile.read(int(size) if size.isdecimal() else 0)
        try:
            status, body = self.route(raw)
        except Refusal as refusal:
            status, body = refusal.status, {"title": str(refusal)}
        except PostgresError as error:
            # Somebody else is at the same rows.
            status = 409 if error.code in ("55P03", "40P01") else 500
            body = {"title": "try again" if status == 409 else "something went wrong"}
            print(error, file=sys.stderr, flush=True)
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = respond

    def route(self, raw):
        url = urlsplit(self.path)
        for method, pattern, handler in ROUTES:
            match = re.fullmatch(pattern, url.path)
            if match and method == self.command:
                try:
                    body = json.loads(raw) if raw else {}
                except ValueError:
                    raise Refusal(400, "this is not JSON") from None
                query = parse_qs(url.query, keep_blank_values=True)
                return handler(query, body, *map(unquote, match.groups()))
        raise Refusal(404, "there is nothing here")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    Session.pool = Pool(os.environ["DATABASE_URL"], size=4)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
