import itertools
import json
import os
import re
import signal
import sys
import threading
import time
import uuid

from flask import Flask, abort, g, jsonify, make_response, request
from waitress import serve
from werkzeug.exceptions import HTTPException

import pricing

app = Flask(__name__)
app.json.sort_keys = False
app.config["MAX_CONTENT_LENGTH"] = 100 * 1024
app.url_map.redirect_defaults = False

STATUSES = {"new", "moving", "delivered"}
OWN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
parcels = {}
numbers = itertools.count(1)
lock = threading.Lock()


@app.before_request
def take_request_id():
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if OWN_ID.fullmatch(sent) else uuid.uuid4().hex


@app.after_request
def give_request_id(response):
    response.headers["X-Request-Id"] = g.request_id
    return response


@app.errorhandler(HTTPException)
def http_error(error):
    return jsonify(error=error.description), error.code


@app.errorhandler(Exception)
def unexpected(error):
    app.logger.exception("unexpected", exc_info=error)
    return jsonify(error="internal server error"), 500


def refuse(word):
    raise ValueError(word)


def is_whole(value):
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def check(fields, required=()):
    """The known fields of a body; 422 where one is missing or wrong."""
    if not isinstance(fields, dict):
        abort(422, "the body must be an object")
    known = {name: fields[name] for name in ("to", "weightG", "status") if name in fields}
    for name in required:
        if name not in known:
            abort(422, f"{name} is missing")
    if "to" in known and not (isinstance(known["to"], str) and 1 <= len(known["to"]) <= 200):
        abort(422, "to must be a text of 1 to 200 characters")
    if "weightG" in known:
        weight = known["weightG"]
        if not (is_whole(weight) and 1 <= weight <= 30000):
            abort(422, "weightG must be a whole number from 1 to 30000")
        known["weightG"] = int(weight)
    if "status" in known and not (isinstance(known["status"], str) and known["status"] in STATUSES):
        abort(422, "status must be new, moving or delivered")
    return known


def body():
    if not request.is_json:
        abort(415, "the body must be JSON")
    try:
        return json.loads(request.get_data(), parse_constant=refuse)
    except (ValueError, RecursionError):
        abort(400, "the body is not JSON")


def find(code):
    return parcels.get(code) or abort(404, "no such parcel")


@app.post("/parcels")
def create():
    known = check(body(), ("to", "weightG"))
    with lock:
        code = f"F{next(numbers)}"
        parcel = {"code": code, "to": known["to"], "weightG": known["weightG"], "status": "new"}
        parcels[code] = parcel
    return jsonify(parcel), 201, {"Location": f"/parcels/{code}"}


@app.get("/parcels")
def index():
    wanted = request.args.get("status")
    if wanted is not None and wanted not in STATUSES:
        abort(422, "status must be new, moving or delivered")
    return jsonify([one for one in list(parcels.values()) if wanted in (None, one["status"])])


@app.get("/parcels/<code>")
def show(code):
    return jsonify(find(code))


@app.patch("/parcels/<code>")
def change(code):
    find(code)
    known = check(body())
    with lock:
        parcels[code] = {**find(code), **known}
        return jsonify(parcels[code])


@app.delete("/parcels/<code>")
def remove(code):
    with lock:
        find(code)
        del parcels[code]
    return make_response("", 204)


@app.get("/parcels/<code>/quote")
def quote(code):
    try:
        return jsonify(cents=pricing.price_of(find(code)["weightG"]))
    except pricing.Late:
        abort(504, "the pricing service took too long")
    except pricing.Broken:
        abort(502, "the pricing service gave no usable answer")


@app.get("/boom")
def boom():
    raise RuntimeError("boom")


@app.get("/boom-async")
def boom_async():
    time.sleep(0.01)
    raise RuntimeError("boom")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(os.environ.get("PORT", "3000"))
    serve(app, host="127.0.0.1", port=port, threads=64, ident=None)
