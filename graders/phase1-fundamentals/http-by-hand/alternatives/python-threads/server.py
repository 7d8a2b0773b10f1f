import os
import re
import socket
import threading
from urllib.parse import unquote_to_bytes

ROOT = os.path.realpath(os.environ["DOCROOT"])
LIMIT = 32 * 1024
REASON = {200: "OK", 301: "Moved Permanently", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
          413: "Content Too Large", 431: "Request Header Fields Too Large", 501: "Not Implemented"}
TYPES = {"html": "text/html", "css": "text/css", "js": "application/javascript", "mjs": "application/javascript",
         "json": "application/json", "txt": "text/plain", "svg": "image/svg+xml", "png": "image/png"}
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"


class Bad(Exception):
    def __init__(self, status):
        self.status = status


class Closed(Exception):
    pass


def line(stream, limit):
    data = stream.readline(limit + 1)
    if len(data) > limit:
        raise Bad(431)
    if not data.endswith(b"\n"):
        raise Closed()
    if not data.endswith(b"\r\n"):
        raise Bad(400)
    return data[:-2]


def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise Closed()
    return data


def read_request(stream):
    left = LIMIT
    first = line(stream, left)
    left -= len(first) + 2
    match = re.fullmatch(rb"(" + TOKEN + rb") (/[!-~]*) HTTP/1\.([01])", first)
    if not match:
        raise Bad(400)
    headers = []
    while True:
        text = line(stream, left)
        left -= len(text) + 2
        if not text:
            break
        name, colon, value = text.partition(b":")
        if not colon or not re.fullmatch(TOKEN, name):
            raise Bad(400)
        headers.append((name.lower(), value.strip(b" \t")))

    def every(name):
        return [value for key, value in headers if key == name]

    if match[3] == b"1" and len(every(b"host")) != 1:
        raise Bad(400)
    lengths, codings = every(b"content-length"), every(b"transfer-encoding")
    if lengths and codings:
        raise Bad(400)
    body = b""
    if codings:
        if len(codings) > 1 or codings[0].lower() != b"chunked":
            raise Bad(501)
        while True:
            size = line(stream, LIMIT).split(b";")[0]
            if not re.fullmatch(rb"[0-9a-fA-F]+", size):
                raise Bad(400)
            count = int(size, 16)
            if len(body) + count > 1 << 20:
                raise Bad(413)
            if count == 0:
                break
            body += exactly(stream, count)
            if exactly(stream, 2) != b"\r\n":
                raise Bad(400)
        while line(stream, LIMIT):
            pass
    elif lengths:
        if len(set(lengths)) > 1 or not re.fullmatch(rb"[0-9]+", lengths[0]):
            raise Bad(400)
        if int(lengths[0]) > 1 << 20:
            raise Bad(413)
        body = exactly(stream, int(lengths[0]))
    options = [word.strip().lower() for value in every(b"connection") for word in value.split(b",")]
    stays = b"close" not in options and (match[3] == b"1" or b"keep-alive" in options)
    return match[1], match[2], body, stays


def inside(place):
    root = os.fsencode(ROOT)
    return place == root or place.startswith(root + b"/")


def find(path):
    """Returns (status, type, content, location)."""
    name = unquote_to_bytes(path)
    if b"\0" in name:
        return 400, None, b"", None
    # A slash at the end is no part of a file's name.
    place = os.path.realpath(os.path.join(os.fsencode(ROOT), name.lstrip(b"/")))
    if not inside(place):
        return 403, None, b"", None
    if os.path.isdir(place):
        if not name.endswith(b"/"):
            return 301, None, b"", path + b"/"
        place = os.path.realpath(os.path.join(place, b"index.html"))
    if not inside(place):
        return 403, None, b"", None
    if not os.path.isfile(place):
        return 404, None, b"", None
    with open(place, "rb") as file:
        content = file.read()
    extension = os.path.splitext(os.fsdecode(os.path.basename(place)))[1][1:]
    return 200, TYPES.get(extension, "application/octet-stream"), content, None


def respond(method, target, body):
    path = target.partition(b"?")[0]
    if method == b"POST" and path == b"/echo":
        return 200, "application/octet-stream", body, None
    if method in (b"GET", b"HEAD"):
        return find(path)
    return 501, None, b"", None


def write(connection, status, kind, body, stays, location=None, head=False):
    lines = [f"HTTP/1.1 {status} {REASON[status]}", f"content-length: {len(body)}",
             "connection: " + ("keep-alive" if stays else "close")]
    if kind:
        lines.append(f"content-type: {kind}")
    if location:
        lines.append("location: " + location.decode("ascii"))
    connection.sendall("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + (b"" if head else body))


def serve(connection):
    with connection:
        stream = connection.makefile("rb", buffering=64 * 1024)
        try:
            stays = True
            while stays:
                method, target, body, stays = read_request(stream)
                status, kind, content, location = respond(method, target, body)
                write(connection, status, kind, content, stays, location, method == b"HEAD")
            connection.shutdown(socket.SHUT_WR)
        except Bad as bad:
            try:
                write(connection, bad.status, None, b"", False)
                connection.shutdown(socket.SHUT_WR)
                # Read what is on its way, so that the answer is not lost to a reset.
                connection.settimeout(1)
                while connection.recv(65536):
                    pass
            except OSError:
                pass
        except (Closed, OSError):
            pass


with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128) as server:
    while True:
        peer, _ = server.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(peer,), daemon=True).start()
