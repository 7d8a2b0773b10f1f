"""Stands in for MongoDB in the kit's own CI: server.py <port>

No registry of packages carries MongoDB itself. SecantusDB speaks its protocol well enough for the
graders: unique and partial indexes, update operators and pipelines, aggregation, users, explain.
Learners are never offered it; they get the real server.
"""

import signal
import sys
import threading
from collections import Counter

from pymongo import MongoClient
from secantus import SecantusDBServer, commands, expressions, storage

ADMIN = {"createUser": "roadworks", "pwd": "stand-in", "roles": ["root"]}


def walk(value, parts):
    """MongoDB's `$events.depot` goes through arrays: the depot of each event that has one."""
    if not parts:
        return value
    if isinstance(value, list):
        return [found for found in (walk(each, parts) for each in value) if found is not expressions.MISSING]
    if isinstance(value, dict) and parts[0] in value:
        return walk(value[parts[0]], parts[1:])
    return expressions.MISSING


def field_path(document, path, default=None):
    found = walk(document, path.split("."))
    return default if found is expressions.MISSING else found


def variable(name, context):
    base, _, rest = name.partition(".")
    value = resolve_variable(base, context)
    return field_path(value, rest) if rest else value


def index_keys(document, key, **options):
    """A key over `events.depot` and `events.at` has an entry for each event, not for each pair of two."""
    shared = [name for name, count in Counter(path.split(".")[0] for path in key).items() if count > 1]
    for name in shared:
        elements = document.get(name)
        if isinstance(elements, list) and len(elements) > 1:
            each = (index_keys({**document, name: [element]}, key, **options) for element in elements)
            return list(dict.fromkeys(entry for entries in each for entry in entries))
    return all_pairs(document, key, **options)


# Where SecantusDB 0.7 differs from MongoDB in what the exercises need; the rest is its own work.
resolve_variable = expressions._resolve_var
expressions._resolve_var = variable
expressions.get_path = field_path
all_pairs = storage._index_key_variants
storage._index_key_variants = index_keys


def one_at_a_time(handler):
    """What findAndModify tells of a document is what it was just before the change, not a moment ago."""

    def run(document, context):
        with writing:
            return handler(document, context)

    return run


writing = threading.RLock()
for command in ("insert", "update", "delete", "findAndModify", "findandmodify"):
    commands._HANDLERS[command] = one_at_a_time(commands._HANDLERS[command])


def main(port):
    # A standalone server, as `mongod` is by default: drivers keep to the address they were given.
    settings = {"replica_set_name": None, "enable_test_commands": False, "max_connections": 2000}
    server = SecantusDBServer(storage_path=":memory:", port=port, **settings)
    # Only who has logged in may make users, so the first one is made before that is asked for.
    server.require_auth = False
    server.start()
    with MongoClient("127.0.0.1", server.port) as client:
        client.admin.command(ADMIN)
    server.require_auth = True
    print("ready", flush=True)

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]))
