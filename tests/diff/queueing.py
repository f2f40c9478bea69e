#!/usr/bin/env python3
"""Simulated queues against their closed forms, from scenario file to run database.

M/M/c: Erlang's C formula gives the share of jobs that wait; those wait exponentially with rate c/service - 1/gap. M/G/1: the
Pollaczek-Khinchine formula gives the mean wait. The GPUs are busy for the share c x gap / service of the time in both.

Method. One run is one seed; its 95 % interval is the database's own: Student's t over 50 independent replications, each of
which starts empty, leaves out a warm-up of 1,000 jobs or more (the relaxation time of either queue is below 40 jobs), and
then averages over 20,000 (M/G/1) or 45,000 (M/M/4) jobs. 20 seeds make the test sharp in two ways. Of 20 intervals at least
17 must cover the closed form: an honest simulator fails that once in 60 choices of seeds, and here the seeds are fixed. And
the mean of the 20 must be within what a 99.9 % interval of theirs allows, about 0.6 % of the mean wait, which would show a
bias that each single interval hides.

usage: queueing.py BERTH FOLDER"""
import math
import pathlib
import statistics
import sys
import tempfile

import yaml

import program

SEEDS = range(1, 21)
T_19 = 3.883  # Student's t with 19 degrees of freedom, 0.9995 quantile
NORMAL_95 = 1.6448536269514722
US_PER_HOUR = 3.6e9

FIGURE = """SELECT value, low, high FROM kpi_summary WHERE metric = ? AND stat = ? AND cluster IS NULL
    AND cluster_queue IS NULL AND priority_class IS NULL AND tenant IS NULL AND size_class IS NULL"""


def hours(text):
    assert text.endswith("h"), text
    return float(text[:-1])


def parameters(path):
    """Servers, mean gap between arrivals, distribution of run times."""
    spec = next(document for document in yaml.safe_load_all(path.read_text()) if document["kind"] == "Scenario")["spec"]
    generator = spec["workload"]["generators"][0]
    gap = hours(generator["arrivals"]["interarrival"]["exponential"]["mean"])
    return spec["clusters"][0]["nodePools"][0]["nodes"], gap, generator["runTime"]


def erlang_c(servers, erlangs):
    terms = [erlangs**k / math.factorial(k) for k in range(servers + 1)]
    waiting = terms[servers] * servers / (servers - erlangs)
    return waiting / (sum(terms[:servers]) + waiting)


def mmc(servers, gap, run_time):
    service = hours(run_time["exponential"]["mean"])
    waits = erlang_c(servers, service / gap)
    rate = servers / service - 1 / gap
    return {
        ("waitTime_us", "mean"): waits / rate * US_PER_HOUR,
        ("waitTime_us", "p95"): math.log(waits / 0.05) / rate * US_PER_HOUR,
        ("utilisation_ratio", "mean"): service / gap / servers,
    }


def mg1(servers, gap, run_time):
    assert servers == 1
    median = hours(run_time["lognormal"]["p50"])
    sigma = math.log(hours(run_time["lognormal"]["p95"]) / median) / NORMAL_95
    mean, mean_square = median * math.exp(sigma**2 / 2), median**2 * math.exp(2 * sigma**2)
    load = mean / gap
    return {
        ("waitTime_us", "mean"): mean_square / gap / (2 * (1 - load)) * US_PER_HOUR,
        ("utilisation_ratio", "mean"): load,
    }


def simulate(berth, path, figures):
    """Of each figure its (value, low, high) over the closed form, seed by seed."""
    seen = {figure: [] for figure in figures}
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            database = program.run(berth, path, folder, "--no-sizes", "--seed", seed)
            for figure, exact in figures.items():
                value, low, high = database.execute(FIGURE, figure).fetchone()
                seen[figure].append((value / exact, low / exact, high / exact))
            database.close()
    return seen


def judge(name, rows):
    """Rows are in units of the closed form."""
    widest = max((high - low) / 2 / value for value, low, high in rows)
    covered = sum(low <= 1 <= high for _, low, high in rows)
    values = [value for value, _, _ in rows]
    mean, room = statistics.mean(values), T_19 * statistics.stdev(values) / math.sqrt(len(values))
    program.note("\n".join(f"{name} seed {seed}: {value:.4f} [{low:.4f}, {high:.4f}] of the closed form"
                           for seed, (value, low, high) in zip(SEEDS, rows)))
    program.check(widest <= 0.02, f"{name}: every half-width is at most 2 % of the mean (widest {widest:.2%})")
    program.check(covered >= 17, f"{name}: {covered} of {len(rows)} intervals cover the closed form")
    program.check(abs(mean - 1) <= room, f"{name}: the mean of all is {mean:.5f} of the closed form, +-{room:.5f} allowed")


berth, folder = sys.argv[1], pathlib.Path(sys.argv[2])
for model, closed_forms in (("mmc", mmc), ("mg1", mg1)):
    path = folder / f"{model}.yaml"
    for (metric, stat), rows in simulate(berth, path, closed_forms(*parameters(path))).items():
        judge(f"{model} {metric} {stat}", rows)
program.finish()
