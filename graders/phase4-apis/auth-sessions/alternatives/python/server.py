import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from postgres import Pool
from resp import Redis

IDLE = int(os.environ["SESSION_IDLE_SECONDS"])
ORIGIN = os.environ["APP_ORIGIN"]
PROXIED = os.environ.get("TRUST_PROXY") == "1"
ROUTES = {"/register": "POST", "/login": "POST", "/logout": "POST", "/password": "POST", "/me": "GET"}

database = Pool(os.environ["DATABASE_URL"])
redis = Redis(os.environ["REDIS_URL"])

# Writes a session, and its place in the set of its account, unless the password is another one by now.
BEGIN = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SADD', KEYS[2], KEYS[1])
redis.call('EXPIRE', KEYS[2], 86400 * 30)
"""


class Problem(Exception):
    def __init__(self, status, title, **headers):
        super().__init__(title)
        self.status = status
        self.headers = headers


def scrypt(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1, dklen=32).hex()


def make_hash(password):
    salt = secrets.token_bytes(16)
    return f"scrypt$16384$8$1${salt.hex()}${scrypt(password, salt)}"


NOBODY = make_hash(secrets.token_hex())


def fits(password, stored):
    salt, digest = stored.split("$")[4:]
    return hmac.compare_digest(scrypt(password, bytes.fromhex(salt)), digest)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self):
        self._cookies_to_set = []
        try:
            size = self.headers.get("Content-Length", "")
            body = self.rfile.read(int(size) if size.isdecimal() else 0)
            status, content = self._route(body)
            headers = {}
        except Problem as problem:
            status, headers = problem.status, problem.headers
            content = {"title": str(problem), "status": problem.status}
        self._send(status, content, headers)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def _route(self, body):
        path = urlsplit(self.path).path
        if path not in ROUTES:
            raise Problem(404, "no such page")
        method = "GET" if self.command == "HEAD" else self.command
        if method != ROUTES[path]:
            raise Problem(405, "not like this", Allow="GET, HEAD" if path == "/me" else "POST")
        origin = self.headers.get("Origin")
        if method == "POST" and origin is not None and origin != ORIGIN:
            raise Problem(403, "not from there")
        return {"/register": self._register, "/login": self._login, "/me": self._me, "/logout": self._logout, "/password": self._change}[path](body)

    def _register(self, body):
        wish = self._json(body)
        email, password = self._email(wish), self._password(wish, "password")
        rows = database.query(
            "insert into customers (email, hash) values ($1, $2) on conflict do nothing returning id",
            email,
            make_hash(password),
        )
        if not rows:
            raise Problem(409, "taken")
        return 201, {"id": rows[0][0], "email": email}

    def _login(self, body):
        wish = self._json(body)
        email, password = self._email(wish), wish.get("password")
        if not isinstance(password, str):
            raise Problem(422, "password?")
        rows = database.query("select id, hash from customers where email = $1", email)
        right = fits(password, rows[0][1] if rows else NOBODY)
        if not rows or not right:
            raise Problem(401, "no")
        customer, stored = rows[0]
        name = "sessions/" + secrets.token_hex(24)
        redis.command("EVAL", BEGIN, 2, name, f"customers/{customer}", customer, IDLE)
        # A new password that came meanwhile has not seen this session.
        if database.query("select hash from customers where id = $1", customer)[0][0] != stored:
            redis.command("DEL", name)
            raise Problem(401, "no")
        self._set_cookie(name.split("/")[1])
        return 200, {}

    def _me(self, _):
        _, customer = self._session()
        rows = database.query("select email from customers where id = $1", customer)
        return 200, {"email": rows[0][0]}

    def _logout(self, _):
        name = self._name()
        if name:
            redis.command("DEL", name)
        return 200, {"bye": True}

    def _change(self, body):
        name, customer = self._session()
        wish = self._json(body)
        new = self._password(wish, "new")
        old = wish.get("old")
        if not isinstance(old, str):
            raise Problem(422, "old?")
        rows = database.query("select hash from customers where id = $1", customer)
        if not fits(old, rows[0][0]):
            raise Problem(401, "this is not the old password")
        changed = database.query(
            "update customers set hash = $2 where id = $1 and hash = $3 returning id",
            customer,
            make_hash(new),
            rows[0][0],
        )
        if not changed:
            raise Problem(409, "somebody was quicker")
        for other in redis.command("SMEMBERS", f"customers/{customer}"):
            if other.decode() != name:
                redis.command("DEL", other)
        return 200, {}

    def _name(self):
        for pair in self.headers.get("Cookie", "").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == "pp" and re.fullmatch("[0-9a-f]{48}", value):
                return f"sessions/{value}"
        return None

    def _session(self):
        name = self._name()
        customer = redis.command("GET", name) if name else None
        if customer is None or not redis.command("EXPIRE", name, IDLE):
            raise Problem(401, "who are you?")
        self._set_cookie(name.split("/")[1])
        return name, customer.decode()

    def _set_cookie(self, value):
        https = PROXIED and self.headers.get("X-Forwarded-Proto") == "https"
        secure = "; secure" if https else ""
        self._cookies_to_set.append(f"pp={value}; path=/; max-age={IDLE}; httponly; samesite=Strict{secure}")

    def _json(self, body):
        kind = self.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(415, "JSON, please")
        try:
            wish = json.loads(body)
        except (ValueError, RecursionError):
            raise Problem(400, "this is no JSON")
        if not isinstance(wish, dict):
            raise Problem(422, "a JSON object, please")
        return wish

    def _email(self, wish):
        email = wish.get("email")
        if not isinstance(email, str) or len(email) > 254 or not re.fullmatch(r"[^\s@\0]+@[^\s@\0]+", email):
            raise Problem(422, "email?")
        return email.lower()

    def _password(self, wish, field):
        password = wish.get(field)
        if not isinstance(password, str) or not 10 <= len(password) <= 128:
            raise Problem(422, f"{field}: 10 to 128 characters")
        return password

    def _send(self, status, content, headers):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/problem+json" if status >= 400 else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        for cookie in self._cookies_to_set:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    database.query(
        "create table if not exists customers "
        "(id serial primary key, email varchar(254) not null unique, hash text not null)"
    )
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
