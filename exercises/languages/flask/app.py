"""A first program on Flask. Replace the route at the end with those of the exercise's README."""

import os
import signal
import sys

from flask import Flask, jsonify
from waitress import serve
from werkzeug.exceptions import HTTPException

app = Flask(__name__)
app.json.sort_keys = False


@app.errorhandler(HTTPException)
def http_error(error):
    """404, 405, 400 …: Flask would answer with a page of HTML."""
    return jsonify(error=error.description), error.code


@app.errorhandler(Exception)
def unexpected(error):
    app.logger.exception("unexpected", exc_info=error)
    return jsonify(error="internal server error"), 500


@app.get("/")
def hello():
    return jsonify(hello="Pelican Post")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # One request holds one thread for as long as it takes.
    serve(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")), threads=32, ident=None)
