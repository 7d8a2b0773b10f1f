import json
import os
import re
import threading
from datetime import date, datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from mysqlclient import Connection, DatabaseError

TABLES = [
    """create table if not exists buyers (no bigint auto_increment primary key,
       mail varchar(200) not null, folded varchar(200) as (lower(mail)) persistent unique,
       called varchar(60) not null) character set utf8mb4 collate utf8mb4_bin""",
    "create table if not exists shelf (sku varchar(20) collate utf8mb4_bin primary key, have int unsigned not null)",
    """create table if not exists orders (id bigint auto_increment primary key, sku varchar(20) not null,
       qty int not null, made datetime not null)""",
]
local = threading.local()


def db():
    if getattr(local, "connection", None) is None:
        local.connection = Connection(os.environ["MARIADB_URL"])
    return local.connection


class Refusal(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def need(condition, text):
    if not condition:
        raise Refusal(422, text)


def amount(body, name):
    value = body.get(name)
    need(type(value) is int and 1 <= value <= 1_000_000, f"{name} must be a whole number")
    return value


def instant(text):
    need(isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", text), "at is no time")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    except ValueError:
        raise Refusal(422, "at is no time")


def digits(query, name, default, least, most):
    text = query.get(name, [str(default)])[0]
    need(re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most, f"{name} is no number")
    return int(text)


def day(query, name):
    text = query.get(name, [""])[0]
    try:
        need(re.fullmatch(r"\d{4}-\d\d-\d\d", text), f"{name} is no day")
        date.fromisoformat(text)
    except ValueError:
        raise Refusal(422, f"{name} is no day")
    return text


def shown(row):
    no, sku, qty, made = row
    return {"id": int(no), "sku": sku, "qty": int(qty), "at": made.replace(" ", "T") + "+00:00"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_request(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        try:
            self.answer(*self.route(url.path, parse_qs(url.query, keep_blank_values=True), raw))
        except Refusal as refusal:
            self.answer(refusal.status, {"message": str(refusal)})
        except Exception as error:  # noqa: BLE001
            print(repr(error), flush=True)
            local.connection = None
            self.answer(500, {"message": "something went wrong"})

    do_GET = do_POST = do_PUT = handle_request

    def body(self, raw):
        try:
            value = json.loads(raw)
        except ValueError:
            raise Refusal(400, "the body is no JSON")
        need(isinstance(value, dict), "the body must be an object")
        return value

    def route(self, path, query, raw):
        parts = path.strip("/").split("/")
        what = (self.command, parts[0], len(parts))
        if what == ("POST", "customers", 1):
            body = self.body(raw)
            mail, name = body.get("email"), body.get("name")
            need(isinstance(mail, str) and len(mail) <= 200 and re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", mail), "email")
            need(isinstance(name, str) and 1 <= len(name) <= 60, "name")
            try:
                _, no = db().query("insert into buyers (mail, called) values (?, ?)", mail, name)
            except DatabaseError as error:
                if error.number == 1062:
                    raise Refusal(409, "the address is taken")
                raise
            return 201, {"id": no, "email": mail, "name": name}
        if what == ("GET", "customers", 2) and re.fullmatch(r"[0-9]{1,18}", parts[1]):
            for no, mail, name in db().query("select no, mail, called from buyers where no = ?", int(parts[1])):
                return 200, {"id": int(no), "email": mail, "name": name}
        if what == ("PUT", "stock", 2):
            need(re.fullmatch(r"[A-Z0-9-]{1,20}", parts[1]), "sku")
            add = amount(self.body(raw), "add")
            db().query("insert into shelf values (?, ?) on duplicate key update have = have + ?", parts[1], add, add)
            [[have]] = db().query("select have from shelf where sku = ?", parts[1])
            return 200, {"sku": parts[1], "quantity": int(have)}
        if what == ("GET", "stock", 2):
            for sku, have in db().query("select sku, have from shelf where sku = ?", parts[1]):
                return 200, {"sku": sku, "quantity": int(have)}
        if what == ("POST", "orders", 1):
            return self.order(self.body(raw))
        if what == ("GET", "orders", 1):
            limit, offset = digits(query, "limit", 20, 1, 100), digits(query, "offset", 0, 0, 10**9)
            rows = db().query("select id, sku, qty, made from orders order by id desc limit ? offset ?", limit, offset)
            return 200, {"orders": [shown(row) for row in rows]}
        if what == ("GET", "report", 1):
            rows = db().query(
                """select date(made), count(*), sum(qty) from orders where made >= ? and made < ?
                   group by date(made) order by 1""", day(query, "from"), day(query, "to"))
            return 200, {"days": [{"day": d, "orders": int(n), "qty": int(q)} for d, n, q in rows]}
        raise Refusal(404, "nothing here")

    def order(self, body):
        sku, qty = body.get("sku"), amount(body, "qty")
        need(isinstance(sku, str) and re.fullmatch(r"[A-Z0-9-]{1,20}", sku), "sku")
        made = instant(body["at"]) if "at" in body else datetime.now(timezone.utc)
        text = made.strftime("%Y-%m-%d %H:%M:%S")
        db().query("begin")
        changed, _ = db().query("update shelf set have = have - ? where sku = ? and have >= ?", qty, sku, qty)
        if changed == 0:
            db().query("rollback")
            raise Refusal(409, "there are not so many")
        _, no = db().query("insert into orders (sku, qty, made) values (?, ?, ?)", sku, qty, text)
        db().query("commit")
        return 201, shown((no, sku, qty, text))


class Server(ThreadingHTTPServer):
    request_queue_size = 200
    daemon_threads = True


for table in TABLES:
    db().query(table)
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
