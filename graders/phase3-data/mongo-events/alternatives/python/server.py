"""Pelican Post, the timelines of parcels, with the standard library alone."""

import json
import os
import re
import traceback
from datetime import date, datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from mongo import MongoError, Pool

pool = Pool()
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Refused(Exception):
    pass


def text(value):
    if not isinstance(value, str) or not 1 <= len(value) <= 100:
        raise Refused("a text of 1 to 100 characters, please")
    return value


def instant(value):
    match = INSTANT.fullmatch(text(value))
    if not match:
        raise Refused("an instant, please")
    day, minutes, seconds, fraction, offset = match.groups()
    micro = ((fraction or ".")[1:] + "000000")[:6]
    zone = "+00:00" if offset == "Z" else offset
    try:
        return datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}.{micro}{zone}")
    except ValueError:
        raise Refused("an instant, please")


def day(value):
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text(value)):
            raise ValueError(value)
        found = date.fromisoformat(value)
    except ValueError:
        raise Refused("a day, please")
    return datetime(found.year, found.month, found.day, tzinfo=timezone.utc)


def shown(event, **more):
    return {**more, **event, "at": event["at"].astimezone(timezone.utc).isoformat()}


def append(code, event):
    make = {"q": {"code": code}, "u": {"$setOnInsert": {"events": [], "total": 0}}, "upsert": True}
    push = {"$each": [event], "$sort": {"at": 1}, "$slice": -100}
    change = {
        "q": {"code": code, "events": {"$not": {"$elemMatch": {"eventId": event["eventId"]}}}},
        "u": {"$push": {"events": push}, "$inc": {"total": 1}},
    }
    try:
        pool.command({"update": "timelines", "updates": [make]})
    except MongoError as error:
        if error.code != 11000:  # somebody else has just made it
            raise
    return pool.command({"update": "timelines", "updates": [change]})["nModified"] == 1


def timeline(code):
    rows = pool.rows({"find": "timelines", "filter": {"code": code}, "limit": 1})
    if not rows or not rows[0]["total"]:
        return 404, {"detail": "no such parcel"}
    return 200, {
        "code": code,
        "total": rows[0]["total"],
        "events": [shown(event) for event in rows[0]["events"]],
    }


def daily(depot, start, end):
    at = {"$gte": start, "$lt": end}
    pipeline = [
        {"$match": {"events": {"$elemMatch": {"depot": depot, "at": at}}}},
        {"$unwind": "$events"},
        {"$match": {"events.depot": depot, "events.at": at}},
        {"$project": {"code": 1, "day": {"$dateToString": {"date": "$events.at", "format": "%Y-%m-%d"}}}},
        {"$group": {"_id": "$day", "events": {"$sum": 1}, "codes": {"$addToSet": "$code"}}},
        {"$sort": {"_id": 1}},
    ]
    rows = pool.rows({"aggregate": "timelines", "pipeline": pipeline, "cursor": {}})
    days = [{"day": row["_id"], "events": row["events"], "parcels": len(row["codes"])} for row in rows]
    return 200, days


def search(kind, depot, after, limit):
    if not re.fullmatch(r"[1-9]\d?|100", limit):
        raise Refused("a limit from 1 to 100, please")
    wanted = {"events.kind": kind, "events.depot": depot}
    if after is not None:
        wanted["events.at"] = {"$gt": instant(after)}
    pipeline = [
        {"$match": {"events.depot": depot}},
        {"$unwind": "$events"},
        {"$match": wanted},
        {"$sort": {"events.at": -1}},
        {"$limit": int(limit)},
    ]
    rows = pool.rows({"aggregate": "timelines", "pipeline": pipeline, "cursor": {}})
    return 200, [shown(row["events"], code=row["code"]) for row in rows]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.reply(self.get)

    def do_POST(self):
        self.reply(self.post)

    def get(self, parts, query, _body):
        if len(parts) == 2 and parts[0] == "parcels":
            return timeline(parts[1])
        if len(parts) == 3 and parts[0] == "depots" and parts[2] == "daily":
            return daily(parts[1], day(query.get("from")), day(query.get("to")))
        if parts == ["search"]:
            kind, depot = text(query.get("kind")), text(query.get("depot"))
            return search(kind, depot, query.get("after"), query.get("limit", "20"))
        return 404, {"detail": "not here"}

    def post(self, parts, _query, body):
        if len(parts) != 3 or parts[0] != "parcels" or parts[2] != "events":
            return 404, {"detail": "not here"}
        if self.headers.get_content_type() != "application/json":
            raise Refused("JSON, please")
        try:
            sent = json.loads(body)
        except ValueError:
            raise Refused("JSON, please")
        if not isinstance(sent, dict):
            raise Refused("an object, please")
        event = {name: text(sent.get(name)) for name in ("eventId", "kind", "depot")}
        event["at"] = instant(sent.get("at"))
        return (201 if append(text(parts[1]), event) else 200), {}

    def reply(self, route):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.split("/")[1:]]
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            status, answer = route(parts, query, body)
        except Refused as refusal:
            status, answer = 400, {"detail": str(refusal)}
        except Exception:
            traceback.print_exc()
            status, answer = 500, {"detail": "a fault of ours"}
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


pool.command(
    {
        "createIndexes": "timelines",
        "indexes": [
            {"key": {"code": 1}, "name": "code", "unique": True},
            {"key": {"events.depot": 1}, "name": "depot"},
        ],
    }
)
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
