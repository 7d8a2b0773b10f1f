import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import bcrypt
from postgres import Pool
from rs256 import KeyFormatError, PrivateKey, PublicKey

LIFETIME = 720  # seconds, of an access token
LEEWAY = 5
BODY_LIMIT = 64 * 1024


class Refusal(Exception):
    """Ends the request with this status and text."""

    def __init__(self, status, text, headers=()):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, dict(headers)


NO_ACCESS = Refusal(
    401,
    "This needs a valid access token.",
    {"WWW-Authenticate": 'Bearer realm="pelican-post", error="invalid_token"'},
)
NO_REFRESH = Refusal(401, "This refresh token is not good, or not any more.")
NO_LOGIN = Refusal(401, "No user has this e-mail address and password.")


# ---- access tokens


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text):
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Python skips letters which do not belong there; a token has only one right spelling.
    if encode(raw) != text:
        raise ValueError("not base64url")
    return raw


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def parse(raw):
    # Python would take NaN and Infinity, too, which are not JSON.
    return json.loads(raw.decode("utf-8"), parse_constant=no_constant)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class AccessTokens:
    def __init__(self, private_pem, public_pems, issuer, audience):
        self.private_key = PrivateKey(private_pem)
        self.issuer, self.audience = issuer, audience
        self.public_keys = {}
        for pem in public_pems:
            key = PublicKey(pem)
            self.public_keys[self.name_of(key)] = key
        self.current = next(iter(self.public_keys))

    @staticmethod
    def members(key):
        n = key.n.to_bytes(key.size, "big")
        e = key.e.to_bytes((key.e.bit_length() + 7) // 8, "big")
        return {"e": encode(e), "kty": "RSA", "n": encode(n)}

    @classmethod
    def name_of(cls, key):
        # RFC 7638; the members stand in alphabetical order already.
        return encode(hashlib.sha256(compact(cls.members(key))).digest())

    def jwks(self):
        return [
            {"kid": kid, **self.members(key), "key_ops": ["verify"]}
            for kid, key in self.public_keys.items()
        ]

    def issue(self, subject):
        now = int(time.time())
        header = {"kid": self.current, "alg": "RS256"}
        claims = {
            "aud": [self.audience],
            "exp": now + LIFETIME,
            "iat": now,
            "iss": self.issuer,
            "jti": str(uuid.uuid4()),
            "nbf": now,
            "sub": subject,
        }
        signed = f"{encode(compact(header))}.{encode(compact(claims))}"
        return f"{signed}.{encode(self.private_key.sign(signed.encode()))}"

    def subject(self, token):
        """Whose token this is, or None if it is not to be believed."""
        try:
            head, body, signature = token.split(".")
            # The token does not choose: RS256 it is, with one of our own keys.
            signed, signature = f"{head}.{body}".encode(), decode(signature)
            if not any(key.verifies(signed, signature) for key in self.public_keys.values()):
                return None
            header, claims = parse(decode(head)), parse(decode(body))
            if header["alg"] != "RS256" or claims["iss"] != self.issuer:
                return None
            audience, expires, begins = claims["aud"], claims["exp"], claims.get("nbf", 0)
            if self.audience not in (audience if isinstance(audience, list) else [audience]):
                return None
            if not is_number(expires) or not is_number(begins):
                return None
            if not begins - LEEWAY <= time.time() < expires + LEEWAY:
                return None
            return claims["sub"] if isinstance(claims["sub"], str) else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


# ---- refresh tokens: `id.secret`; the database knows the id, and the scrypt of the secret


TABLES = """
CREATE TABLE IF NOT EXISTS token_family (
  id uuid PRIMARY KEY,
  user_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
  over boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS token_family_member (
  id text PRIMARY KEY,
  family uuid NOT NULL REFERENCES token_family ON DELETE CASCADE,
  salt text NOT NULL,
  hash text NOT NULL,
  born timestamptz NOT NULL DEFAULT now(),
  used boolean NOT NULL DEFAULT false
)"""

# One statement looks and marks: of two requests, the second waits for the first and finds nothing.
USE_UP = """
WITH mine AS (
  UPDATE token_family_member SET used = true WHERE id = $1 AND NOT used RETURNING family
)
SELECT f.id, f.user_id FROM token_family f JOIN mine ON mine.family = f.id WHERE NOT f.over"""

ADD = "INSERT INTO token_family_member (id, family, salt, hash) VALUES ($1, $2::uuid, $3, $4)"
FIND = """
SELECT salt, hash, family FROM token_family_member
WHERE id = $1 AND born > now() - interval '30 days'"""


class RefreshTokens:
    def __init__(self, pool):
        self.pool = pool

    def create_tables(self):
        with self.pool.connection() as db:
            db.query("BEGIN")
            # IF NOT EXISTS alone is not enough when two copies look at the same moment.
            db.query("SELECT pg_advisory_xact_lock(7033921)")
            for statement in TABLES.split(";"):
                db.query(statement)
            db.query("COMMIT")

    @staticmethod
    def hash(secret, salt):
        # Cheap as scrypt goes: a secret of 192 bits needs no protection against guessing.
        return hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), n=1024, r=8, p=1).hex()

    def start_family(self, user_id):
        family = str(uuid.uuid4())
        self.pool.query("INSERT INTO token_family VALUES ($1::uuid, $2::integer)", family, user_id)
        return self.add(family)

    def add(self, family):
        name, secret, salt = secrets.token_hex(8), secrets.token_urlsafe(24), secrets.token_hex(16)
        self.pool.query(ADD, name, family, salt, self.hash(secret, salt))
        return f"{name}.{secret}"

    def find(self, token):
        """The id of the token and of its family, if we ever gave out such a token."""
        match = re.fullmatch(r"([0-9a-f]{16})\.([\w-]{32})", token, re.ASCII)
        for salt, known, family in self.pool.query(FIND, match[1]) if match else ():
            if hmac.compare_digest(self.hash(match[2], salt), known):
                return match[1], family
        return None

    def exchange(self, token):
        """The user's id and the next token."""
        found = self.find(token)
        if not found:
            raise NO_REFRESH
        name, family = found
        for _, user_id in self.pool.query(USE_UP, name):
            return user_id, self.add(family)
        self.end(family)
        raise NO_REFRESH

    def end(self, family):
        self.pool.query("UPDATE token_family SET over = true WHERE id = $1::uuid", family)

    def revoke(self, token):
        found = self.find(token)
        if found:
            self.end(found[1])


# ---- HTTP


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # so that head and body leave in one packet
    body_waits = False
    access: AccessTokens
    refresh: RefreshTokens
    pool: Pool

    def log_message(self, *_):
        pass

    # The routes

    def token(self):
        email, password = self.texts("email", "password")
        if "\0" in email:
            raise NO_LOGIN
        rows = self.pool.query("SELECT id, password_hash FROM users WHERE email = $1", email)
        for user_id, password_hash in rows:
            if bcrypt.matches(password, password_hash):
                return 200, self.pair(user_id, self.refresh.start_family(user_id))
        raise NO_LOGIN

    def token_refresh(self):
        (token,) = self.texts("refreshToken")
        return 200, self.pair(*self.refresh.exchange(token))

    def token_revoke(self):
        (token,) = self.texts("refreshToken")
        self.refresh.revoke(token)
        return 204, None

    def me(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        subject = self.access.subject(token.strip()) if scheme.lower() == "bearer" else None
        if not subject or not re.fullmatch("[0-9]{1,10}", subject):
            raise NO_ACCESS
        for user_id, email in self.pool.query(
            "SELECT id, email FROM users WHERE id::text = $1", subject
        ):
            return 200, {"id": int(user_id), "email": email}
        raise NO_ACCESS

    def jwks(self):
        return 200, {"keys": self.access.jwks()}

    def pair(self, user_id, refresh_token):
        access_token = self.access.issue(str(user_id))
        return {"refreshToken": refresh_token, "accessToken": access_token, "expiresIn": LIFETIME}

    ROUTES = {
        "/token": ("POST", token),
        "/token/refresh": ("POST", token_refresh),
        "/token/revoke": ("POST", token_revoke),
        "/me": ("GET", me),
        "/.well-known/jwks.json": ("GET", jwks),
    }

    # What all of them need

    def texts(self, *names):
        try:
            body = parse(self.body())
        except (ValueError, RecursionError):
            raise Refusal(400, "The body is not JSON.") from None
        values = [body.get(name) if isinstance(body, dict) else None for name in names]
        for name, value in zip(names, values):
            # Half a surrogate pair can stand in JSON, but in no UTF-8 text.
            if not isinstance(value, str) or re.search("[\ud800-\udfff]", value):
                raise Refusal(422, f"{name} must be a text.")
        return values

    def body(self):
        self.body_waits = False
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.chunked_body()
        size = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,15}", size):
            self.close_connection = True
            raise Refusal(400, "The Content-Length is not a number.")
        return self.piece(int(size), BODY_LIMIT)

    def chunked_body(self):
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(200).split(b";")[0], 16)
            except ValueError:
                self.close_connection = True
                raise
            body += self.piece(size, BODY_LIMIT - len(body))
            if size == 0:
                while self.rfile.readline(BODY_LIMIT).strip():
                    pass  # a trailer
                return body
            self.rfile.readline(200)

    def piece(self, size, limit):
        if not 0 <= size <= limit:
            self.close_connection = True
            raise Refusal(413, "The body is too large.")
        return self.rfile.read(size)

    def answer(self):
        path = self.path.split("?")[0]
        length = self.headers.get("Content-Length", "0")
        self.body_waits = length != "0" or "Transfer-Encoding" in self.headers
        try:
            if path not in self.ROUTES:
                raise Refusal(404, "There is nothing here.")
            method, route = self.ROUTES[path]
            if self.command != method:
                raise Refusal(405, f"Only {method} works here.", {"Allow": method})
            status, body = route(self)
            self.reply(status, body)
        except Refusal as refusal:
            self.reply(refusal.status, {"message": refusal.text}, refusal.headers)
        except Exception as error:
            print(repr(error), file=sys.stderr)
            self.reply(500, {"message": "Something went wrong here."})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def send_error(self, code, message=None, explain=None):
        """The base class calls this for requests that it cannot even read."""
        self.close_connection = True
        self.reply(code, {"message": message or "This request cannot be read."})

    def reply(self, status, body, headers=()):
        if self.body_waits:
            # What nobody has read would be taken for the next request.
            self.close_connection = True
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        text = b"" if body is None else json.dumps(body).encode() + b"\n"
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def setting(name):
    value = os.environ.get(name, "")
    if not value:
        sys.exit(f"{name} is not set")
    return value


def main():
    public_pems = [setting("JWT_PUBLIC_KEY")]
    if os.environ.get("JWT_PREVIOUS_PUBLIC_KEY"):
        public_pems.append(os.environ["JWT_PREVIOUS_PUBLIC_KEY"])
    try:
        Handler.access = AccessTokens(
            setting("JWT_PRIVATE_KEY"), public_pems, setting("JWT_ISSUER"), setting("JWT_AUDIENCE")
        )
    except KeyFormatError as error:
        sys.exit(str(error))
    Handler.pool = Pool(setting("DATABASE_URL"), size=8)
    Handler.refresh = RefreshTokens(Handler.pool)
    Handler.refresh.create_tables()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Server(("127.0.0.1", int(setting("PORT"))), Handler).serve_forever()


if __name__ == "__main__":
    main()
