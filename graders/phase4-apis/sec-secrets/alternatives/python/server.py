"""Pelican Post's carriers."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import signal
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from postgres import Pool


class Bad(Exception):
    pass


def read(name, optional=False):
    value = os.environ.get(name, "")
    file = os.environ.get(name + "_FILE", "")
    if file:
        try:
            with open(file, newline="", encoding="utf-8") as stream:
                value = re.sub(r"\r?\n\Z", "", stream.read())
        except (OSError, UnicodeDecodeError):
            raise Bad(f"{name}: its file cannot be read") from None
        if not value:
            raise Bad(f"{name}: its file is empty")
    if not value:
        if optional:
            return None
        raise Bad(f"{name}: missing")
    if value.lower() == "changeme":
        raise Bad(f"{name}: a placeholder")
    return value


def signing(name, optional=False):
    value = read(name, optional)
    if value is not None and len(value) < 16:
        raise Bad(f"{name}: too short")
    return value and value.encode()


def encrypting(name, optional=False):
    value = read(name, optional)
    if value is None:
        return None
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Bad(f"{name}: no base64") from None
    if len(key) != 32 or base64.b64encode(key).decode() != value:
        raise Bad(f"{name}: not of 32 bytes")
    return key


class Secrets(NamedTuple):
    webhook: bytes
    webhook_previous: bytes
    key: bytes
    key_previous: bytes


READERS = [
    lambda: signing("WEBHOOK_SECRET"),
    lambda: signing("WEBHOOK_SECRET_PREVIOUS", True),
    lambda: encrypting("ENCRYPTION_KEY"),
    lambda: encrypting("ENCRYPTION_KEY_PREVIOUS", True),
]


def log(text):
    print(text, file=sys.stderr, flush=True)


def again(*_):
    global secrets
    values = []
    for reader, old in zip(READERS, secrets):
        try:
            values.append(reader())
        except Bad as bad:
            log(f"{bad}; what was there stays")
            values.append(old)
    secrets = Secrets(*values)


def stream(key, nonce, length):
    blocks = b""
    while len(blocks) < length:
        blocks += hmac.digest(key, b"stream" + nonce + len(blocks).to_bytes(4, "big"), "sha256")
    return blocks[:length]


def seal(key, name, text):
    nonce = os.urandom(24)
    data = text.encode()
    hidden = bytes(a ^ b for a, b in zip(data, stream(key, nonce, len(data))))
    return nonce + hidden + hmac.digest(key, b"mac" + name.encode() + b"\0" + nonce + hidden, "sha256")


def unseal(key, name, row):
    if key is None or len(row) < 57:
        return None
    nonce, hidden, mac = row[:24], row[24:-32], row[-32:]
    if not hmac.compare_digest(mac, hmac.digest(key, b"mac" + name.encode() + b"\0" + nonce + hidden, "sha256")):
        return None
    return bytes(a ^ b for a, b in zip(hidden, stream(key, nonce, len(hidden)))).decode()


class Refusal(Exception):
    def __init__(self, status, text, **headers):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


def query(sql, *values):
    with pool.connection() as connection:
        return connection.query(sql, *values)


def use(name):
    rows = query("select encode(api_key, 'hex') from integrations where name = $1", name)
    if not rows:
        raise Refusal(404, "nobody has this name")
    row = bytes.fromhex(rows[0][0])
    now = secrets
    key = unseal(now.key, name, row)
    if key is not None:
        return key, None
    key = unseal(now.key_previous, name, row)
    if key is None:
        raise Refusal(409, "what is stored cannot be used")
    return key, seal(now.key, name, key)


def health(ask):
    return 200, {"status": "ok"}


def put(ask):
    if not re.fullmatch("[a-z0-9-]{1,30}", ask.id):
        raise Refusal(422, "name")
    key = ask.json().get("apiKey")
    if not isinstance(key, str) or not re.fullmatch("[!-~]{16,200}", key):
        raise Refusal(422, "apiKey")
    query(
        "insert into integrations (name, api_key) values ($1, decode($2, 'hex'))"
        " on conflict (name) do update set api_key = excluded.api_key",
        ask.id,
        seal(secrets.key, ask.id, key).hex(),
    )
    return 204, None


def show(ask):
    return 200, {"name": ask.id, "apiKey": "…" + use(ask.id)[0][-4:]}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)


def ping(ask):
    key, renewed = use(ask.id)
    if renewed:
        query("update integrations set api_key = decode($2, 'hex') where name = $1", ask.id, renewed.hex())
    request = urllib.request.Request(
        os.environ["UPSTREAM_URL"] + "/ping", headers={"Authorization": "Bearer " + key}
    )
    try:
        with opener.open(request, timeout=5) as answer:
            ok = 200 <= answer.status < 300
    except (OSError, urllib.error.HTTPError):
        ok = False
    if not ok:
        raise Refusal(502, "the carrier does not answer well")
    return 200, {"ok": True}


def webhook(ask):
    match = re.fullmatch("sha256=([0-9a-fA-F]{64})", ask.headers.get("X-Signature", ""))
    now = [one for one in secrets[:2] if one]
    given = bytes.fromhex(match[1]) if match else b""
    if not any(hmac.compare_digest(given, hmac.digest(one, ask.raw, "sha256")) for one in now):
        raise Refusal(401, "not signed")
    body = ask.json()
    parcel, status = body.get("parcel"), body.get("status")
    if not isinstance(parcel, str) or not re.fullmatch("[A-Z0-9-]{1,30}", parcel):
        raise Refusal(422, "parcel")
    if not isinstance(status, str) or not 1 <= len(status) <= 100:
        raise Refusal(422, "status")
    query(
        "insert into parcels (parcel, status) values ($1, $2)"
        " on conflict (parcel) do update set status = excluded.status",
        parcel,
        status,
    )
    return 200, {"parcel": parcel, "status": status}


def parcel(ask):
    rows = query("select parcel, status from parcels where parcel = $1", ask.id)
    if not rows:
        raise Refusal(404, "not heard of")
    return 200, dict(zip(("parcel", "status"), rows[0]))


ROUTES = [
    ("GET", "/healthz", health),
    ("PUT", "/integrations/([^/]+)", put),
    ("GET", "/integrations/([^/]+)", show),
    ("POST", "/integrations/([^/]+)/ping", ping),
    ("POST", "/webhooks/carrier", webhook),
    ("GET", "/parcels/([^/]+)", parcel),
]


class Ask:
    def __init__(self, headers, raw, id):
        self.headers, self.raw, self.id = headers, raw, id

    def json(self):
        if self.headers.get("Content-Type", "").lower().split(";")[0].strip() != "application/json":
            raise Refusal(415, "JSON, please")
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise Refusal(400, "this is no JSON") from None
        if not isinstance(body, dict):
            raise Refusal(400, "this is no object")
        return body


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def route(self, raw):
        try:
            path = unquote(urlsplit(self.path).path, errors="strict")
        except UnicodeDecodeError:
            raise Refusal(400, "this cannot be read") from None
        if "\0" in path or re.search("%(?![0-9a-fA-F]{2})", self.path):
            raise Refusal(400, "this cannot be read")
        method = "GET" if self.command == "HEAD" else self.command
        here = [(route, re.fullmatch(route[1], path)) for route in ROUTES]
        here = [(route, match) for route, match in here if match]
        if not here:
            raise Refusal(404, "nothing here")
        mine = [(route, match) for route, match in here if route[0] == method]
        if not mine:
            raise Refusal(405, "not so", Allow=", ".join(route[0] for route, _ in here))
        (_, _, act), match = mine[0]
        return act(Ask(self.headers, raw, match[1] if match.groups() else None))

    def respond(self):
        size = self.headers.get("Content-Length", "")
        raw = self.rfile.read(int(size) if size.isdecimal() else 0)
        headers = {}
        try:
            status, body = self.route(raw)
        except Refusal as refusal:
            status, body, headers = refusal.status, {"detail": refusal.text}, refusal.headers
        except Exception as error:
            log(type(error).__name__)
            status, body = 500, {"detail": "try again later"}
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    try:
        secrets = Secrets(*(reader() for reader in READERS))
        url = read("DATABASE_URL")
    except Bad as bad:
        log(bad)
        sys.exit(1)
    signal.signal(signal.SIGHUP, again)
    pool = Pool(url, size=6)
    server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
