"""Pelican Post's booking desk: nothing is believed."""

import json
import os
import re
import signal
import sys
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from postgres import Pool

pool = None
MOST = 64 * 1024
OWN = {"__proto__", "constructor", "prototype"}
BLANKS = " \t\r\n"


class Refusal(Exception):
    def __init__(self, status, text, errors=None, **headers):
        super().__init__(text)
        self.status, self.text, self.errors, self.headers = status, text, errors, headers


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


# ------------------------------------------------------------ rules: each returns a value, or raises Wrong


class Wrong(Exception):
    pass


def need(fits, text):
    if not fits:
        raise Wrong(text)


def text(most, least=0, trim=False):
    def read(value):
        need(isinstance(value, str), "must be a text")
        value = value.strip(BLANKS) if trim else value
        need(least <= len(value) <= most, f"must have {least} to {most} characters")
        need("\0" not in value, "must not hold U+0000")
        return value

    return read


def matching(pattern, what):
    def read(value):
        need(isinstance(value, str) and re.fullmatch(pattern, value), what)
        return value

    return read


def email(value):
    value = text(254, 1, True)(value)
    need(value.isascii() and value.count("@") == 1, "must be an address")
    local, domain = value.lower().split("@")
    parts = domain.split(".")
    need(all(re.fullmatch(r"[a-z0-9_+-]+", part) for part in local.split(".")), "must be an address")
    need(len(parts) > 1 and all(re.fullmatch(r"[a-z0-9-]+", part) for part in parts), "must be an address")
    need(re.fullmatch(r"[a-z]{2,}", parts[-1]), "must end with letters")
    return value.lower()


def day(first):
    def read(value):
        need(isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value), "must be a day")
        try:
            found = date.fromisoformat(value)
        except ValueError:
            raise Wrong("must be a day that exists") from None
        need(first <= found.year <= 2099, "must be in another year")
        return value

    return read


def whole(least, most):
    def read(value):
        need(type(value) is int, "must be a whole number")
        need(least <= value <= most, f"must be {least} to {most}")
        return value

    return read


def boolean(value):
    need(isinstance(value, bool), "must be true or false")
    return value


def one_of(*values):
    def read(value):
        need(isinstance(value, str) and value in values, "must be one of " + ", ".join(values))
        return value

    return read


def clearing(rule):
    return lambda value: None if value is None else rule(value)


depot = matching(r"[A-Z]{2}-[A-Z]{3}-[0-9]{2}", "must look like ES-VGO-01")
STOP = {"depot": depot, "date": day(2000), "note": text(100)}
BOOKING = {
    "depot": depot,
    "contact": email,
    "label": text(40, 1, True),
    "boxes": whole(1, 500),
    "size": one_of("S", "M", "L"),
    "express": boolean,
    "stops": None,
}
PROFILE = {
    "name": text(80, 1, True),
    "email": email,
    "birthday": clearing(day(1900)),
    "newsletter": boolean,
    "language": one_of("en", "es", "pt"),
}


def check(rules, value, optional, errors, base=(), strict=True):
    """The fields that the rules know; what is wrong goes to the errors."""
    kept = {}
    for name, rule in rules.items():
        if name not in value:
            if name not in optional:
                errors.append({"path": [*base, name], "message": "is missing"})
        elif rule:
            try:
                kept[name] = rule(value[name])
            except Wrong as wrong:
                errors.append({"path": [*base, name], "message": str(wrong)})
    if strict:
        for name in value:
            if name not in rules:
                errors.append({"path": [*base, name], "message": "is unknown"})
    return kept


def refuse(errors):
    if errors:
        raise Refusal(422, "some fields are wrong", errors)


def read_booking(body):
    errors = []
    kept = check(BOOKING, body, {"express"}, errors)
    stops = body.get("stops")
    kept["stops"] = []
    if not isinstance(stops, list) or not 1 <= len(stops) <= 10:
        if "stops" in body:
            errors.append({"path": ["stops"], "message": "must be 1 to 10 stops"})
        stops = []
    for index, stop in enumerate(stops):
        if isinstance(stop, dict):
            kept["stops"].append(check(STOP, stop, {"note"}, errors, ("stops", index)))
        else:
            errors.append({"path": ["stops", index], "message": "must be an object"})
    refuse(errors)
    return kept


def check_settings(value, path, errors):
    for name, inner in value.items():
        own = [*path, name]
        kind = type(inner)
        if name in OWN or not re.fullmatch(r"[a-z][A-Za-z0-9]{0,29}", name):
            errors.append({"path": own, "message": "is no name"})
        elif kind is dict:
            if len(own) >= 5:
                errors.append({"path": own, "message": "is too deep"})
            else:
                check_settings(inner, own, errors)
        elif kind is int:
            if abs(inner) > 1_000_000:
                errors.append({"path": own, "message": "is too large"})
        elif kind is str:
            if len(inner) > 200 or "\0" in inner:
                errors.append({"path": own, "message": "is no such text"})
        elif inner is not None and kind is not bool:
            errors.append({"path": own, "message": "is no value"})


def merge(old, new):
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value) if isinstance(value, dict) else value
    return result


# ------------------------------------------------------------ requests


def booking_of(row):
    id, depot, contact, label, boxes, size, express, stops = row
    return {
        "id": int(id),
        "depot": depot,
        "contact": contact,
        "label": label,
        "boxes": int(boxes),
        "size": size,
        "express": express == "t",
        "stops": json.loads(stops),
    }


COLUMNS = "id, depot, contact, label, boxes, size, express, stops"


def add_booking(ask):
    kept = read_booking(ask.body)
    values = [kept[name] for name in ("depot", "contact", "label", "boxes", "size")]
    express, stops = "t" if kept.get("express") else "f", json.dumps(kept["stops"])
    (row,) = query(
        f"""insert into bookings (depot, contact, label, boxes, size, express, stops)
            values ($1, $2, $3, $4::int, $5, $6::boolean, $7::jsonb) returning {COLUMNS}""",
        *values,
        express,
        stops,
    )
    return 201, booking_of(row)


def show_booking(ask):
    rows = query(f"select {COLUMNS} from bookings where id = $1::int", ask.id) if is_id(ask.id) else []
    if not rows:
        raise Refusal(404, "no booking has this id")
    return 200, booking_of(rows[0])


def is_id(text):
    return re.fullmatch("[1-9][0-9]{0,8}", text)


def show_profile(_):
    ((document,),) = query("select to_json(profiles) from profiles where id = 1")
    return 200, json.loads(document)


def change_profile(ask):
    errors = []
    kept = check(PROFILE, ask.body, PROFILE, errors, strict=False)
    refuse(errors)
    for name, value in kept.items():
        sent = {True: "t", False: "f"}[value] if isinstance(value, bool) else value
        query(f"update profiles set {name} = $1 where id = 1", sent)
    return show_profile(ask)


def stored():
    ((document,),) = query("select document from settings where id = 1")
    return json.loads(document)


def show_settings(_):
    return 200, stored()


def import_settings(ask):
    errors = []
    check_settings(ask.body, [], errors)
    refuse(errors)
    document = merge(stored(), ask.body)
    query("update settings set document = $1::jsonb where id = 1", json.dumps(document))
    return 200, document


def search(ask):
    rules = {
        "q": text(50, 1, True),
        "page": matching("[1-9][0-9]{0,2}|1000", "must be 1 to 1000"),
    }
    given = {name: values[0] for name, values in ask.query.items() if len(values) == 1}
    tags = ask.query.get("tags[]", [])
    errors = [{"path": name} for name in rules if len(ask.query.get(name, [])) > 1]
    kept = check(rules, given, {"page"}, errors, strict=False)
    if len(tags) > 5 or not all(re.fullmatch("[a-z]{1,20}", tag) for tag in tags):
        errors.append({"path": "tags", "message": "must be up to 5 words"})
    refuse(errors)
    page = int(kept.get("page", "1"))
    rows = query(
        """select id, name, to_json(tags) from depots where strpos(name, $1) > 0 and tags @> $2::text[]
           order by id limit 10 offset $3::int""",
        kept["q"],
        tags,
        page * 10 - 10,
    )
    return 200, {"page": page, "items": [{"id": int(id), "name": name, "tags": json.loads(tags)} for id, name, tags in rows]}


ROUTES = [
    ("POST", "/bookings", add_booking),
    ("GET", "/bookings/([^/]+)", show_booking),
    ("GET", "/profile", show_profile),
    ("PATCH", "/profile", change_profile),
    ("GET", "/settings", show_settings),
    ("POST", "/imports/json", import_settings),
    ("GET", "/search", search),
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
        except (ValueError, RecursionError):
            raise Refusal(400, "this is no JSON that can be read") from None
        if not isinstance(body, dict):
            raise Refusal(400, "this is no object")
        return body

    def route(self, raw):
        ask = Ask()
        try:
            parts = urlsplit(self.path)
            path = unquote(parts.path, errors="strict")
            ask.query = parse_qs(parts.query, keep_blank_values=True, errors="strict")
        except ValueError:
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
        if method in ("POST", "PATCH"):
            ask.body = self.read_body(raw)
        return act(ask)

    def respond(self):
        size = self.headers.get("Content-Length", "")
        size = int(size) if size.isdecimal() else 0
        headers = {}
        try:
            if size > MOST:
                # Nobody reads the rest: the connection cannot be used again.
                self.close_connection = True
                raise Refusal(413, "at most 64 KiB")
            status, body = self.route(self.rfile.read(size))
        except Refusal as refusal:
            status, body, headers = refusal.status, {"detail": refusal.text}, refusal.headers
            if refusal.errors:
                body["errors"] = refusal.errors
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            status, body = 500, {"detail": "try again later"}
        answer = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

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
