"""Pelican Post's parcels, and a log of JSON lines."""

import hashlib
import json
import os
import re
import secrets
import signal
import socket
import sys
import threading
import time
import traceback
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from postgres import Pool

LEVELS = {"debug": 10, "info": 20, "warn": 30, "error": 40, "fatal": 50}
LEAST = LEVELS.get(os.environ.get("LOG_LEVEL", "info"), 20)
here = threading.local()
mouth = threading.Lock()
pool = None


def log(level, msg, **fields):
    if LEVELS[level] < LEAST:
        return
    line = {"time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "level": level, "msg": msg}
    request_id = getattr(here, "request_id", None)
    if request_id:
        line["requestId"] = request_id
    line.update(fields)
    with mouth:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def told(error):
    """Only this error: neither its cause nor its context."""
    lines = traceback.format_exception(type(error), error, error.__traceback__, chain=False)
    return {"type": type(error).__name__, "stack": "".join(lines)}


class Refusal(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


class BankIsAway(Exception):
    pass


class ClientHasGone(Exception):
    pass


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


def text(body, name):
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise Refusal(422, f"{name} is a text of 1 to 200 characters")
    return value


def email_of(body):
    email = text(body, "email").lower()
    if not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
        raise Refusal(422, "this is no e-mail")
    return email


def digest_of(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=4096, r=8, p=1).hex()


def key_of(token):
    return hashlib.sha256(token.encode()).hexdigest()


def find(code):
    with pool.connection() as connection:
        log("debug", "loading parcel", code=code)
        rows = connection.query("select town from parcels where code = $1", code)
        log("debug", "parcel loaded", code=code, found=bool(rows))
    if not rows:
        raise Refusal(404, "no such parcel")
    return {"code": code, "town": rows[0][0]}


def register(ask):
    email, password, salt = email_of(ask.body), text(ask.body, "password"), secrets.token_hex(8)
    rows = query(
        """insert into customers (email, salt, digest) values ($1, $2, $3)
           on conflict do nothing returning id""",
        email,
        salt,
        digest_of(password, salt),
    )
    if not rows:
        raise Refusal(409, "there is such an account")
    return 201, {"id": int(rows[0][0]), "email": email}


def login(ask):
    email, password = email_of(ask.body), text(ask.body, "password")
    for id, salt, digest in query("select id, salt, digest from customers where email = $1", email):
        if secrets.compare_digest(digest, digest_of(password, salt)):
            token = secrets.token_urlsafe(24)
            query("insert into sessions values ($1, $2::int)", key_of(token), id)
            return 200, {"token": token}
    log("warn", "somebody could not log in", event="login_failed", emailDomain=email.rpartition("@")[2])
    raise Refusal(401, "wrong e-mail or password")


def me(ask):
    if not ask.user:
        raise Refusal(401, "log in first")
    return 200, ask.user


def add(ask):
    parcel = {"code": secrets.token_hex(8), "town": text(ask.body, "town")}
    query("insert into parcels values ($1, $2)", parcel["code"], parcel["town"])
    log("info", "parcel created", **parcel)
    return 201, parcel


def label(ask):
    parcel = find(ask.code)
    ms = ask.query.get("ms", ["0"])[0]
    time.sleep(min(int(ms) if ms.isdecimal() else 0, 5000) / 1000)
    return 200, {"label": parcel["town"], "code": parcel["code"]}


def pay(ask):
    card = ask.body.get("card")
    number = card.get("number") if isinstance(card, dict) else None
    if not isinstance(number, str) or not re.fullmatch("[0-9]{12,19}", number):
        raise Refusal(422, "card.number is a text of digits")
    find(ask.code)
    if number.endswith("0"):
        raise BankIsAway("no answer")
    return 200, {"paid": True}


def fall():
    raise RuntimeError("a drill")


def crash(ask):
    threading.Timer(0.1, fall).start()
    return 202, {}


ROUTES = [
    ("GET", "/livez", lambda ask: (200, {})),
    ("POST", "/customers", register),
    ("POST", "/login", login),
    ("GET", "/me", me),
    ("POST", "/parcels", add),
    ("GET", "/parcels/([^/]+)", lambda ask: (200, find(ask.code))),
    ("GET", "/parcels/([^/]+)/label", label),
    ("POST", "/parcels/([^/]+)/pay", pay),
    ("POST", "/crash", crash),
]


class Ask:
    body = code = user = None
    query = {}


class Busy:
    """How many requests are under way."""

    def __init__(self):
        self.count, self.changed = 0, threading.Condition()

    def add(self, number):
        with self.changed:
            self.count += number
            self.changed.notify_all()

    def wait(self, seconds):
        with self.changed:
            self.changed.wait_for(lambda: self.count == 0, seconds)


busy = Busy()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def parse_request(self):
        self.begun = time.perf_counter()
        return super().parse_request()

    def is_there(self):
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def read_body(self):
        size = self.headers.get("Content-Length", "")
        size = int(size) if size.isdecimal() else 0
        try:
            raw = self.rfile.read(size)
        except OSError:
            raise ClientHasGone from None
        if len(raw) < size:
            raise ClientHasGone
        return raw

    def parse(self, raw):
        if self.headers.get("Content-Type", "").lower().split(";")[0].strip() != "application/json":
            raise Refusal(415, "JSON, please")
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refusal(400, "this is no JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "this is no object")
        return body

    def who(self, parts):
        bearer = re.fullmatch(r"(?i)Bearer (\S+)", self.headers.get("Authorization", ""))
        token = bearer[1] if bearer else parse_qs(parts.query).get("token", [None])[0]
        if not token:
            return None
        rows = query(
            "select id, email from customers join sessions on customer = id where sessions.digest = $1", key_of(token)
        )
        return {"id": int(rows[0][0]), "email": rows[0][1]} if rows else None

    def route(self, ask, parts, raw):
        path = parts.path
        ask.query = parse_qs(parts.query)
        ask.user = self.who(parts)
        method = "GET" if self.command == "HEAD" else self.command
        here_ = [(route, re.fullmatch(route[1], path)) for route in ROUTES]
        here_ = [(route, match) for route, match in here_ if match]
        if not here_:
            raise Refusal(404, "nothing here")
        mine = [(route, match) for route, match in here_ if route[0] == method]
        if not mine:
            raise Refusal(405, "not so")
        (_, _, act), match = mine[0]
        if match.groups():
            try:
                ask.code = unquote(match[1], errors="strict")
            except UnicodeDecodeError:
                raise Refusal(400, "this cannot be read") from None
            if "\0" in ask.code:
                raise Refusal(404, "no such parcel")
        if method == "POST" and act is not crash:
            ask.body = self.parse(raw)
        return act(ask)

    def respond(self):
        busy.add(1)
        try:
            self.serve()
        finally:
            here.request_id = None
            busy.add(-1)

    def serve(self):
        sent = self.headers.get("X-Request-Id", "")
        here.request_id = sent if re.fullmatch("[A-Za-z0-9_-]{8,64}", sent) else secrets.token_hex(16)
        parts, ask, error, status, aborted = urlsplit(self.path), Ask(), None, None, False
        try:
            raw = self.read_body()
            try:
                status, body = self.route(ask, parts, raw)
            except Refusal as refusal:
                status, body = refusal.status, {"detail": refusal.text}
            except Exception as problem:
                error, status, body = problem, 500, {"detail": "try again later"}
            if not self.is_there():
                raise ClientHasGone
            self.answer(status, body)
        except (ClientHasGone, OSError):
            aborted, self.close_connection = True, True
        if parts.path == "/livez":
            return
        line = {
            "method": self.command,
            "path": parts.path,
            "status": status,
            "durationMs": (time.perf_counter() - self.begun) * 1000,
            "userId": ask.user and ask.user["id"],
        }
        if aborted:
            log("warn", "the client has gone", **line, aborted=True)
        elif error:
            log("error", "request failed", **line, err=told(error))
        else:
            log("warn" if status >= 400 else "info", "request served", **line)

    def answer(self, status, body):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-Request-Id", here.request_id)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        log("debug", "a connection broke")


def uncaught(args):
    here.request_id = None
    log("fatal", "uncaught exception", err=told(args.exc_value))
    os._exit(1)


def stop(server):
    server.shutdown()
    busy.wait(4)
    with mouth:
        os._exit(0)


if __name__ == "__main__":
    threading.excepthook = uncaught
    pool = Pool(os.environ["DATABASE_URL"], size=10)
    for sql in (
        """create table if not exists customers (
             id integer generated always as identity primary key, email text not null unique, salt text, digest text)""",
        "create table if not exists sessions (digest text primary key, customer integer)",
        "create table if not exists parcels (code text primary key, town text not null)",
    ):
        query(sql)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=(server,)).start())
    log("info", "listening")
    server.serve_forever()
