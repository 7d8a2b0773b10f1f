"""Pelican Post, prices behind memcached. Postgres is the truth; memcached only saves it work."""

import hashlib
import json
import os
import re
import secrets
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from memcache import Memcached, Unavailable
from postgres import Pool, PostgresRefusal, PostgresUnavailable

DAY = 86_400
BLOCK = 1000
database = Pool(os.environ["DATABASE_URL"])


def memcached():
    return Memcached(os.environ["MEMCACHED_URL"])


class Debts:
    """Whether memcached must still forget all prices."""

    def __init__(self):
        self._lock = threading.Lock()
        self._made = self._paid = 0
        threading.Thread(target=self._pay_for_ever, daemon=True).start()

    def __bool__(self):
        return self._made > self._paid

    def add(self):
        with self._lock:
            self._made += 1

    def pay(self, cache):
        known = self._made
        cache.store("set", "pelican:generation", secrets.token_hex(12).encode(), 20 * DAY)
        with self._lock:
            self._paid = max(self._paid, known)

    def _pay_for_ever(self):
        while True:
            time.sleep(0.4)
            if self:
                try:
                    with memcached() as cache:
                        self.pay(cache)
                except Unavailable:
                    pass


debts = Debts()


def price_key(cache, route):
    for _ in range(3):
        found = cache.get("pelican:generation").get("pelican:generation")
        if found:
            digest = hashlib.blake2b(route.encode(), key=found, digest_size=32)
            return "pelican:p-" + digest.hexdigest()
        cache.store("add", "pelican:generation", secrets.token_hex(12).encode(), 20 * DAY)
    raise Unavailable("it forgets at once")


def load_price(route):
    rows = database.query("select cents from prices where route = $1", route)
    return int(rows[0][0]) if rows else None


def read_price(route):
    if debts:
        return load_price(route)
    with memcached() as cache:
        key = None
        try:
            key = price_key(cache, route)
            known = cache.get(key).get(key)
            if known is not None:
                return int(known)
        except Unavailable:
            pass
        cents = load_price(route)
        if cents is not None and key:
            try:
                cache.store("set", key, str(cents).encode(), 32)
            except Unavailable:
                pass
        return cents


def read_catalog():
    with memcached() as cache:
        try:
            head = json.loads(cache.get("pelican:catalog").get("pelican:catalog", b"null"))
            if head:
                stamp, count = head
                blocks = cache.get(*(f"pelican:catalog-{number}" for number in range(count)))
                parts = [json.loads(block) for block in blocks.values()]
                if len(parts) == count and all(part["stamp"] == stamp for part in parts):
                    return [product for part in parts for product in part["products"]]
        except Unavailable:
            pass
        rows = database.query("select sku, name, cents from products")
        products = [{"sku": sku, "name": name, "cents": int(cents)} for sku, name, cents in rows]
        try:
            stamp = secrets.token_hex(8)
            count = (len(products) + BLOCK - 1) // BLOCK
            for number in range(count):
                block = {"stamp": stamp, "products": products[number * BLOCK : (number + 1) * BLOCK]}
                cache.store("set", f"pelican:catalog-{number}", json.dumps(block).encode(), 60)
            cache.store("set", "pelican:catalog", json.dumps([stamp, count]).encode(), 60)
        except Unavailable:
            pass
        return products


def read_settings():
    with memcached() as cache:
        try:
            known = cache.get("pelican:settings").get("pelican:settings")
            if known:
                return json.loads(known)
        except Unavailable:
            pass
        rows = database.query("select name, value from settings")
        settings = [{"name": name, "value": value} for name, value in rows]
        try:
            cache.store("set", "pelican:settings", json.dumps(settings).encode(), int(time.time()) + 45 * DAY)
        except Unavailable:
            pass
        return settings


class Problem(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


def checked_route(route):
    if not isinstance(route, str) or not 1 <= len(route) <= 1000 or re.search("[\0\ud800-\udfff]", route):
        raise Problem(422, "a route is a text of 1 to 1,000 characters")
    return route


class Handler(BaseHTTPRequestHandler):
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self):
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
        # No Content-Length: in HTTP/1.0 the end of the connection is the end of the body.
        self.send_response(status)
        if content is not None:
            self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.end_headers()
        if content is not None:
            self.wfile.write(json.dumps(content).encode())

    do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def _route(self, body):
        parts = urlsplit(self.path)
        name = f"{self.command} {parts.path}"
        if name == "GET /prices":
            route = checked_route(parse_qs(parts.query, keep_blank_values=True).get("route", [None])[0])
            cents = read_price(route)
            if cents is None:
                raise Problem(404, "no such price")
            return 200, {"cents": cents, "route": route}
        if name == "PUT /prices":
            return self._put(body)
        if name == "POST /prices/invalidate":
            try:
                with memcached() as cache:
                    debts.pay(cache)
            except Unavailable:
                debts.add()
            return 204, None
        if name == "GET /catalog":
            return 200, {"products": read_catalog()}
        if name == "GET /settings":
            return 200, {"settings": read_settings()}
        raise Problem(404, "no such page")

    def _put(self, body):
        try:
            wish = json.loads(body)
        except (ValueError, RecursionError):
            raise Problem(400, "JSON, please")
        if not isinstance(wish, dict):
            raise Problem(400, "a JSON object, please")
        route, cents = checked_route(wish.get("route")), wish.get("cents")
        if type(cents) is not int or not 0 <= cents <= 1_000_000:
            raise Problem(422, "cents is a whole number from 0 to 1,000,000")
        sql = "update prices set cents = $2::int where route = $1 returning cents"
        if not database.query(sql, route, cents):
            raise Problem(404, "no such price")
        try:
            with memcached() as cache:
                cache.delete(price_key(cache, route))
        except Unavailable:
            debts.add()
        return 200, {"cents": cents, "route": route}

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
