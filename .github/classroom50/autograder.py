"""Grades a submission of Roadworks for Classroom 50.

Put this file at CLASSROOM/autograders/ASSIGNMENT/autograder.py in your organisation's classroom50
repository, and set the three names below. .github/TEACHING.md says the rest.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# The kit that grades: never the one in the submission, which its author may have changed.
KIT = "https://github.com/OWNER/roadworks.git"
VERSION = "main"  # a tag or a branch; a tag keeps a term's grades comparable
NAMES = ["phase1"]  # phases or exercises

# Points for a check of each level.
POINTS = {"core": 1, "stretch": 1}


def kit() -> Path:
    """The folder of the kit, cloned where nothing says that there is one."""
    given = os.environ.get("ROADWORKS_DIR")
    if given:
        return Path(given)
    folder = Path(tempfile.mkdtemp()) / "roadworks"
    clone = ["git", "clone", "--quiet", "--depth", "1", "--branch", VERSION, KIT, str(folder)]
    subprocess.run(clone, check=True)
    return folder


def grade(submission: Path) -> dict:
    """The kit's report on a submission. Ends the run where the machine was in the way."""
    folder = kit()
    out = Path(tempfile.mkdtemp()) / "report.json"
    release = submission / "release-body.md"
    names = os.environ.get("ROADWORKS_NAMES", " ".join(NAMES)).split()
    check = ["node", "scripts/start.mjs", "check", "--submission", str(submission)]
    check += ["--json", str(out), "--markdown", str(release), "--", *names]
    # 0 and 1 are verdicts; 2 is a wrong name, 3 a service that could not be had.
    code = subprocess.run(check, cwd=folder, check=False).returncode
    if code not in (0, 1) or not out.is_file():
        sys.exit(f"The kit could not grade this submission (exit code {code}).")
    report = json.loads(out.read_text())
    faults = [one["slug"] for one in report["exercises"] if one["verdict"] in ("not run", "error")]
    if faults:
        sys.exit(f"Could not be graded: {', '.join(faults)}.")
    return report


def tests(report: dict) -> list[dict]:
    """A test for each check, also of exercises that are untouched: everybody has the same sum."""
    return [
        {
            "test-name": f"{exercise['slug']} {check['id']} {check['title']}",
            "passed": check["status"] == "passed",
            "score": POINTS[check["level"]] if check["status"] == "passed" else 0,
            "max-score": POINTS[check["level"]],
        }
        for exercise in report["exercises"]
        for check in exercise["checks"]
    ]


def utc(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def main() -> None:
    submission = Path.cwd()
    # When it was handed in; grading it again later changes nothing in that.
    log = ["git", "-C", str(submission), "log", "-1", "--format=%ct"]
    committed = int(subprocess.run(log, check=True, capture_output=True, text=True).stdout)
    found = tests(grade(submission))
    result = {
        "schema": "classroom50/result/v1",
        "classroom": os.environ["CLASSROOM"],
        "assignment": os.environ["ASSIGNMENT"],
        "submission": os.environ["SUBMISSION_TAG"],
        "commit": os.environ["COMMIT_URL"],
        "release": os.environ["RELEASE_URL"],
        "review": os.environ.get("REVIEW_URL") or os.environ["COMMIT_URL"],
        "datetime": utc(committed),
        "graded_at": utc(datetime.datetime.now().timestamp()),
        "score": sum(test["score"] for test in found),
        "max-score": sum(test["max-score"] for test in found),
        "tests": found,
    }
    (submission / "result.json").write_text(json.dumps(result, indent=2))


main()
