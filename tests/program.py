"""What the tests that run the whole program share: runs of berth, rows of a run database, results as TAP."""
import json
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


def berth(program, *arguments, exits=(0, 3)):
    """What the program prints. Any exit code but those expected (3: a threshold of the scenario failed) ends the test."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in exits:
        print(f"Bail out! berth {' '.join(map(str, arguments))}: exit {done.returncode}")
        note(done.stdout + done.stderr)
        sys.exit(1)
    return done.stdout


def run(program, scenario, folder, *arguments):
    """Simulates into a folder, without a report, and opens the run's database."""
    berth(program, "run", scenario, "--out", folder, "--no-report", *arguments)
    return sqlite3.connect(pathlib.Path(folder, "run.db"))


def digest(database):
    return database.execute("SELECT value FROM run WHERE key = 'digest'").fetchone()[0]


def jobs(database):
    """The job table, with the queue by name: its number depends on which other queues there are."""
    rows = database.execute("""SELECT q.name, j.* FROM job j LEFT JOIN cluster_queue q USING (cluster, cluster_queue)
        ORDER BY job""")
    number = [column[0] for column in rows.description].index("cluster_queue")
    return [row[:number] + row[number + 1 :] for row in rows]


def documents(text):
    """Those of a YAML stream, as text."""
    return [document for document in text.rstrip("\n").split("\n---\n") if document.strip()]


def ready_scenarios(program):
    return [row["name"] for row in json.loads(berth(program, "scenarios", "-o", "json"))]
