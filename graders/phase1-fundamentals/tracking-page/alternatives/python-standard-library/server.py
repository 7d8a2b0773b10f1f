import json
import os
import secrets
import threading
from datetime import datetime
from html import escape as e
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

with open(os.environ["DATA_FILE"], encoding="utf-8") as file:
    DATA = json.load(file)
DEPOTS = {depot["id"]: depot["name"] for depot in DATA["depots"]}
PARCELS = {parcel["code"]: parcel for parcel in DATA["parcels"]}
BOOKINGS = {}
LOCK = threading.Lock()

CSS = """
table { border-collapse: collapse }
#events > tbody > tr:nth-child(even) { background: #eee }
@media (max-width: 30em) { table td { display: block } }
"""

PAGE = """<!DOCTYPE HTML>
<html lang='en-GB'><head><meta charset='utf-8'><title>{title}</title>
<link rel='stylesheet' href='/assets/main.css'></head>
<body><nav><ul><li><a href='/pickup'>Book a pickup</a><li><a href='/pickups'>All pickups</a></ul></nav>
{body}
"""


def page(title, body):
    return PAGE.format(title=e(title), body=body)


def when(event):
    try:
        at = datetime.fromisoformat(event["at"])
    except ValueError:
        return None
    return at if at.tzinfo else None


def track(parcel):
    sender = parcel["sender"]
    name = e(sender["name"])
    website = sender.get("website") or ""
    if website.startswith(("https://", "http://")):
        name = "<a rel='nofollow' href='%s'>%s</a>" % (e(website), name)
    timed = [event for event in parcel["events"] if when(event)]
    others = [event for event in parcel["events"] if not when(event)]
    rows = []
    for event in sorted(timed, key=when) + others:
        at = when(event)
        if at:
            shown = "<time datetime='%s'>%s</time>" % (at.isoformat(), at.strftime("%d %B, %H:%M"))
        else:
            shown = e(event["at"])
        rows.append("<tr><td>%s<td>%s<td>%s" % (shown, e(event["place"]), e(event["text"])))
    body = "<h1>%s</h1><p>To %s from %s<table id='events'><thead><tr><th>When<th>Where<th>What<tbody>%s</table>" % (
        e(parcel["code"]),
        e(parcel["recipient"]),
        name,
        "\n".join(rows),
    )
    return page("%s for %s" % (parcel["code"], parcel["recipient"]), body)


def field(label, control, message):
    return "<p><label>%s %s%s</label>" % (
        label,
        control,
        " <strong>%s</strong>" % e(message) if message else "",
    )


def form(values, messages):
    options = "".join(
        "<option value='%s'%s>%s" % (e(key), " selected" if key == values["depot"] else "", e(name))
        for key, name in DEPOTS.items()
    )
    body = "<h1>Book a pickup</h1><form method='POST'>"
    body += field("Name", "<input name='name' value='%s'>" % e(values["name"]), messages.get("name"))
    body += field("Email", "<input name='email' value='%s'>" % e(values["email"]), messages.get("email"))
    body += field(
        "Depot", "<select name='depot'><option value=''>Choose%s</select>" % options, messages.get("depot")
    )
    body += field(
        "Note", "<textarea name='note'>\n%s</textarea>" % e(values["note"]), messages.get("note")
    )
    return page("Book a pickup", body + "<p><input type='submit' value='Book'></form>")


def check(values):
    messages = {}
    if not 1 <= len(values["name"].strip()) <= 80:
        messages["name"] = "between 1 and 80 characters, please"
    left, _, right = values["email"].partition("@")
    if not left or not right or "@" in right or any(char.isspace() for char in values["email"]):
        messages["email"] = "this is no e-mail address"
    if values["depot"] not in DEPOTS:
        messages["depot"] = "there is no such depot"
    if len(values["note"].strip()) > 500:
        messages["note"] = "500 characters at most"
    return messages


def show(booking):
    return "<dl><dt>Name<dd>%s<dt>Email<dd>%s<dt>Depot<dd>%s<dt>Note<dd>%s</dl>" % tuple(
        e(text).replace("\n", "<br>") for text in booking
    )


class Handler(BaseHTTPRequestHandler):
    def reply(self, status, text, kind="text/html;charset=UTF-8", **headers):
        body = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer(self):
        # What was sent must be read in any case: the connection may be used again.
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        at = urlsplit(self.path).path
        allowed = ["GET", "HEAD"]
        if at == "/pickup":
            allowed.append("POST")
            text = lambda: form(dict.fromkeys(["name", "email", "depot", "note"], ""), {})
        elif at == "/pickups":
            items = "".join("<li>%s</li>" % show(booking) for booking in list(BOOKINGS.values()))
            text = lambda: page("Pickups", "<h1>Pickups</h1><ol id='pickups'>%s</ol>" % items)
        elif at == "/assets/main.css":
            text = None
        elif at.startswith("/booked/") and at[8:] in BOOKINGS:
            text = lambda: page("Booked", "<h1>Booked</h1>" + show(BOOKINGS[at[8:]]))
        elif at.startswith("/track/") and unquote(at[7:]) in PARCELS:
            text = lambda: track(PARCELS[unquote(at[7:])])
        else:
            return self.reply(
                404, page("Nothing here", "<h1>Nothing here</h1><p>No page is called %s." % e(unquote(at)))
            )
        if self.command not in allowed:
            return self.reply(405, "no\n", "text/plain", Allow=", ".join(allowed))
        if self.command == "POST":
            return self.book(sent)
        if text is None:
            return self.reply(200, CSS, "text/css")
        self.reply(200, text())

    def book(self, sent):
        kind = (self.headers.get("Content-Type") or "").split(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return self.reply(415, "a form, please\n", "text/plain")
        fields = parse_qs(sent.decode("ascii"), keep_blank_values=True)
        values = {name: fields.get(name, [""])[0] for name in ("name", "email", "depot", "note")}
        values["note"] = values["note"].replace("\r\n", "\n")
        messages = check(values)
        if messages:
            return self.reply(400, form(values, messages))
        key = secrets.token_urlsafe(12)
        with LOCK:
            BOOKINGS[key] = (
                values["name"].strip(),
                values["email"],
                DEPOTS[values["depot"]],
                values["note"].strip(),
            )
        self.reply(303, "", "text/plain", Location="http://%s/booked/%s" % (self.headers["Host"], key))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
