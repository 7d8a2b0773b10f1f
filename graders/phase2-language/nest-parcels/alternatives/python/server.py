"""Pelican Post's parcels on the standard library: Python 3.9 or newer, nothing to install."""

import itertools
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

PORT = int(os.environ.get("PORT", "3000"))
PRICING_URL = os.environ.get("PRICING_URL", "http://127.0.0.1:4019")
FIXED = os.environ.get("PRICING_MODE") == "fixed"
PRICING_TIMEOUT_S = 1.0
MAX_BODY_BYTES = 100 * 1024
# An answer to a body that is too large gets lost when the socket closes with bytes still unread.
# So some of the rest is read and thrown away: up to this much, and this long.
MAX_DRAIN_BYTES = 16 * 1024 * 1024
MAX_DRAIN_S = 2.0

STATUSES = ("new", "moving", "delivered")
# re.ASCII, or \w would let in every alphabet; fullmatch, or $ would let in a last newline.
REQUEST_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


class HttpError(Exception):
    """An error whose text is meant for the client."""

    def __init__(self, status, detail, errors=None, **headers):
        super().__init__(detail)
        self.errors = errors
        self.status = status
        self.detail = detail
        self.headers = headers


# --- parcels -------------------------------------------------------------------------------------


class Parcels:
    """All parcels by code. Each connection has a thread, so every method takes the lock."""

    def __init__(self):
        self._lock = threading.Lock()
        self._by_code = {}
        self._numbers = itertools.count(1)

    def add(self, to, weight_g):
        with self._lock:
            code = f"PP-{next(self._numbers)}"
            parcel = {"code": code, "to": to, "weightG": weight_g, "status": "new"}
            self._by_code[code] = parcel
            return dict(parcel)

    def list(self, status=None):
        with self._lock:
            return [dict(p) for p in self._by_code.values() if status in (None, p["status"])]

    def get(self, code):
        with self._lock:
            return dict(self._find(code))

    def change(self, code, changes):
        with self._lock:
            parcel = self._find(code)
            parcel.update(changes)
            return dict(parcel)

    def remove(self, code):
        with self._lock:
            del self._by_code[self._find(code)["code"]]

    def _find(self, code):
        try:
            return self._by_code[code]
        except KeyError:
            raise HttpError(404, "no such parcel") from None


# --- what clients send ---------------------------------------------------------------------------


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")  # Python would read NaN and Infinity


def parse_json(raw):
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise HttpError(400, "the body is not valid JSON") from None


def is_integer(value):
    # True is an int in Python; 1200.0 is the same JSON number as 1200.
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


def valid_to(value):
    if isinstance(value, str) and 1 <= len(value) <= 200:
        return value
    raise HttpError(422, "to: must be a text of 1 to 200 characters")


def valid_weight(value):
    if is_integer(value) and 1 <= value <= 30_000:
        return int(value)
    raise HttpError(422, "weightG: must be a whole number from 1 to 30000")


def valid_status(value):
    if value in STATUSES:
        return value
    raise HttpError(422, f"status: must be one of {', '.join(STATUSES)}")


FIELDS = {"to": valid_to, "weightG": valid_weight, "status": valid_status}


def valid_fields(body, allowed, required=()):
    """The fields of `body`, checked. All that is wrong is told at once."""
    if not isinstance(body, dict):
        raise HttpError(400, "the body must be a JSON object")
    errors = [f"{name}: is missing" for name in required if name not in body]
    valid = {}
    for name, value in body.items():
        if name not in allowed:
            errors.append(f"{name}: is not known here")
            continue
        try:
            valid[name] = FIELDS[name](value)
        except HttpError as error:
            errors.append(error.detail)
    if errors:
        raise HttpError(400, "; ".join(errors), errors=errors)
    return valid


# --- the pricing service -------------------------------------------------------------------------


def ask_price(weight_g):
    """The price in cents; HttpError 502 or 504 when the pricing service does not tell.

    A socket timeout counts anew with every byte that arrives. So that a dribbling service cannot
    stretch its second, a watchdog shuts the socket down when the second is over.
    """
    deadline = time.monotonic() + PRICING_TIMEOUT_S
    late = threading.Event()
    base = urlsplit(PRICING_URL)
    connection = HTTPConnection(base.hostname, base.port or 80, timeout=PRICING_TIMEOUT_S)

    def give_up(sock):
        late.set()
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed in the meantime

    watchdog = None
    try:
        connection.connect()
        remaining = max(0.0, deadline - time.monotonic())
        watchdog = threading.Timer(remaining, give_up, [connection.sock])
        watchdog.daemon = True
        watchdog.start()
        connection.request("GET", f"{base.path}/quote?weight={weight_g}")
        with connection.getresponse() as response:
            if response.status != 200:
                raise ValueError(f"pricing answered {response.status}")
            text = response.read().decode("utf-8")
        if late.is_set():
            raise ValueError("cut off")  # a shut down socket looks like the end of an answer
        cents = json.loads(text)["cents"]
        if not is_integer(cents):
            raise ValueError("pricing sent no cents")
        return int(cents)
    except socket.timeout:  # the connect, or the watchdog came second
        raise HttpError(504, "the pricing service took too long") from None
    except (OSError, HTTPException, ValueError, LookupError, TypeError, RecursionError) as cause:
        if late.is_set():
            raise HttpError(504, "the pricing service took too long") from cause
        raise HttpError(502, "the pricing service gave no usable answer") from cause
    finally:
        if watchdog is not None:
            watchdog.cancel()
        connection.close()


# --- the routes ----------------------------------------------------------------------------------

parcels = Parcels()


def create_parcel(request):
    fields = valid_fields(request.json(), ("to", "weightG"), required=("to", "weightG"))
    parcel = parcels.add(fields["to"], fields["weightG"])
    request.answer(201, parcel, Location=f"/parcels/{parcel['code']}")


def list_parcels(request):
    query = parse_qs(request.query, keep_blank_values=True)
    wanted, limits = query.get("status", [None]), query.get("limit", [None])
    if len(wanted) > 1 or len(limits) > 1:
        raise HttpError(422, "only one status, and one limit, at a time")
    found = parcels.list(None if wanted[0] is None else valid_status(wanted[0]))
    if limits[0] is not None:
        if not re.fullmatch(r"0*([1-9][0-9]?|100)", limits[0]):
            raise HttpError(422, "limit: must be a whole number from 1 to 100")
        found = found[: int(limits[0])]
    request.answer(200, found)


def export_parcels(request):
    """Without a length, so the end of the connection is the end of the answer."""
    request.close_connection = True
    request.send_response(200)
    request.send_header("X-Request-Id", request.request_id)
    request.send_header("Content-Type", "application/x-ndjson")
    request.send_header("Connection", "close")
    request.end_headers()
    for parcel in parcels.list():
        request.wfile.write(json.dumps(parcel).encode("utf-8") + b"\n")


def read_parcel(request, code):
    request.answer(200, parcels.get(code))


def change_parcel(request, code):
    request.answer(200, parcels.change(code, valid_fields(request.json(), FIELDS)))


def delete_parcel(request, code):
    parcels.remove(code)
    request.answer(204)


def quote_parcel(request, code):
    weight_g = parcels.get(code)["weightG"]
    request.answer(200, {"cents": 999 if FIXED else ask_price(weight_g)})


def boom(_request):
    raise RuntimeError("boom")


ROUTES = [
    (re.compile(r"/parcels"), {"GET": list_parcels, "POST": create_parcel}),
    (re.compile(r"/parcels/export"), {"GET": export_parcels}),
    (
        re.compile(r"/parcels/([^/]+)"),
        {"GET": read_parcel, "PATCH": change_parcel, "DELETE": delete_parcel},
    ),
    (re.compile(r"/parcels/([^/]+)/quote"), {"GET": quote_parcel}),
    (re.compile(r"/boom(?:-async)?"), {"GET": boom}),
]


def find_route(method, path):
    for pattern, methods in ROUTES:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise HttpError(405, "not with this method", Allow=", ".join(methods))
        return handler, [unquote(part) for part in match.groups()]
    raise HttpError(404, "no such page")


# --- HTTP ----------------------------------------------------------------------------------------


class Running(threading.Condition):
    count = 0


running = Running()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    server_version = "PelicanPost"
    sys_version = ""  # nobody needs to know which Python this is
    disable_nagle_algorithm = True
    timeout = 60  # seconds a connection may stay silent
    request_id = ""
    query = ""

    def serve(self):
        with running:
            running.count += 1
        try:
            self.serve_one()
            self.wfile.flush()
        finally:
            with running:
                running.count -= 1
                running.notify_all()

    def serve_one(self):
        self.set_request_id()
        self._body = None
        try:
            # Read first, answer then: bytes left over would be taken for the next request.
            self._body = self.read_body()
            path, _, self.query = self.path.partition("?")
            handler, arguments = find_route(self.command, path)
            handler(self, *arguments)
        except HttpError as error:
            self.answer_error(error.status, error.detail, error.errors, **error.headers)
        except OSError:
            self.close_connection = True  # the client has gone; nobody to tell
        except Exception:  # noqa: BLE001 - whatever happens, the client gets JSON and no details
            print(self.request_id, traceback.format_exc(), file=sys.stderr)
            self.answer_error(500, "internal server error")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def set_request_id(self):
        headers = getattr(self, "headers", None)
        sent = headers.get_all("X-Request-Id", []) if headers else []
        ok = len(sent) == 1 and REQUEST_ID.fullmatch(sent[0])
        self.request_id = sent[0] if ok else str(uuid4())

    def json(self):
        if self.headers.get_content_type() != "application/json":
            raise HttpError(415, "the body must be application/json")
        return parse_json(self._body)

    # -- reading --

    def read_body(self):
        if "transfer-encoding" in self.headers:
            if self.headers["transfer-encoding"].strip().lower() != "chunked":
                self.close_connection = True
                raise HttpError(501, "unknown transfer encoding")
            return self.read_chunks()
        length = self.headers.get("content-length", "0").strip()
        if not re.fullmatch(r"[0-9]{1,18}", length):
            self.close_connection = True
            raise HttpError(400, "bad Content-Length")
        if int(length) > MAX_BODY_BYTES:
            self.refuse_body()
        return self.read_exactly(int(length))

    def read_chunks(self):
        parts = []
        total = 0
        while True:
            size_line = self.rfile.readline(1024)
            size = size_line.split(b";")[0].strip()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", size):
                self.close_connection = True
                raise HttpError(400, "bad chunk")
            if int(size, 16) == 0:
                break
            total += int(size, 16)
            if total > MAX_BODY_BYTES:
                self.refuse_body()
            parts.append(self.read_exactly(int(size, 16)))
            self.read_exactly(2)  # the line end after every chunk
        while self.rfile.readline(8192) not in (b"\r\n", b"\n", b""):
            pass  # trailers
        return b"".join(parts)

    def read_exactly(self, length):
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionResetError("the client stopped in the middle of the body")
        return data

    def refuse_body(self):
        self.close_connection = True
        raise HttpError(413, "the body is larger than 100 KiB")

    def drain(self):
        """Says goodbye to a connection on which the client is still sending."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + MAX_DRAIN_S
            left = MAX_DRAIN_BYTES
            while left > 0:
                self.connection.settimeout(max(0.01, deadline - time.monotonic()))
                data = self.connection.recv(65536)
                if not data or time.monotonic() > deadline:
                    break
                left -= len(data)
        except OSError:
            pass  # late or gone: both end it

    # -- answering --

    def answer(self, status, value=None, content_type="application/json", **headers):
        payload = b"" if value is None else json.dumps(value).encode("utf-8")
        self.send_response(status)
        self.send_header("X-Request-Id", self.request_id)
        for name, text in headers.items():
            self.send_header(name, text)
        if value is not None:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def answer_error(self, status, detail, errors=None, **headers):
        try:
            title = HTTPStatus(status).phrase
            problem = {"title": title, "detail": detail, "status": status}
            if errors is not None:
                problem["errors"] = errors
            self.answer(status, problem, "application/problem+json", **headers)
            self.wfile.flush()
            if status == 413:
                self.drain()
        except OSError:
            self.close_connection = True

    def send_error(self, code, message=None, explain=None):
        """What http.server itself finds wrong (bad request line, unknown method): JSON as well."""
        self.close_connection = True
        self.set_request_id()
        self.answer_error(int(code), message or HTTPStatus(code).phrase)

    def log_message(self, *_args):
        pass  # a line per request helps nobody here


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # the default of 5 makes clients wait in a rush

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # clients may go away when they like
            super().handle_error(request, client_address)


if __name__ == "__main__":
    server = Server(("127.0.0.1", PORT), Handler)
    # shutdown() waits for serve_forever() to end, so it must not run on the thread that serves.
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
    )
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    with running:
        running.wait_for(lambda: running.count == 0, timeout=4)
