#!/usr/bin/env python3
"""Random scenarios through the program: the books add up after every step (--check), the literal pass decides alike, the log
replays, and the order of documents changes nothing.

usage: random_scenarios.py BERTH COUNT"""
import pathlib
import random
import sys
import tempfile

import program
import random_scenario

# What must have happened for the scenarios to be worth the test, per scenario.
LEAST = {"finished": 60, "preempted": 20, "pods not ready in time": 10, "lost a node": 2, "given up": 5, "borrowed": 30,
         "waited for nodes": 40}
HAPPENED = """SELECT COUNT(finished_us), SUM(preemptions), SUM(pods_ready_evictions), SUM(failures), SUM(deactivated),
    SUM(borrowed_gpu_us > 0), SUM(wait_nodes_us > 0) FROM job"""


def shuffle(folder, seed):
    for file in sorted(folder.glob("*.yaml")):
        documents = program.documents(file.read_text())
        random.Random(seed).shuffle(documents)
        file.write_text("\n---\n".join(documents) + "\n")


def decide_alike(berth, folder, seed):
    """Four runs, the first under --check; returns what happened in it, or None when two of them differ."""
    scenario, log = random_scenario.write(folder, seed), folder / "log"
    database = program.run(berth, scenario, folder, "--no-sizes", "--check")
    seen = [(program.digest(database), program.jobs(database))]
    happened = database.execute(HAPPENED).fetchone()
    for flags in (["--literal", "--check"], ["--record", log]):
        database = program.run(berth, scenario, folder, "--no-sizes", *flags)
        seen.append((program.digest(database), program.jobs(database)))
    shuffle(folder, seed)
    database = program.run(berth, scenario, folder, "--no-sizes")
    seen.append((program.digest(database), program.jobs(database)))
    program.berth(berth, "replay", log, exits=(0,))
    return happened if all(one == seen[0] for one in seen) else None


berth, count = sys.argv[1], int(sys.argv[2])
totals = dict.fromkeys(LEAST, 0)
different = []
with tempfile.TemporaryDirectory() as parent:
    for seed in range(1, count + 1):
        folder = pathlib.Path(parent, f"seed-{seed}")
        folder.mkdir()
        happened = decide_alike(berth, folder, seed)
        if happened is None:
            different.append(seed)
        else:
            totals = {what: total + number for (what, total), number in zip(totals.items(), happened)}
program.check(not different, f"{count} scenarios run alike checked, literally, replayed and reordered; different: {different}")
for what, total in totals.items():
    program.check(total >= LEAST[what] * count, f"{total} jobs or times: {what}")
program.finish()
