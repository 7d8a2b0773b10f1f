"""Pelican Post, tracking behind a cache. Postgres is the truth; Redis only saves it work."""

import json
import os
import re
import secrets
import signal
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from postgres import Pool, PostgresRefusal, PostgresUnavailable
from resp import Redis, RedisRefusal, RedisUnavailable

TTL_MS = int(os.environ["CACHE_TTL_SECONDS"]) * 1000
# As short as the rules allow, and a little for the way: half of the time, and 2 s for unknown codes.
KNOWN_MS = min(TTL_MS, TTL_MS // 2 + 300)
UNKNOWN_MS = min(TTL_MS, 2300)
# A mark stands for a load that is under way. Marks of unknown codes must be gone after 5 s, too.
MARK_MS = min(4500, TTL_MS)
STATUSES = ("registered", "in_transit", "out_for_delivery", "delivered")
CODE = re.compile(r"[A-Z0-9-]{4,32}")
MARK = re.compile(r"\?[0-9a-f]{16}")

# What is in the key; if there is nothing, or only what was found to be junk, the mark is put there.
LOOK = """
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then redis.call('DEL', KEYS[1]) end
local old = redis.call('GET', KEYS[1])
if old and old ~= ARGV[3] then return old end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
"""

# Put the entry where its mark is. A write takes marks away, so what was read before it is not kept.
# The time since the mark was set is taken off: the answer is as old as that.
KEEP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local left = tonumber(ARGV[3]) - (tonumber(ARGV[4]) - redis.call('PTTL', KEYS[1]))
if left < 1 then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', left)
return 1
"""

DROP = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1])"

REDIS_TROUBLE = (RedisUnavailable, RedisRefusal)

database = Pool(os.environ["DATABASE_URL"])
redis = Redis(os.environ["REDIS_URL"])


def key(code):
    return f"pelican:code:{code}"


def parcel(row):
    return dict(zip(("code", "status", "destination"), row)) if row else None


class Cache:
    """Codes and their rows: [code, status, destination], or None for a code that does not exist."""

    def __init__(self):
        self._lock = threading.Lock()
        # Loads by mark. Whoever sees a mark in Redis started after the last write that was answered, and the
        # load began after that write, too. Marks are never used again, so finished loads can stay a while:
        # there is always somebody who has seen the mark and comes late.
        self._loads = OrderedDict()
        # Codes whose entry could not be deleted, each with the number of its last write.
        self._unforgotten = {}
        self._writes = 0
        threading.Thread(target=self._make_up, daemon=True).start()

    def read(self, code):
        if code in self._unforgotten:
            return self._load(code)
        try:
            mark, row = self._look(code)
        except REDIS_TROUBLE:
            return self._load(code)
        return self._load_once(code, mark) if mark else row

    def forget(self, code):
        try:
            redis.command("DEL", key(code), limit=0.6)
        except REDIS_TROUBLE:
            with self._lock:
                self._writes += 1
                self._unforgotten[code] = self._writes

    def _look(self, code):
        junk = ""
        for _ in range(3):
            fresh = "?" + secrets.token_hex(8)
            found = redis.command("EVAL", LOOK, 1, key(code), fresh, MARK_MS, junk)
            text = found.decode(errors="replace")
            if MARK.fullmatch(text):
                return text, None
            try:
                entry = json.loads(text)
                if entry == [code]:
                    return None, None
                same_code, status, destination = entry
                if isinstance(entry, list) and same_code == code and status in STATUSES:
                    if isinstance(destination, str):
                        return None, entry
            except (ValueError, TypeError, RecursionError):
                pass
            junk = found
        raise RedisRefusal("nothing but junk")

    def _load_once(self, code, mark):
        with self._lock:
            load = self._loads.get(mark)
            mine = load is None
            if mine:
                load = self._loads[mark] = Future()
                if len(self._loads) > 500:
                    self._loads.popitem(last=False)
        if not mine:
            return load.result()
        try:
            row = self._load(code)
        except BaseException as error:
            self._end(mark)
            load.set_exception(error)
            self._try("EVAL", DROP, 1, key(code), mark)
            raise
        entry = json.dumps(row or [code], ensure_ascii=False)
        life = KNOWN_MS if row else UNKNOWN_MS
        if not self._try("EVAL", KEEP, 1, key(code), mark, entry, life, MARK_MS):
            self._end(mark)
        load.set_result(row)
        return row

    def _end(self, mark):
        with self._lock:
            self._loads.pop(mark, None)

    def _try(self, *words):
        try:
            redis.command(*words)
            return True
        except REDIS_TROUBLE:
            return False

    def _load(self, code):
        rows = database.query("select code, status, destination from parcels where code = $1", code)
        return rows[0] if rows else None

    def _make_up(self):
        while True:
            time.sleep(0.5)
            with self._lock:
                waiting = list(self._unforgotten.items())
            for code, write in waiting:
                if not self._try("DEL", key(code)):
                    break
                with self._lock:
                    if self._unforgotten.get(code) == write:
                        del self._unforgotten[code]


cache = Cache()


class Problem(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self):
        self._respond()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def _respond(self):
        try:
            # Read it in any case: closing a connection with something unread resets it.
            size = self.headers.get("Content-Length", "")
            body = self.rfile.read(int(size) if size.isdecimal() else 0)
            status, content = self._route(body)
        except Problem as problem:
            status, content = problem.status, {"title": str(problem), "status": problem.status}
        except PostgresUnavailable as error:
            status, content = 503, {"title": "no database at the moment", "detail": str(error)}
        except PostgresRefusal as error:
            status, content = 500, {"title": "the database refused", "detail": str(error)}
        self._send(status, content)

    def _route(self, body):
        parts = urlsplit(self.path).path.split("/")[1:]
        if self.command == "GET" and len(parts) == 2 and parts[0] == "track":
            row = cache.read(self._code(parts[1]))
            if row is None:
                raise Problem(404, "no such parcel")
            return 200, parcel(row)
        if self.command == "GET" and parts == ["me", "parcels"]:
            sql = "select code, status, destination from parcels where owner_id = $1 order by code desc"
            rows = database.query(sql, self._user())
            return 200, {"count": len(rows), "parcels": [parcel(row) for row in rows]}
        if self.command == "POST" and parts == ["parcels"]:
            return self._create(self._user(), self._json(body))
        if self.command == "PATCH" and len(parts) == 2 and parts[0] == "parcels":
            self._user()
            return self._update(self._code(parts[1]), self._json(body))
        raise Problem(404, "no such page")

    def _create(self, user, wish):
        code, destination = wish.get("code"), wish.get("destination")
        if not isinstance(code, str) or not CODE.fullmatch(code):
            raise Problem(422, "a code is 4 to 32 characters of A-Z, 0-9 and -")
        if not isinstance(destination, str) or not 1 <= len(destination) <= 80:
            raise Problem(422, "a destination is a text of 1 to 80 characters")
        # Half of a surrogate pair cannot be sent, and Postgres has no NUL in texts.
        if re.search("[\0\ud800-\udfff]", destination):
            raise Problem(422, "there is a character in destination that is none")
        sql = (
            "insert into parcels (code, owner_id, destination) values ($1, $2, $3) "
            "on conflict (code) do nothing returning code, status, destination"
        )
        rows = self._write(code, sql, code, user, destination)
        if not rows:
            raise Problem(409, "this code is taken")
        return 201, parcel(rows[0])

    def _update(self, code, wish):
        if wish.get("status") not in STATUSES:
            raise Problem(422, "status is one of " + ", ".join(STATUSES))
        sql = "update parcels set status = $2 where code = $1 returning code, status, destination"
        rows = self._write(code, sql, code, wish["status"])
        if not rows:
            raise Problem(404, "no such parcel")
        return 200, parcel(rows[0])

    def _write(self, code, sql, *values):
        try:
            rows = database.query(sql, *values)
        except PostgresUnavailable:
            cache.forget(code)  # it may have been committed
            raise
        if rows:
            cache.forget(code)
        return rows

    def _user(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            rows = database.query("select id from users where token = $1", token.strip())
            if rows:
                return rows[0][0]
        raise Problem(401, "a token, please")

    def _code(self, text):
        code = unquote(text)
        if not CODE.fullmatch(code):
            raise Problem(422, "this cannot be a code")
        return code

    def _json(self, body):
        try:
            wish = json.loads(body)
        except (ValueError, RecursionError):
            wish = None
        if not isinstance(wish, dict):
            raise Problem(400, "a JSON object, please")
        return wish

    def _send(self, status, content):
        # No Content-Length: in HTTP/1.0 the end of the connection is the end of the body.
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(json.dumps(content, indent=4).encode() + b"\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
