import json
import os
import re
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

LIMIT = 64 * 1024
NEW_ID = re.compile(r"[A-Z]{1,3}-[0-9]{1,4}")

lockers = {}
lock = threading.Lock()
counter = 0


class Refusal(Exception):
    def __init__(self, status, message, headers=()):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = list(headers)


def read_body(environ):
    kind = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal("415 Unsupported Media Type", "send application/json")
    if "HTTP_TRANSFER_ENCODING" in environ:
        # An HTTP/1.0 server knows no chunks.
        raise Refusal("411 Length Required", "send the body with a Content-Length")
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Refusal("400 Bad Request", "Content-Length is no number")
    if length > LIMIT:
        raise Refusal("413 Content Too Large", "at most 64 KiB")
    try:
        return json.loads(environ["wsgi.input"].read(length).decode("utf-8"))
    except ValueError:
        raise Refusal("400 Bad Request", "the body is not JSON")


def fields(body, with_status):
    if not isinstance(body, dict):
        raise Refusal("400 Bad Request", "the body is not an object")
    if body.get("size") not in ("S", "M", "L"):
        raise Refusal("400 Bad Request", "size must be S, M or L")
    status = body.get("status") if with_status else "free"
    if status not in ("free", "occupied", "broken"):
        raise Refusal("400 Bad Request", "status must be free, occupied or broken")
    found = {"status": status, "size": body["size"]}
    if "label" in body:
        if not isinstance(body["label"], str) or len(body["label"]) > 200:
            raise Refusal("400 Bad Request", "label must be text of at most 200 characters")
        found["label"] = body["label"]
    return found


def list_all(environ):
    with lock:
        wall = [lockers[key] for key in sorted(lockers)]
    return "200 OK", [], wall


def create(environ):
    global counter
    found = fields(read_body(environ), False)
    with lock:
        counter += 1
        # Lower case: a PUT can never have taken this id.
        key = "locker%d" % counter
        lockers[key] = {**found, "id": key}
        return "201 Created", [("Location", "lockers/" + key)], lockers[key]


def show(environ, key):
    with lock:
        if key not in lockers:
            raise Refusal("404 Not Found", "there is no such locker")
        return "200 OK", [], lockers[key]


def replace(environ, key):
    found = fields(read_body(environ), True)
    with lock:
        known = key in lockers
        if not known and not NEW_ID.fullmatch(key):
            raise Refusal("400 Bad Request", "a new id looks like ABC-1234")
        lockers[key] = {**found, "id": key}
        return ("200 OK" if known else "201 Created"), [], lockers[key]


def remove(environ, key):
    with lock:
        if lockers.pop(key, None) is None:
            raise Refusal("404 Not Found", "there is no such locker")
    return "200 OK", [], None


ROUTES = [
    (re.compile(r"/lockers"), {"GET": list_all, "HEAD": list_all, "POST": create}),
    (re.compile(r"/lockers/(.+)"), {"DELETE": remove, "GET": show, "HEAD": show, "PUT": replace}),
]


def answer(environ):
    # WSGI hands over the bytes of the path, unquoted, as if they were Latin-1.
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    for pattern, methods in ROUTES:
        match = pattern.fullmatch(path)
        if match:
            if environ["REQUEST_METHOD"] not in methods:
                allow = ",".join(methods)
                raise Refusal("405 Method Not Allowed", "use " + allow, [("Allow", allow)])
            return methods[environ["REQUEST_METHOD"]](environ, *match.groups())
    raise Refusal("404 Not Found", "there is nothing here")


def app(environ, start_response):
    try:
        status, headers, value = answer(environ)
    except Refusal as refusal:
        status, headers, value = refusal.status, refusal.headers, {"message": refusal.message}
    if value is None:
        kind, text = "text/plain", b"done\n"
    else:
        kind, text = "application/json", json.dumps(value).encode("ascii")
    start_response(status, headers + [("Content-Type", kind), ("Content-Length", str(len(text)))])
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [text]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


make_server("127.0.0.1", int(os.environ["PORT"]), app, Server, Handler).serve_forever()
