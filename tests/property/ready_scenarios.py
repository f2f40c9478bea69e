#!/usr/bin/env python3
"""What must hold of every run, on ready scenarios cut short: neither threads nor the order of documents nor a queue that nobody
uses changes anything; the default pass decides as the literal one; a log replays to the same decisions.

usage: ready_scenarios.py BERTH FOLDER"""
import pathlib
import random
import shutil
import sys
import tempfile

import yaml

import program

BERTH, READY = sys.argv[1], pathlib.Path(sys.argv[2])

# Cut so that all of it takes seconds, where something happens: estate-2026 around the day on which it grows.
CUT = {
    "easy-backfill": {"duration": "10d", "warmup": "1d"},
    "estate-2026": {"start": "2026-06-26T00:00:00+02:00", "duration": "12d", "warmup": "1d"},
    "philly-quarter": {"duration": "21d"},
    "preemption-storm": {"duration": "8d", "warmup": "1d"},
}
USUAL_CUT = {"duration": "12d", "warmup": "1d"}
CONTENDED = ("preemption-storm", "two-teams", "philly-quarter", "estate-2026")

RESULTS = ("kpi", "kpi_summary", "threshold", "job", "series", "span", "queue_meter", "pool_meter", "preemption", "loop")


def cut(name):
    return [part for field, value in CUT.get(name, USUAL_CUT).items()
            for part in ("--set", f"Scenario/{name}:time.{field}={value}")]


def contents(database):
    return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in RESULTS}


def same_bytes_on_any_number_of_threads(name, folder):
    seen = set()
    for threads in (1, 2, 8):
        database = program.run(BERTH, name, folder, "-n", 8, "--threads", threads, *cut(name))
        seen.add((program.digest(database), (folder / "run.db").read_bytes()))
        assert database.execute("SELECT COUNT(DISTINCT replication) FROM kpi").fetchone() == (8,)
    program.check(len(seen) == 1, f"{name}: 8 replications on 1, 2 and 8 threads give the same database, byte for byte")


def deal(folder, name, rng):
    """Shuffles the documents of all files, and deals them to the files anew."""
    main = folder / f"{name}.yaml"
    files = sorted(folder.rglob("*.yaml"))
    hands = {file: [] for file in files}
    dealt = [document for file in files for document in program.documents(file.read_text())]
    scenario = next(document for document in dealt if "\nkind: Scenario\n" in document)
    dealt.remove(scenario)
    rng.shuffle(dealt)
    for i, document in enumerate(dealt):
        hands[files[i % len(files)]].append(document)
    hands[main].insert(rng.randrange(len(hands[main]) + 1), scenario)
    for file, hand in hands.items():
        file.write_text("\n---\n".join(hand) + "\n")
    return main


def same_results_in_any_order_of_documents(name, folder):
    before = program.run(BERTH, name, folder, "-n", 2, "--no-sizes", *cut(name))
    expected = program.digest(before), contents(before)
    for seed in range(4):
        copy = folder / f"order-{seed}"
        shutil.copytree(READY / name, copy)
        database = program.run(BERTH, deal(copy, name, random.Random(seed)), folder, "-n", 2, "--no-sizes", *cut(name))
        program.check((program.digest(database), contents(database)) == expected,
                      f"{name}: documents shuffled among its files ({seed}) give the same digest and tables")


def idle_queue(name, flavor, quota, **spec):
    resource = {"name": "nvidia.com/gpu", "nominalQuota": quota}
    group = {"coveredResources": ["nvidia.com/gpu"], "flavors": [{"name": flavor, "resources": [resource]}]}
    return {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "ClusterQueue", "metadata": {"name": name},
            "spec": {"namespaceSelector": {}, "resourceGroups": [group], **spec}}


def same_jobs_beside_an_unused_queue(name, folder):
    """Two: the first and the last by name; one on its own with quota, one in a cohort of the others, with none to lend."""
    shutil.copytree(READY / name, folder / "wider")
    main = folder / "wider" / f"{name}.yaml"
    rows = [row for file in sorted((folder / "wider").rglob("*.yaml")) for row in yaml.safe_load_all(file.read_text())]
    flavor = next(row["metadata"]["name"] for row in rows if row["kind"] == "ResourceFlavor")
    cohort = next(row["spec"]["cohortName"] for row in rows if row["kind"] == "ClusterQueue")
    idle = [idle_queue("0-idle", flavor, 16), idle_queue("zz-idle", flavor, 0, cohortName=cohort)]
    main.write_text(main.read_text() + "".join("---\n" + yaml.safe_dump(queue) for queue in idle))
    narrow = program.jobs(program.run(BERTH, name, folder, "--no-sizes", *cut(name)))
    wide = program.jobs(program.run(BERTH, main, folder, "--no-sizes", *cut(name)))
    differ = sum(a != b for a, b in zip(narrow, wide))
    program.check(len(narrow) == len(wide) > 100 and not differ,
                  f"{name}: beside unused queues, {differ} of {len(narrow)} jobs fare differently")


def same_decisions_literally(name, folder):
    runs = [program.run(BERTH, name, folder / f"literal-{len(flags)}", "--no-sizes", *cut(name), *flags)
            for flags in ([], ["--literal"])]
    evicted = runs[0].execute("SELECT COALESCE(SUM(preemptions), 0) FROM job").fetchone()[0]
    program.check(program.digest(runs[0]) == program.digest(runs[1]) and contents(runs[0]) == contents(runs[1]),
                  f"{name}: the default pass decides as the literal one ({evicted} preemptions)")


def a_log_replays(name, folder):
    log = folder / "log"
    program.run(BERTH, name, folder, "--no-sizes", "--record", log, *cut(name))
    told = program.berth(BERTH, "replay", log, exits=(0, 4)).strip().splitlines()
    program.check(bool(told) and "every digest agrees" in told[-1], f"{name}: {told[-1] if told else 'a digest differs'}")


def each(names, holds):
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            holds(name, pathlib.Path(folder))


each(("preemption-storm", "two-teams", "estate-2026"), same_bytes_on_any_number_of_threads)
each(CONTENDED, same_results_in_any_order_of_documents)
each(CONTENDED[:3], same_jobs_beside_an_unused_queue)
each(CONTENDED, same_decisions_literally)
each(program.ready_scenarios(BERTH), a_log_replays)
program.finish()
