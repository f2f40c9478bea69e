"""What the tests that run the whole program share: runs of berth, rows of a run database, results as TAP."""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys

failures = results = 0


def check(holds, what):
    """Prints one TAP result and passes it on."""
    global failures, results
    results += 1
    failures += not holds
    print(f"{'ok' if holds else 'not ok'} {results} - {what}", flush=True)
    return holds


def note(text):
    print("\n".join("# " + line for line in text.splitlines()), flush=True)


def finish():
    print(f"1..{results}")
    sys.exit(1 if failures else 0)


def berth(program, *arguments, exits=(0, 3), **environment):
    """What the program prints. Any exit code but those expected (3: a threshold of the scenario failed) ends the test."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode not in exits:
        print(f"Bail out! berth {' '.join(map(str, arguments))}: exit {done.returncode}")
        note(done.stdout + done.stderr)
        sys.exit(1)
    return done.stdout


def run(program, scenario, folder, *arguments, **environment):
    """Simulates into a folder, without report and other sizes, and opens the run's database."""
    berth(program, "run", scenario, "--out", folder, "--no-sizes", "--no-report", *arguments, **environment)
    return sqlite3.connect(pathlib.Path(folder, "run.db"))


def ready_scenarios(program):
    return [row["name"] for row in json.loads(berth(program, "scenarios", "-o", "json"))]
