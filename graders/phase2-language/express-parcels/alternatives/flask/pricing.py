"""Asks the pricing service, for one second at most."""

import json
import os
import socket
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

BASE = urlsplit(os.environ.get("PRICING_URL", "http://127.0.0.1:4019"))
SECONDS = 1.0


class Broken(Exception):
    """No usable answer."""


class Late(Exception):
    """No complete answer in time."""


def price_of(weight):
    """The cents for a weight. A socket's time limit begins anew with each byte, so a timer ends it."""
    end = time.monotonic() + SECONDS
    late = threading.Event()
    connection = HTTPConnection(BASE.hostname, BASE.port or 80, timeout=SECONDS)

    def cut():
        late.set()
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass

    timer = None
    try:
        connection.connect()
        timer = threading.Timer(max(0.0, end - time.monotonic()), cut)
        timer.daemon = True
        timer.start()
        connection.request("GET", f"{BASE.path}/quote?weight={weight}")
        with connection.getresponse() as response:
            body = response.read()
        if late.is_set():
            raise Late
        if response.status != 200:
            raise Broken
        answer = json.loads(body)
        cents = answer.get("cents") if isinstance(answer, dict) else None
        if isinstance(cents, float) and cents.is_integer():
            cents = int(cents)
        if not isinstance(cents, int) or isinstance(cents, bool):
            raise Broken
        return cents
    except TimeoutError:
        raise Late from None
    except (OSError, HTTPException, ValueError, RecursionError):
        raise (Late if late.is_set() else Broken) from None
    finally:
        if timer:
            timer.cancel()
        connection.close()
