import asyncio
import os
import pathlib
import re
import urllib.parse

root = pathlib.Path(os.environ["DOCROOT"]).resolve()
mime = dict(html="text/html; charset=utf-8", css="text/css", js="text/javascript", mjs="text/javascript",
            json="application/json; charset=utf-8", txt="text/plain; charset=utf-8", svg="image/svg+xml",
            png="image/png")


class Refused(Exception):
    """The connection is of no use any more."""

    def __init__(self, status="400"):
        self.status = status


async def head_of(reader):
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise Refused("431")
    if len(block) > 32768:
        raise Refused("431")
    first, *lines = block[:-4].decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3:
        raise Refused()
    method, target, version = parts
    if version not in ("HTTP/1.0", "HTTP/1.1") or not target.startswith("/"):
        raise Refused()
    if not re.fullmatch(r"[A-Za-z\-]+", method):
        raise Refused()
    headers = {}
    for one in lines:
        if ":" not in one or one[0] in " \t:":
            raise Refused()
        name, value = one.split(":", 1)
        if re.search(r"\s", name):
            raise Refused()
        headers.setdefault(name.lower(), []).append(value.strip(" \t"))
    if version == "HTTP/1.1" and len(headers.get("host", [])) != 1:
        raise Refused()
    return method, target, version, headers


async def body_of(reader, headers):
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if coding:
        if length or [one.lower() for one in coding] != ["chunked"]:
            raise Refused()
        body = bytearray()
        while True:
            size = (await reader.readuntil(b"\r\n"))[:-2].partition(b";")[0]
            if not size or size.strip(b"0123456789abcdefABCDEF"):
                raise Refused()
            chunk = await reader.readexactly(int(size, 16) + 2) if int(size, 16) else None
            if chunk is None:
                break
            if chunk[-2:] != b"\r\n":
                raise Refused()
            body += chunk[:-2]
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return bytes(body)
    if not length:
        return b""
    if any(one != length[0] for one in length) or not (length[0].isascii() and length[0].isdigit()):
        raise Refused()
    return await reader.readexactly(int(length[0]))


def page(path):
    try:
        name = urllib.parse.unquote(path, errors="strict")
    except UnicodeDecodeError:
        return "400", {}, b"bad escape"
    here = root
    for part in name.split("/"):
        if part in ("", "."):
            continue
        if part == ".." or "\\" in part or "\0" in part:
            return "400", {}, b"no way out"
        here = here / part
    if here.is_dir():
        here = here / "index.html"
    try:
        real = here.resolve(strict=True)
    except OSError:
        return "404", {}, b"nothing"
    if root not in real.parents or not real.is_file():
        return "404", {}, b"nothing"
    return "200", {"Content-Type": mime.get(real.suffix[1:], "application/octet-stream")}, real.read_bytes()


def answer_to(method, target, body):
    path = target.split("?", 1)[0]
    if path == "/echo" and method == "POST":
        return "200", {"Content-Type": "application/octet-stream"}, body
    if method not in ("GET", "HEAD"):
        return "405", {"Allow": "GET, HEAD"}, b"not here\n"
    return page(path)


async def talk(reader, writer):
    version = "HTTP/1.1"
    try:
        while True:
            method, target, version, headers = await head_of(reader)
            body = await body_of(reader, headers)
            words = {word.strip().lower() for word in ",".join(headers.get("connection", [])).split(",")}
            goes = "close" in words or (version == "HTTP/1.0" and "keep-alive" not in words)
            status, fields, content = answer_to(method, target, body)
            fields = {**fields, "Content-Length": len(content)}
            if goes:
                fields["Connection"] = "close"
            elif version == "HTTP/1.0":
                fields["Connection"] = "Keep-Alive"
            lines = [f"{version} {status} "] + [f"{name}: {value}" for name, value in fields.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
            if method != "HEAD":
                writer.write(content)
            await writer.drain()
            if goes:
                break
    except Refused as refused:
        writer.write(f"HTTP/1.1 {refused.status} \r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        try:
            if writer.can_write_eof():
                writer.write_eof()
            await writer.drain()
            # Whatever is still coming goes nowhere.
            await asyncio.wait_for(reader.read(1 << 17), 0.5)
        except (OSError, asyncio.TimeoutError, RuntimeError):
            pass
        writer.close()


async def main():
    server = await asyncio.start_server(talk, "127.0.0.1", int(os.environ["PORT"]), limit=33000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
