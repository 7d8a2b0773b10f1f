import csv
import io
import json
import os
import re
import signal
import sys
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from postgres import Pool, PostgresError

COLUMNS = ["parcel", "depot", "kind", "at", "note"]
KINDS = {"accepted", "arrived", "departed", "delivered"}
PARCEL = re.compile(r"[A-Z0-9-]{4,32}")
DEPOT = re.compile(r"[A-Z]{3}")
TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,3})?(?:Z|[+-](\d\d):(\d\d))", re.ASCII
)
INSERT = (
    "INSERT INTO scans (parcel, depot, kind, at, note)"
    " SELECT parcel, depot, kind, at, note FROM json_to_recordset($1::json)"
    " AS r (parcel text, depot text, kind text, at timestamptz, note text)"
)

# A field that is longer makes the reader give up.
csv.field_size_limit(2**20)


class Refusal(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Gone(Exception):
    """The client has disconnected."""


class Body(io.RawIOBase):
    """The body of a request as a file, with a Content-Length or in chunks."""

    def __init__(self, source, headers):
        self.source = source
        self.chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
        self.left = 0 if self.chunked else int(headers.get("Content-Length") or 0)
        self.ended = not self.chunked and self.left == 0
        self.first = True

    def readable(self):
        return True

    def line(self):
        line = self.source.readline(1000)
        if not line.endswith(b"\n"):
            raise Gone
        return line.strip()

    def readinto(self, target):
        if self.ended:
            return 0
        if self.chunked and self.left == 0:
            if not self.first:
                self.line()
            self.first = False
            self.left = int(self.line().split(b";")[0], 16)
            if self.left == 0:
                while self.line():
                    pass
                self.ended = True
                return 0
        data = self.source.read1(min(len(target), self.left))
        if not data:
            raise Gone
        self.left -= len(data)
        if not self.chunked and self.left == 0:
            self.ended = True
        target[: len(data)] = data
        return len(data)

    def drain(self):
        while self.read(65536):
            pass


def is_time(text):
    parts = TIME.fullmatch(text)
    if not parts:
        return False
    try:
        datetime(*(int(part) for part in parts.groups()[:6]))
    except ValueError:
        return False
    hours, minutes = int(parts[7] or 0), int(parts[8] or 0)
    return minutes < 60 and hours * 60 + minutes <= 14 * 60


def wrong(row):
    if len(row) != 5:
        return "a row has five columns"
    parcel, depot, kind, at, note = row
    if not PARCEL.fullmatch(parcel):
        return "that is no parcel"
    if not DEPOT.fullmatch(depot):
        return "that is no depot"
    if kind not in KINDS:
        return "that is no kind of scan"
    if not is_time(at):
        return "that is no time"
    if len(note) > 2000:
        return "the note is too long"
    return None


def run_import(db, body, atomic):
    # Without translation of line ends: in quotes they are text.
    lines = io.TextIOWrapper(io.BufferedReader(body, 65536), encoding="utf-8-sig", newline="")
    rows = csv.reader(lines, strict=True)
    accepted, rejected, errors, batch = 0, 0, [], []
    db.query("BEGIN")
    try:
        if next(rows, None) != COLUMNS:
            raise Refusal(422, "The header is not " + ",".join(COLUMNS))
        for number, row in enumerate(rows, 1):
            reason = wrong(row)
            if reason:
                rejected += 1
                if len(errors) < 100:
                    errors.append({"row": number, "reason": reason})
                continue
            accepted += 1
            batch.append(dict(zip(COLUMNS, row)))
            if len(batch) == 1000:
                db.query(INSERT, json.dumps(batch))
                batch = []
    except (csv.Error, ValueError) as error:
        raise Refusal(422, f"That is no CSV: {error}") from None
    finally:
        lines.detach().detach()
    if batch:
        db.query(INSERT, json.dumps(batch))
    if atomic and rejected:
        db.query("ROLLBACK")
        return 422, {"detail": "There are bad rows.", "rejected": rejected, "errors": errors}
    db.query("COMMIT")
    return 200, {"accepted": accepted, "rejected": rejected, "errors": errors}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    pool: Pool

    def log_message(self, *_):
        pass

    def route(self, body):
        url = urlsplit(self.path)
        if self.command == "GET" and url.path == "/healthz":
            return 200, {"status": "up"}
        if self.command != "POST" or url.path != "/imports":
            raise Refusal(404, "There is nothing here.")
        mode = parse_qs(url.query).get("mode", [""])[0]
        if mode not in ("partial", "atomic"):
            raise Refusal(400, "The mode is partial or atomic.")
        kind = self.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind != "text/csv":
            raise Refusal(415, "Send text/csv.")
        with self.pool.connection() as db:
            return run_import(db, body, mode == "atomic")

    def answer(self):
        body = Body(self.rfile, self.headers)
        try:
            try:
                status, answer = self.route(body)
            except Refusal as refusal:
                status, answer = refusal.status, {"detail": str(refusal)}
            except (OSError, PostgresError) as error:
                print(repr(error), file=sys.stderr)
                status, answer = 503, {"detail": "The database is away."}
            body.drain()
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            self.wfile.flush()
        except (Gone, ConnectionError):
            self.close_connection = True

    do_GET = do_POST = answer


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200

    def handle_error(self, request, client_address):
        print(repr(sys.exc_info()[1]), file=sys.stderr)


if __name__ == "__main__":
    Handler.pool = Pool(os.environ["DATABASE_URL"], size=10)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
