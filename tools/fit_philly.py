#!/usr/bin/env python3
"""Fits the ready scenario philly-quarter to the published Philly trace and writes its files.

    python3 tools/fit_philly.py SHARED scenarios/ready/philly-quarter
    python3 tools/fit_philly.py --replay NODES SHARED scenarios/ready/philly-replay

The second form writes the scenario that replays the recorded jobs themselves on NODES nodes, each virtual cluster with its
share of them as quota. The jobs stay where they are: `berth run philly-replay.yaml --trace FILE`.

SHARED is the folder that holds traces/philly-2017 (its README names the sources and licences). What is written are fitted
constants: for each virtual cluster and class of job size the mean arrivals per day, the mix of burst sizes and job sizes, and
quantiles of the run time. No row of the trace is copied. The standard library is enough.

The model, and why:
- One generator for each virtual cluster and class of size: one GPU, up to one node of 8 GPUs, more than a node. Within a
  virtual cluster big jobs run longer; drawing sizes and run times independently would lose a third of the GPU-hours.
- A burst is a chain of jobs of one class with at most 60 s between neighbours. Its jobs are submitted together.
- Run times are quantiles joined log-linearly; with fewer than 30 jobs, a lognormal with their median and 95th percentile,
  never above the longest seen.
- Virtual clusters with fewer than 10 jobs are one generator, "other".
- Jobs of 12 GPUs count as 16: pods of 8 GPUs, as the nodes.
Arrivals have the same rate all through; the recorded quarter has quiet weeks at its start and busy ones in the middle. So the
cluster is smaller than the one recorded: 56 nodes of 8 GPUs give 85 to 90 % offered load, and about half of the jobs wait, as
they do when the recorded jobs run on 704 GPUs.
"""
import argparse
import collections
import csv
import datetime
import math
import os
import sys

START = datetime.datetime(2017, 9, 4)
DAYS = 84
NODES = 56
GPUS_PER_NODE = 8
BURST_GAP_S = 60
FEW = 30
PROBABILITIES = [0, .02, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .98, .99, .995, .998, .999, 1]
CLASSES = ['single', 'node', 'gang']

Job = collections.namedtuple('Job', 'submit run gpus vc')


def read_jobs(folder):
    with open(os.path.join(folder, 'philly_jobs_to_2017-11-26.csv'), newline='') as file:
        jobs = [Job((datetime.datetime.fromisoformat(row['timestamp']) - START).total_seconds(), float(row['duration']),
                    int(float(row['num_gpus'])), row['cluster']) for row in csv.DictReader(file)]
    return sorted(jobs)


def read_nodes(folder):
    with open(os.path.join(folder, 'philly_vc_nodes.csv'), newline='') as file:
        return {row['vc']: int(row['node num']) for row in csv.DictReader(file)}


def size_class(gpus):
    return 'single' if gpus == 1 else 'node' if gpus <= GPUS_PER_NODE else 'gang'


def burst_sizes(jobs):
    sizes, current = [], 1
    for before, job in zip(jobs, jobs[1:]):
        if job.submit - before.submit <= BURST_GAP_S:
            current += 1
        else:
            sizes.append(current)
            current = 1
    return sizes + [current]


def binned(values):
    """(mean, count) of values in bins that double: 1, 2, 3-4, 5-8, ..."""
    bins = collections.defaultdict(list)
    for value in values:
        bins[math.ceil(math.log2(value))].append(value)
    return [(round(sum(b) / len(b)), len(b)) for _, b in sorted(bins.items())]


def quantile(ordered, p):
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]


def seconds(value):
    return f'{max(1, round(value))}s'


def run_time(jobs):
    runs = sorted(job.run for job in jobs)
    if len(runs) < FEW:
        p50, p95 = quantile(runs, .5), max(quantile(runs, .95), quantile(runs, .5) * 1.01 + 1)
        return f'{{lognormal: {{p50: {seconds(p50)}, p95: {seconds(p95)}, max: {seconds(runs[-1])}}}}}'
    points = [(p, quantile(runs, p)) for p in PROBABILITIES if p in (0, 1) or min(p, 1 - p) * len(runs) >= 2]
    text = ', '.join(f'[{p:g}, {seconds(value)}]' for p, value in points)
    return f'{{empirical: {{scale: Log, points: [{text}]}}}}'


def choice(pairs):
    if len(pairs) == 1:
        return str(pairs[0][0])
    return '{choice: [' + ', '.join(f'{{value: {value}, weight: {weight}}}' for value, weight in pairs) + ']}'


def pod_set(jobs, kind):
    sizes = sorted(collections.Counter(job.gpus for job in jobs).items())
    if kind != 'gang':
        return f'{{requests: {{nvidia.com/gpu: {choice(sizes)}}}}}'
    pods = collections.Counter()
    for gpus, count in sizes:
        pods[-(-gpus // GPUS_PER_NODE)] += count
    return f'{{count: {choice(sorted(pods.items()))}, requests: {{nvidia.com/gpu: {GPUS_PER_NODE}}}}}'


def generator(name, queue, jobs, kind):
    arrivals = f'perDay: {len(jobs) / DAYS:.4g}'
    bursts = binned(burst_sizes(jobs))
    if bursts != [(1, len(jobs))]:
        arrivals += f', burst: {choice(bursts)}'
    return f"""    - name: {name}
      namespace: philly
      queueName: "{queue}"
      arrivals: {{{arrivals}}}
      podSets:
      - {pod_set(jobs, kind)}
      runTime: {run_time(jobs)}
"""


def generators(jobs, nodes):
    by_vc = collections.defaultdict(list)
    for job in jobs:
        by_vc[job.vc].append(job)
    rare = [job for job in jobs if len(by_vc[job.vc]) < 10]
    for vc in sorted(by_vc):
        if len(by_vc[vc]) < 10:
            continue
        queue = vc if vc in nodes else 'other'
        for kind in CLASSES:
            of_class = [job for job in by_vc[vc] if size_class(job.gpus) == kind]
            if of_class:
                yield generator(f'vc-{vc}-{kind}', queue, of_class, kind)
    yield generator('other', 'other', rare, 'node')


def shares(nodes, gpus):
    """GPUs of each virtual cluster in proportion to its nodes; largest remainders get the rest."""
    total = sum(nodes.values())
    exact = {vc: gpus * count / total for vc, count in nodes.items()}
    given = {vc: int(value) for vc, value in exact.items()}
    for vc in sorted(exact, key=lambda vc: (int(exact[vc]) - exact[vc], vc))[:gpus - sum(given.values())]:
        given[vc] += 1
    return given


HEAD = """# yaml-language-server: $schema=../../schema/berth-v1alpha1.json
# Written by tools/fit_philly.py{says}
# Run times are as recorded, from start to end: no start latency is added, and nothing is preempted. Pods ask for GPUs alone, as
# the trace does. kube-scheduler's scores count cpu and memory, so it takes any node with room: see "fragmented", and the jobs
# of 4 and 8 GPUs that are admitted, find no node within 30 minutes, and go back ("back-off").
#
# Try next:
{next}#
# Source: Philly traces, Microsoft (msr-fiddle/philly-traces, CC BY 4.0), M. Jeon et al., USENIX ATC 2019.
apiVersion: berth.dev/v1alpha1
kind: Scenario
metadata: {{name: {name}}}
spec:
  question: {question}
  time: {{start: "2017-09-04T00:00:00-07:00", duration: {duration}, timeZone: America/Los_Angeles{warmup}}}
  study: {{seed: 2017}}
  clusters:
  - name: philly
    include: [kueue/]
    terminationGrace: 0
    controlPlane: {{jobStatus: 0}}
    nodePools:
    - name: gpu
      nodes: {pool}
      gpus: {{product: GPU-24GB, perNode: {per_node}}}   # the trace names no product
  workload:
"""


QUARTER_NEXT = """#   berth run philly-quarter -n 4                                   # intervals, from four quarters with their own luck
#   berth compare philly-quarter --set NodePool/gpu:nodes=64        # room against fragmentation, with the same quota
#   berth compare philly-quarter --set 'ClusterQueue/6214e9:resourceGroups[0].flavors[gpu].resources[nvidia.com/gpu].borrowingLimit=0'
"""
REPLAY_NEXT = """#   berth run scenarios/ready/philly-replay/philly-replay.yaml --trace FILE --set NodePool/gpu:nodes=100
#   python3 tools/fit_philly.py --replay 75 SHARED FOLDER      # another size, with quotas to match
"""


def quarter(jobs, nodes):
    return HEAD.format(
        says=', which says how the constants were fitted.', next=QUARTER_NEXT, name='philly-quarter', duration=f'{DAYS}d', warmup=', warmup: 7d',
        question='How long do the jobs of each virtual cluster wait when virtual clusters lend each other what they do not use?',
        pool=NODES, per_node=GPUS_PER_NODE) + '    generators:\n' + ''.join(generators(jobs, nodes))


def replay(pool):
    return HEAD.format(
        says='. Needs --trace FILE: the recorded jobs are not in this repository.', next=REPLAY_NEXT, name='philly-replay',
        duration=f'{DAYS}d1h', warmup='',  # whole local days: clocks go back by an hour in November
        question=f'How long would the recorded jobs wait on {pool * GPUS_PER_NODE} GPUs?',
        pool=pool, per_node=GPUS_PER_NODE) + """    traces:
    - {file: philly_jobs.csv, format: Philly, namespace: philly, otherQueue: other}
"""


FLAVOR = """# Written by tools/fit_philly.py: a virtual cluster's quota is its share of the nodes in philly_vc_nodes.csv.
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: gpu}
spec:
  nodeLabels: {nvidia.com/gpu.product: GPU-24GB}
"""


def queue(name, quota):
    return f"""---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {{name: "{name}"}}
spec:
  cohortName: philly
  namespaceSelector: {{}}
  resourceGroups:
  - coveredResources: [nvidia.com/gpu]
    flavors:
    - {{name: gpu, resources: [{{name: nvidia.com/gpu, nominalQuota: {quota}}}]}}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {{name: "{name}", namespace: philly}}
spec: {{clusterQueue: "{name}"}}
"""


def write(target, name, text, nodes, pool):
    os.makedirs(os.path.join(target, 'kueue'), exist_ok=True)
    with open(os.path.join(target, name + '.yaml'), 'w') as file:
        file.write(text)
    quotas = sorted(shares(nodes, pool * GPUS_PER_NODE).items())
    with open(os.path.join(target, 'kueue', 'queues.yaml'), 'w') as file:
        file.write(FLAVOR + ''.join(queue(vc, quota) for vc, quota in quotas) + queue('other', 0))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--replay', type=int, metavar='NODES')
    arguments.add_argument('shared')
    arguments.add_argument('target')
    given = arguments.parse_args()
    folder = os.path.join(given.shared, 'traces', 'philly-2017')
    nodes = read_nodes(folder)
    if given.replay:
        write(given.target, 'philly-replay', replay(given.replay), nodes, given.replay)
    else:
        write(given.target, 'philly-quarter', quarter(read_jobs(folder), nodes), nodes, NODES)


if __name__ == '__main__':
    main()
