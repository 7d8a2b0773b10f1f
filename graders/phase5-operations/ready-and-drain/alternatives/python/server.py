"""A server of Pelican Post's that starts well, and stops well."""

import json
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from postgres import Pool, PostgresError

DRAIN = int(os.environ["DRAIN_MS"]) / 1000
GRACE = int(os.environ["GRACE_MS"]) / 1000

pool = Pool(os.environ["DATABASE_URL"], size=6)
probe = Pool(os.environ["DATABASE_URL"], size=1)


class Refusal(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


# ---------------------------------------------------------------- the database

last_seen = None
stopping = False
closing = False


def watch():
    global last_seen
    has_table = False
    while not closing:
        try:
            with probe.connection() as connection:
                if not has_table:
                    connection.query("CREATE TABLE IF NOT EXISTS jobs (id serial PRIMARY KEY, ms integer NOT NULL)")
                    has_table = True
                connection.query("SELECT 1")
            last_seen = time.monotonic()
        except (OSError, PostgresError) as error:
            last_seen = None
            print("PostgreSQL:", error, flush=True)
        time.sleep(0.4)


# ---------------------------------------------------------------- requests


def live(_):
    return 200, {"status": "alive"}


def ready(_):
    seen = last_seen
    if stopping or seen is None or time.monotonic() - seen > 1.6:
        raise Refusal(503, "not now")
    return 200, {"status": "ready"}


def work(query):
    text = query.get("ms", [""])[-1]
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 60000:
        raise Refusal(400, "ms is a whole number from 0 to 60000")
    time.sleep(int(text) / 1000)
    try:
        with pool.connection() as connection:
            rows = connection.query("INSERT INTO jobs (ms) VALUES ($1) RETURNING id", int(text))
    except (OSError, PostgresError) as error:
        print("a job was lost:", error, flush=True)
        raise Refusal(503, "the row was not written") from None
    return 201, {"id": int(rows[0][0]), "ms": int(text)}


def boom(query):
    def fail():
        raise RuntimeError(query.get("message", [""])[0])

    threading.Timer(0.02, fail).start()
    return 202, {}


ROUTES = {
    "/livez": {"GET": live, "HEAD": live},
    "/readyz": {"GET": ready, "HEAD": ready},
    "/work": {"POST": work},
    "/boom": {"POST": boom},
}

# Connections, and whether each has a request under way; requests, also of connections that are gone.
lock = threading.Condition()
connections = {}
requests = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self):
        super().setup()
        with lock:
            connections[self.connection] = False

    def finish(self):
        with lock:
            connections.pop(self.connection, None)
        super().finish()

    def route(self):
        path, _, query = self.path.partition("?")
        methods = ROUTES.get(path)
        if methods is None:
            raise Refusal(404, "there is nothing here")
        if self.command not in methods:
            raise Refusal(405, "not this method", {"Allow": ", ".join(methods)})
        return methods[self.command](parse_qs(query, keep_blank_values=True))

    def respond(self):
        global requests
        with lock:
            connections[self.connection] = True
            requests += 1
        try:
            self.answer()
        finally:
            with lock:
                connections[self.connection] = False
                requests -= 1
                if closing:
                    self.close_connection = True
                lock.notify_all()

    def answer(self):
        size = self.headers.get("Content-Length", "")
        self.rfile.read(int(size) if size.isdecimal() else 0)
        headers = {}
        try:
            status, body = self.route()
        except Refusal as error:
            status, body, headers = error.status, {"detail": str(error)}, error.headers
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if stopping:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


# ---------------------------------------------------------------- the end


def shut_down(server):
    global closing
    time.sleep(DRAIN)
    closing = True
    server.shutdown()
    server.socket.close()
    with lock:
        for connection, busy in connections.items():
            if not busy:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        while requests > 0:
            lock.wait()
    pool.end()
    probe.end()
    os._exit(0)


def on_sigterm(server):
    global stopping
    if stopping:
        os._exit(1)
    stopping = True
    grace = threading.Timer(GRACE, os._exit, [1])
    grace.daemon = True
    grace.start()
    threading.Thread(target=shut_down, args=[server], daemon=True).start()


def on_error(args):
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    threading.excepthook = on_error
    http_server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: on_sigterm(http_server))
    threading.Thread(target=watch, daemon=True).start()
    threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    while True:
        signal.pause()
