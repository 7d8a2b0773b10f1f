"""The parcels, and what may stand in one."""

import itertools
import threading

from api.errors import Refused

STATUSES = ("new", "moving", "delivered")

_parcels = {}
_numbers = itertools.count(1000)
_lock = threading.Lock()


def _text(value):
    return value if isinstance(value, str) and 1 <= len(value) <= 200 else None


def _weight(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if 1 <= value <= 30_000 else None


def status(value):
    return value if isinstance(value, str) and value in STATUSES else None


RULES = {"to": _text, "weightG": _weight, "status": status}


def read(body, required=()):
    if not isinstance(body, dict):
        raise Refused(422, "the body must be an object")
    known = {}
    for name, rule in RULES.items():
        if name in body:
            known[name] = rule(body[name])
            if known[name] is None:
                raise Refused(422, f"{name} is not valid")
        elif name in required:
            raise Refused(422, f"{name} is missing")
    return known


def add(fields):
    with _lock:
        code = next(_numbers)
        parcel = {"code": code, "to": fields["to"], "weightG": fields["weightG"], "status": "new"}
        _parcels[str(code)] = parcel
        return parcel


def find(code):
    try:
        return _parcels[code]
    except KeyError:
        raise Refused(404, "no such parcel") from None


def change(code, fields):
    with _lock:
        _parcels[code] = {**find(code), **fields}
        return _parcels[code]


def remove(code):
    with _lock:
        find(code)
        del _parcels[code]


def all_of(wanted):
    with _lock:
        return [parcel for parcel in _parcels.values() if wanted in (None, parcel["status"])]
