import json
import os
import re
import signal
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from postgres import Pool, PostgresError

PARCEL = re.compile(r"[A-Z0-9-]{4,32}")
LOCKERS, WALLETS = 1, 2  # what an advisory lock is about


class Refusal(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


@contextmanager
def transaction(pool):
    with pool.connection() as connection:
        connection.query("BEGIN")
        try:
            yield connection
        except Refusal:
            connection.query("ROLLBACK")
            raise
        connection.query("COMMIT")


class Post:
    def __init__(self, pool):
        self.pool = pool

    def book(self, depot, parcel):
        with transaction(self.pool) as db:
            db.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", LOCKERS, parcel)
            for locker, place in db.query(
                "SELECT id, depot_id FROM lockers WHERE parcel = $1", parcel
            ):
                if int(place) != depot:
                    raise Refusal(409, "This parcel lies in another depot.")
                return 200, {"locker": int(locker)}
            # Without SKIP LOCKED: waits for the others, and gets what they have left.
            for (locker,) in db.query(
                "SELECT id FROM lockers WHERE depot_id = $1 AND parcel IS NULL"
                " ORDER BY id LIMIT 1 FOR UPDATE",
                depot,
            ):
                db.query("UPDATE lockers SET parcel = $1 WHERE id = $2", parcel, locker)
                return 201, {"locker": int(locker)}
            raise Refusal(409, "There is no free locker.")

    def free(self, parcel):
        rows = self.pool.query(
            "UPDATE lockers SET parcel = NULL WHERE parcel = $1 RETURNING id", parcel
        )
        if not rows:
            raise Refusal(404, "This parcel has no locker.")
        return 204, None

    def move(self, source, target, cents):
        with transaction(self.pool) as db:
            for wallet in sorted((source, target)):
                db.query("SELECT pg_advisory_xact_lock($1, $2)", WALLETS, wallet)
            known = dict(
                db.query("SELECT id, cents FROM wallets WHERE id IN ($1, $2)", source, target)
            )
            if len(known) < 2:
                raise Refusal(404, "There is no such wallet.")
            if int(known[str(source)]) < cents:
                raise Refusal(409, "There is too little in the wallet.")
            for wallet, change in sorted(((source, -cents), (target, cents))):
                db.query(
                    "UPDATE wallets SET cents = $1 WHERE id = $2",
                    int(known[str(wallet)]) + change,
                    wallet,
                )
            return 201, {"moved": cents}

    def wallet(self, number):
        for wallet, cents in self.pool.query("SELECT id, cents FROM wallets WHERE id = $1", number):
            return 200, {"id": int(wallet), "cents": int(cents)}
        raise Refusal(404, "There is no such wallet.")


def whole(value, least=-(2**31), most=2**31 - 1):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refusal(422, "That is not a number that can be.")
    return value


def in_path(text):
    if not re.fullmatch("[0-9]{1,10}", text, re.ASCII):
        raise Refusal(404, "There is nothing by this name.")
    return whole(int(text))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    post: Post

    def log_message(self, *_):
        pass

    def route(self):
        path = self.path.split("?")[0].split("/")[1:]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "GET" and len(path) == 2 and path[0] == "wallets":
            return self.post.wallet(in_path(path[1]))
        if self.command == "DELETE" and len(path) == 2 and path[0] == "bookings":
            if not PARCEL.fullmatch(path[1]):
                raise Refusal(404, "There is no such parcel.")
            return self.post.free(path[1])
        if self.command == "POST" and len(path) == 3 and path[::2] == ["depots", "bookings"]:
            parcel = self.fields(body).get("parcel")
            if not isinstance(parcel, str) or not PARCEL.fullmatch(parcel):
                raise Refusal(422, "That is not a parcel.")
            return self.post.book(in_path(path[1]), parcel)
        if self.command == "POST" and path == ["transfers"]:
            fields = self.fields(body)
            source, target = whole(fields.get("from")), whole(fields.get("to"))
            cents = whole(fields.get("cents"), 1, 10**9)
            if source == target:
                raise Refusal(422, "From a wallet to itself.")
            return self.post.move(source, target, cents)
        raise Refusal(404, "There is nothing here.")

    @staticmethod
    def fields(body):
        try:
            value = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refusal(400, "The body is not JSON.") from None
        return value if isinstance(value, dict) else {}

    def answer(self):
        try:
            status, body = self.route()
        except Refusal as refusal:
            status, body = refusal.status, {"detail": str(refusal)}
        except (OSError, PostgresError) as error:
            print(repr(error), file=sys.stderr)
            status, body = 503, {"detail": "The database is away."}
        except Exception as error:
            print(repr(error), file=sys.stderr)
            status, body = 500, {"detail": "Something went wrong here."}
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = answer


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200


if __name__ == "__main__":
    Handler.post = Post(Pool(os.environ["DATABASE_URL"], size=10))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
