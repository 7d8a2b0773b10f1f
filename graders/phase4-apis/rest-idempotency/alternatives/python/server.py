"""Pelican Post's payments."""

import hashlib
import json
import os
import re
import signal
import sys
import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from postgres import Pool

pool = None
TABLE = """CREATE TABLE IF NOT EXISTS answers (number serial PRIMARY KEY, owner text, token text, cents int,
           status int, charge text, UNIQUE (owner, token))"""


class Refusal(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


def ask_gateway(owner, token, cents):
    """The gateway's decision: a status and the id of a charge."""
    name = hashlib.sha256(json.dumps([owner, token]).encode()).hexdigest()
    request = urllib.request.Request(
        os.environ["GATEWAY_URL"] + "/charges",
        data=json.dumps({"customer": owner, "cents": cents}).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": name},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            if answer.status != 201:
                raise Refusal(502, f"the gateway said {answer.status}")
            return 201, json.load(answer)["id"]
    except urllib.error.HTTPError as error:
        if error.code == 402:
            return 402, None
        if error.code == 422:
            raise Refusal(409, "somebody else uses this key for another amount") from None
        raise Refusal(502, f"the gateway said {error.code}") from None
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        print(repr(error), file=sys.stderr, flush=True)
        raise Refusal(504, "the gateway did not answer") from None


COLUMNS = "number, owner, token, cents, status, charge"


def stored(owner, token):
    rows = query(f"SELECT {COLUMNS} FROM answers WHERE owner = $1 AND token = $2", owner, token)
    return rows[0] if rows else None


def shown(row):
    number, owner, _, cents, _, charge = row
    return {"id": int(number), "customer": owner, "cents": int(cents), "charge": charge}


def create(request):
    token = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch("[A-Za-z0-9_-]{8,64}", token):
        raise Refusal(400, "Idempotency-Key?")
    body = request.json()
    owner, cents = body.get("customer"), body.get("cents")
    if not isinstance(owner, str) or not 1 <= len(owner) <= 40:
        raise Refusal(422, "customer?")
    if type(cents) is not int or not 1 <= cents <= 1000000:
        raise Refusal(422, "cents?")
    row = stored(owner, token)
    if row is None:
        status, charge = ask_gateway(owner, token, cents)
        sql = """INSERT INTO answers (owner, token, cents, status, charge) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT DO NOTHING"""
        query(sql, owner, token, cents, status, charge)
        row = stored(owner, token)
    if int(row[3]) != cents:
        raise Refusal(409, "this key was used for another amount")
    if row[4] == "402":
        raise Refusal(402, "declined")
    return 201, shown(row)


def read(_, number):
    if not re.fullmatch("[1-9][0-9]{0,8}", number):
        raise Refusal(404, "there is no such payment")
    rows = query(f"SELECT {COLUMNS} FROM answers WHERE number = $1 AND status = 201", number)
    if not rows:
        raise Refusal(404, "there is no such payment")
    return 200, shown(rows[0])


ROUTES = [("/payments", {"POST": create}), ("/payments/([^/]+)", {"GET": read, "HEAD": read})]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def json(self):
        if self.headers.get("Content-Type", "").split(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "send application/json")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise Refusal(400, "this is not JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "this is no object")
        return body

    def route(self):
        path = self.path.split("?")[0]
        for pattern, methods in ROUTES:
            match = re.fullmatch(pattern, path)
            if not match:
                continue
            if self.command not in methods:
                raise Refusal(405, "not this method", {"Allow": ", ".join(methods)})
            return methods[self.command](self, *match.groups())
        raise Refusal(404, "there is nothing here")

    def respond(self):
        size = self.headers.get("Content-Length", "")
        self.raw = self.rfile.read(int(size) if size.isdecimal() else 0)
        headers = {}
        try:
            status, body = self.route()
        except Exception as error:
            if not isinstance(error, Refusal):
                print(repr(error), file=sys.stderr, flush=True)
                error = Refusal(500, "something went wrong")
            status, body, headers = error.status, {"error": str(error)}, error.headers
        raw = json.dumps(body).encode()
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
    pool = Pool(os.environ["DATABASE_URL"], size=6)
    query(TABLE)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
