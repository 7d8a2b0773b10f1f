import json
import os
import re
import resource
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

STARTED = time.time()
lock = threading.Lock()
parcels, counters, durations, created = {}, {}, {}, {"S": 0, "M": 0, "L": 0}
in_flight = 0
BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]
USUAL = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
ROUTES = [
    (re.compile(r"/parcels\Z"), "/parcels", ("GET", "HEAD", "POST")),
    (re.compile(r"/parcels/([^/]+)\Z"), "/parcels/<code>", ("GET", "HEAD", "DELETE")),
    (re.compile(r"/parcels/([^/]+)/label\Z"), "/parcels/<code>/label", ("GET", "HEAD")),
    (re.compile(r"/boom\Z"), "/boom", ("GET", "HEAD")),
]


class Refused(Exception):
    def __init__(self, status, text, **headers):
        self.status, self.text, self.headers = status, text, headers


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *args):
        pass

    def handle_method(self):
        global in_flight
        begun = time.perf_counter()
        with lock:
            in_flight += 1
        self.route, self.status = "unknown", 500
        try:
            try:
                status, body = self.answer()
                headers = {}
            except Refused as refused:
                status, body, headers = refused.status, {"error": refused.text}, refused.headers
            except Exception:
                status, body, headers = 500, {"error": "internal"}, {}
            self.status = status
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        finally:
            took = time.perf_counter() - begun
            method = self.command if self.command in USUAL else "OTHER"
            with lock:
                in_flight -= 1
                key = (method, self.route, str(self.status))
                counters[key] = counters.get(key, 0) + 1
                one = durations.setdefault((method, self.route), [[0] * len(BOUNDS), 0, 0.0])
                for index, bound in enumerate(BOUNDS):
                    if took <= bound:
                        one[0][index] += 1
                one[1] += 1
                one[2] += took

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.handle_method
        raise AttributeError(name)

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        path = urlsplit(self.path)
        code, methods = None, None
        for pattern, route, allowed in ROUTES:
            found = pattern.match(path.path)
            if found:
                self.route, methods = route, allowed
                if found.groups():
                    code = unquote(found.group(1))
        raw = self.rfile.read(length)
        if methods is None:
            raise Refused(404, "no such page")
        if self.command not in methods:
            raise Refused(405, "not here", Allow=", ".join(methods))
        if self.route == "/boom":
            raise ValueError("boom")
        if self.route == "/parcels":
            if self.command != "POST":
                with lock:
                    return 200, list(parcels.values())
            return self.create(raw)
        with lock:
            parcel = parcels.get(code)
            if parcel is not None and self.command == "DELETE":
                del parcels[code]
        if parcel is None:
            raise Refused(404, "no such parcel")
        if self.command == "DELETE":
            return 204, None
        if self.route.endswith("label"):
            try:
                ms = int(parse_qs(path.query).get("ms", ["0"])[0])
            except ValueError:
                ms = 0
            time.sleep(max(0, min(ms, 5000)) / 1000)
        return 200, parcel

    def create(self, raw):
        if "json" not in self.headers.get("Content-Type", "").lower():
            raise Refused(415, "JSON, please")
        try:
            size = json.loads(raw)["size"]
        except (ValueError, RecursionError):
            raise Refused(400, "no JSON")
        except (KeyError, TypeError, IndexError):
            raise Refused(422, "no size")
        if not isinstance(size, str) or size not in created:
            raise Refused(422, "S, M or L")
        with lock:
            code = "P%05d" % (sum(created.values()) + 1)
            parcels[code] = {"code": code, "size": size}
            created[size] += 1
        return 201, parcels[code]


def sample(name, labels, value):
    inside = ",".join('%s="%s"' % pair for pair in labels)
    return "%s{%s} %s" % (name, inside, value)


def queue():
    try:
        with open(os.environ["QUEUE_FILE"]) as file:
            text = file.read().strip()
        return int(text) if re.fullmatch("[0-9]+", text) else None
    except (OSError, ValueError):
        return None


def page():
    lines = []

    def family(name, kind, text):
        lines.append("# HELP %s %s" % (name, text))
        lines.append("# TYPE %s %s" % (name, kind))

    with lock:
        family("http_requests_total", "counter", "Requests.")
        for (method, route, status), value in counters.items():
            labels = [("method", method), ("route", route), ("status", status)]
            lines.append(sample("http_requests_total", labels, float(value)))
        name = "http_request_duration_seconds"
        family(name, "histogram", "Durations.")
        for (method, route), (within, count, total) in durations.items():
            labels = [("method", method), ("route", route)]
            for bound, value in zip(BOUNDS, within):
                lines.append(sample(name + "_bucket", labels + [("le", bound)], value))
            lines.append(sample(name + "_bucket", labels + [("le", "+Inf")], count))
            lines.append(sample(name + "_count", labels, count))
            lines.append(sample(name + "_sum", labels, total))
        family("http_requests_in_flight", "gauge", "Open requests.")
        lines.append("http_requests_in_flight %d" % in_flight)
        family("parcels_created_total", "counter", "Parcels.")
        for size, value in created.items():
            lines.append(sample("parcels_created_total", [("size", size)], value))
    family("queue_depth", "gauge", "Jobs.")
    depth = queue()
    lines.append("queue_depth %s" % ("NaN" if depth is None else depth))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    family("process_cpu_seconds_total", "counter", "CPU.")
    lines.append("process_cpu_seconds_total %r" % (usage.ru_utime + usage.ru_stime))
    family("process_resident_memory_bytes", "gauge", "Memory.")
    try:
        with open("/proc/self/statm") as file:
            memory = int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        memory = usage.ru_maxrss * 1024
    lines.append("process_resident_memory_bytes %d" % memory)
    family("process_start_time_seconds", "gauge", "Start.")
    lines.append("process_start_time_seconds %r" % STARTED)
    return "\n".join(lines) + "\n"


class Metrics(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *args):
        pass

    def do_GET(self):
        known = urlsplit(self.path).path == "/metrics"
        data = page().encode() if known else b"only /metrics is here\n"
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = do_POST


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


metrics = Server(("127.0.0.1", int(os.environ["METRICS_PORT"])), Metrics)
threading.Thread(target=metrics.serve_forever, daemon=True).start()
Server(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
