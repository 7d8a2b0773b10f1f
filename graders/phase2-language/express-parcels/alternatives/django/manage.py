"""python manage.py serve: the project on waitress, at the port in PORT."""

import os
import signal
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        from waitress import serve

        from config.wsgi import application

        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        # One request holds one thread for as long as it takes.
        port = int(os.environ.get("PORT", "3000"))
        serve(application, host="127.0.0.1", port=port, threads=64, ident=None)
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
