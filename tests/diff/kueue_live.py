#!/usr/bin/env python3
"""The simulator against recordings of a real Kueue (traces/kueue-live of the shared reference material).

usage: kueue_live.py BERTH DEFAULT_SHARED

Each world was recorded twice with the same jobs; the clock alone makes the two differ. Per world and recording, some seeds are
simulated with the arrivals that were recorded. The mean over jobs of |simulated - recorded|, for submitted -> admitted and for
submitted -> finished, must stay within BOUND times what the two recordings differ from each other; so must not the model with a
wrong delay of the job's status, which shows that the bound can fail. TAP; one skip without the recordings (BERTH_SHARED)."""
import csv
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile

SEEDS = range(1, 6)
BOUND = 1.6

# The recording's machines, not ours: what a write, a watch event and a pass take on loopback; pods are ready and gone at once, and
# the job controller tells so a second later.
SCENARIO = """apiVersion: berth.dev/v1alpha1
kind: Scenario
metadata: {{name: live}}
spec:
  time: {{start: "1970-01-01T00:00:00Z", duration: 20m}}
  clusters:
  - name: main
    include: [{world}/nodes.yaml, {world}/world.yaml]
    startLatency: {{cached: 20ms}}
    terminationGrace: 30ms
    controlPlane: {{passBase: 2ms, writeLatency: 8ms, watchDelay: 5ms, podCreation: 10ms, jobStatus: {status}}}
  workload:
    traces:
    - {{file: jobs.csv, namespace: default}}
"""


def read_recording(path):
    """Per job: time submitted, waited until first admitted, until finished; and the number of evictions."""
    jobs, evictions = {}, 0
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            jobs.setdefault(row["job"], {}).setdefault(row["event"], float(row["t_s"]))
            evictions += row["event"] == "Evicted"
    jobs = {name: events for name, events in jobs.items() if "submitted" in events}
    return {
        "submitted": {name: events["submitted"] for name, events in jobs.items()},
        "admitted": {n: e["Admitted"] - e["submitted"] for n, e in jobs.items() if "Admitted" in e},
        "finished": {n: e["Finished"] - e["submitted"] for n, e in jobs.items() if "Finished" in e},
        "evictions": evictions,
    }


def write_trace(world, recording, path):
    with open(os.path.join(world, "jobs.csv"), newline="") as source, open(path, "w", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(["id", "submit", "runTime", "pods", "gpusPerPod", "cpuPerPod", "queue", "priorityClass"])
        for job in csv.DictReader(source):
            if job["name"] in recording["submitted"]:
                rows.writerow([job["name"], "%.3f" % recording["submitted"][job["name"]], job["run_s"], job["pods"],
                               job["gpus_per_pod"], job["cpu_per_pod"], job["local_queue"], job["priority_class"]])


def simulate(berth, world, recording, seed, status):
    with tempfile.TemporaryDirectory() as folder:
        write_trace(world, recording, os.path.join(folder, "jobs.csv"))
        with open(os.path.join(folder, "live.yaml"), "w") as file:
            file.write(SCENARIO.format(world=world, status=status))
        subprocess.run([berth, "run", "live.yaml", "--seed", str(seed), "--no-sizes", "--no-report", "--check", "--out", "out"],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL)
        database = sqlite3.connect(os.path.join(folder, "out", "run.db"))
        rows = database.execute("SELECT name, submit_us, admitted_us, finished_us, preemptions FROM job").fetchall()
        database.close()
    return {
        "admitted": {row[0]: (row[2] - row[1]) / 1e6 for row in rows if row[2] is not None},
        "finished": {row[0]: (row[3] - row[1]) / 1e6 for row in rows if row[3] is not None},
        "evictions": sum(row[4] for row in rows),
    }


def difference(a, b, what):
    return statistics.mean(abs(a[what][job] - b[what][job]) for job in a[what] if job in b[what])


def compare(berth, world, status):
    """Mean differences, as multiples of the noise between the two recordings."""
    recordings = [read_recording(os.path.join(world, f"observed-{i}.csv")) for i in (1, 2)]
    runs = [(recording, simulate(berth, world, recording, seed, status)) for recording in recordings for seed in SEEDS]
    ratios = {}
    for what in ("admitted", "finished"):
        noise = difference(recordings[0], recordings[1], what)
        found = statistics.mean(difference(run, recording, what) for recording, run in runs)
        ratios[what] = found / noise
        print(f"# {os.path.basename(world)}, status {status}: submitted -> {what}: simulated {found:.2f} s off, "
              f"recordings {noise:.2f} s apart")
    recorded = statistics.mean(recording["evictions"] for recording in recordings)
    print(f"# evictions: recorded {recorded:.0f}, simulated {statistics.mean(run['evictions'] for _, run in runs):.0f}")
    return ratios


def main():
    berth = os.path.abspath(sys.argv[1])
    shared = os.environ.get("BERTH_SHARED", sys.argv[2])
    live = os.path.join(shared, "traces", "kueue-live")
    if not os.path.isdir(live):
        print(f"1..0 # SKIP no folder {live}; set BERTH_SHARED")
        return
    print("1..3")
    for number, world in enumerate(("cohort", "preempt"), 1):
        ratios = compare(berth, os.path.join(live, world), "1s")
        print("ok" if max(ratios.values()) <= BOUND else "not ok", number, "-", f"world {world} within {BOUND} x the noise")
    wrong = compare(berth, os.path.join(live, "preempt"), "30s")
    print("ok" if min(wrong.values()) > BOUND else "not ok", 3, "- a job status 30 s late is seen to be wrong")


main()
