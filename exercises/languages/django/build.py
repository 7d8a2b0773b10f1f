"""Makes .venv from requirements.txt. The kit runs this in a copy of the folder, before it starts manage.py.

What was installed is kept in the home folder, so that a change of your code alone installs nothing anew.
By hand: python3 build.py && PORT=3000 .venv/bin/python manage.py serve
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

wanted = Path("requirements.txt").read_bytes()
name = hashlib.sha256(wanted + sys.version.encode()).hexdigest()[:16]
kept = Path.home() / ".cache" / "roadworks-venv" / name
here = Path(".venv")

if not (kept / "done").exists():
    shutil.rmtree(kept, ignore_errors=True)
    venv.create(kept, with_pip=True, symlinks=True)
    pip = [kept / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "-r", "requirements.txt"], check=True)
    (kept / "done").touch()

shutil.rmtree(here, ignore_errors=True)
leave_out = shutil.ignore_patterns("__pycache__", "pip", "pip-*", "setuptools", "setuptools-*")
shutil.copytree(kept, here, symlinks=True, ignore=leave_out)
