import hashlib
import json
import os
import re
import signal
import threading
from datetime import date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from resp import Redis, RedisRefusal, RedisUnavailable

HOUR = 3600
COURIER = re.compile(r"[a-z0-9-]{1,40}")
ID = re.compile(r"[A-Za-z0-9-]{1,64}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[0-9]{1,15}")


class Script:
    """Runs by its digest; Redis gets the text where it does not know it yet."""

    def __init__(self, text):
        self._text = text
        self._digest = hashlib.sha1(text.encode()).hexdigest()

    def __call__(self, *words):
        try:
            return redis.command("EVALSHA", self._digest, *words)
        except RedisRefusal as refusal:
            if not str(refusal).startswith("NOSCRIPT"):
                raise
            return redis.command("EVAL", self._text, *words)


COUNT = Script(
    """
    local board, recent, id = KEYS[1], KEYS[2], KEYS[3]
    if redis.call('EXISTS', id) == 0 then
      redis.call('SETEX', id, 24 * 3600 + 5, ARGV[1])
      redis.call('ZADD', board, 'INCR', -tonumber(ARGV[2]), ARGV[1])
      redis.call('EXPIREAT', board, ARGV[3])
      redis.call('RPUSH', recent, ARGV[4])
      redis.call('LTRIM', recent, -20, -1)
      redis.call('EXPIRE', recent, 26 * 3600)
    end
    return redis.call('ZSCORE', board, ARGV[1]) or '0'
    """
)

# The lines of a page, each with the number of those who are better.
PAGE = Script(
    """
    local lines = {}
    local found = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')
    for at = 1, #found, 2 do
      local better = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. found[at + 1])
      lines[#lines + 1] = found[at] .. ' ' .. found[at + 1] .. ' ' .. better
    end
    return table.concat(lines, '\\n')
    """
)


class Problem(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


def today():
    return datetime.now(timezone.utc).date()


def day_from(value):
    if value is None:
        return today()
    if isinstance(value, str) and DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Problem(422, "a day is written like 2026-03-09")


def open_day_from(value):
    day = day_from(value)
    if not timedelta(0) <= today() - day <= timedelta(days=2):
        raise Problem(422, "this day is closed, or has not begun")
    return day


def expiry(day):
    end = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
    return int(end.timestamp()) + 50 * HOUR


def text_from(value, shape, name):
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise Problem(422, f"{name} is not as it should be")
    return value


def number_from(query, name, default, least, most):
    value = query.get(name)
    if value is None:
        return default
    number = int(value) if NUMBER.fullmatch(value) else -1
    if not least <= number <= most:
        raise Problem(422, f"{name} is a whole number from {least} to {most}")
    return number


def board(day):
    return f"pelican:board:{day}"


def lines(day, first, last):
    found = PAGE(1, board(day), first, last).decode()
    for line in found.splitlines():
        courier, score, better = line.split(" ")
        yield {"courier": courier, "score": -int(score), "rank": int(better) + 1}


class Handler(BaseHTTPRequestHandler):
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self):
        self._respond()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def _respond(self):
        try:
            # Read it in any case: closing a connection with something unread resets it.
            size = self.headers.get("Content-Length", "")
            body = self.rfile.read(int(size) if size.isdecimal() else 0)
            status, content = self._route(body)
        except Problem as problem:
            status, content = problem.status, {"title": str(problem), "status": problem.status}
        except (RedisUnavailable, RedisRefusal) as error:
            status, content = 503, {"title": "no Redis at the moment", "detail": repr(error)}
        self._send(status, content)

    def _route(self, body):
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        parts = url.path.split("/")[1:]
        asked = (self.command, parts[0], len(parts))
        if asked == ("GET", "leaderboard", 1):
            day = day_from(query.get("day"))
            limit = number_from(query, "limit", 10, 1, 100)
            offset = number_from(query, "offset", 0, 0, 10**14)
            return 200, list(lines(day, offset, offset + limit - 1))
        if asked == ("GET", "couriers", 2):
            day = day_from(query.get("day"))
            place = redis.command("ZRANK", board(day), unquote(parts[1]))
            for line in lines(day, place, place) if place is not None else []:
                return 200, line
            raise Problem(404, "no score")
        if asked == ("GET", "recent", 1):
            found = redis.command("LRANGE", "pelican:recent", 0, -1)
            return 200, [json.loads(entry) for entry in reversed(found)]
        if asked == ("POST", "deliveries", 1):
            return self._deliver(self._json(body))
        if asked == ("POST", "bonus", 1):
            return self._bonus(self._json(body))
        raise Problem(404, "no such page")

    def _deliver(self, wish):
        id = text_from(wish.get("id"), ID, "id")
        courier = text_from(wish.get("courier"), COURIER, "courier")
        points = wish.get("points")
        if type(points) is not int or not 1 <= points <= 1000:
            raise Problem(422, "points is a whole number from 1 to 1000")
        day = open_day_from(wish.get("day"))
        entry = json.dumps({"id": id, "courier": courier, "points": points})
        keys = [board(day), "pelican:recent", f"pelican:id:{id}"]
        score = COUNT(3, *keys, courier, points, expiry(day), entry)
        return 200, {"score": abs(int(score)), "day": str(day)}

    def _bonus(self, wish):
        courier = text_from(wish.get("courier"), COURIER, "courier")
        day = open_day_from(wish.get("day"))
        key = f"pelican:bonus:{courier}:{day}"
        if redis.command("SET", key, 1, "EXAT", expiry(day), "NX") is None:
            raise Problem(409, "this courier had the bonus of that day")
        return 200, {"message": "enjoy"}

    def _json(self, body):
        if self.headers.get_content_type() != "application/json":
            raise Problem(415, "application/json, please")
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
            self.wfile.write(json.dumps(content, indent=2).encode() + b"\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    redis = Redis(os.environ["REDIS_URL"])
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
