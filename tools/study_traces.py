#!/usr/bin/env python3
"""Replays recorded traces and prints the tables of docs/validation.md.

    python3 tools/study_traces.py SHARED sizes|causes|nodes|kth [--berth build/berth] [--work DIR]

SHARED is the folder that holds traces/ (its READMEs name sources and licences). Scenarios and run databases go to DIR.

sizes   Philly's jobs on 600 to 900 GPUs: who waits, how long, and why.
causes  the same on 700 and 900 GPUs with one thing changed at a time.
nodes   Philly's jobs on 420 nodes: busy nodes beside those recorded as active.
kth     KTH's jobs under EASY: simulated beside recorded waits, and what the record says of the rules it was made under.
"""
import argparse
import collections
import csv
import datetime
import gzip
import math
import os
import sqlite3
import statistics
import subprocess
import zoneinfo

import fit_philly

TOOLS = os.path.dirname(os.path.abspath(__file__))
PHILLY_DAY = datetime.datetime(2017, 9, 4)
HOUR = 3600
DAY_US = 24 * HOUR * 10**6
BUSY = """SELECT start_us, start_us + (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'bucket_us'), busy_nodes
    FROM queue_series WHERE cluster_queue IS NULL"""
GPUS = 'SELECT start_us, end_us, gpus FROM span'
PODS = 'SELECT start_us, end_us, (gpus + 7) / 8 FROM span'


def duration(seconds):
    if seconds < 60:
        return f'{seconds:.0f} s'
    if seconds < HOUR:
        return f'{seconds / 60:.1f} min'
    return f'{seconds / HOUR:.1f} h'


def quantile(values, p):
    """The value at rank ceil(p * n), as berth's key figures take it."""
    return sorted(values)[max(0, math.ceil(p * len(values)) - 1)]


def correlation(xs, ys):
    x_mean, y_mean = statistics.mean(xs), statistics.mean(ys)
    both = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys))
    return both / math.sqrt(sum((x - x_mean) ** 2 for x in xs) * sum((y - y_mean) ** 2 for y in ys))


def by_day(db, query):
    """Daily means of rows (start, end, level)."""
    means = collections.defaultdict(float)
    for start, until, level in db.execute(query):
        while start < until:
            end = min((start // DAY_US + 1) * DAY_US, until)
            means[start // DAY_US] += level * (end - start) / DAY_US
            start = end
    return means


def row(*cells):
    print('| ' + ' | '.join(str(cell) for cell in cells) + ' |')


def header(*cells):
    row(*cells)
    row('---', *('---:' for _ in cells[1:]))


def pools(*rows):
    """The setting of node pools (name, nodes, GPUs of each)."""
    product = 'product: GPU-24GB'
    items = (f'{{name: {name}, nodes: {nodes}, gpus: {{{product}, perNode: {gpus}}}}}' for name, nodes, gpus in rows)
    return f'Cluster/philly:nodePools=[{", ".join(items)}]'


def quota_setting(name, gpus):
    return f'ClusterQueue/{name}:resourceGroups[0].flavors[gpu].resources[nvidia.com/gpu].nominalQuota={gpus}'


class Study:
    def __init__(self, shared, berth, work):
        self.philly = os.path.join(shared, 'traces', 'philly-2017')
        self.kth = os.path.join(shared, 'traces', 'swf', 'KTH-SP2-1996-2.1-cln-firsthalf.swf.gz')
        self.kth_scenario = os.path.join(TOOLS, '..', 'scenarios', 'ready', 'kth-easy', 'kth-easy.yaml')
        self.berth = berth
        self.work = work
        self.vc_nodes = fit_philly.read_nodes(self.philly)

    def run(self, scenario, trace, name, settings=()):
        out = os.path.join(self.work, name)
        command = [self.berth, 'run', scenario, '--trace', trace, '--no-sizes', '--no-report', '--out', out]
        for setting in settings:
            command += ['--set', setting]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return sqlite3.connect(os.path.join(out, 'run.db'))

    def run_philly(self, gpus, name, settings=(), configuration=None):
        """The recorded jobs on nodes of 8 GPUs, the last one smaller where 8 do not divide `gpus`."""
        folder = os.path.join(self.work, f'philly-{gpus}-{name}')
        fit_philly.write(folder, 'philly-replay', fit_philly.replay(gpus // 8), self.vc_nodes, gpus // 8)
        path = os.path.join(folder, 'kueue', 'configuration.yaml')
        if configuration:
            with open(path, 'w') as file:
                file.write('apiVersion: config.kueue.x-k8s.io/v1beta2\nkind: Configuration\n' + configuration)
        elif os.path.exists(path):
            os.remove(path)
        return self.run(os.path.join(folder, 'philly-replay.yaml'),
                        os.path.join(self.philly, 'philly_jobs_to_2017-11-26.csv'), f'philly-{gpus}-{name}/out',
                        (*self.sized(gpus), *settings))

    # ---- settings of the Philly replay

    def quotas(self, gpus):
        return fit_philly.shares(self.vc_nodes, gpus) | {'other': 0}

    def sized(self, gpus):
        if gpus % 8 == 0:
            return []
        return [pools(('gpu', gpus // 8, 8), ('last', 1, gpus % 8))] + [
            quota_setting(name, quota) for name, quota in self.quotas(gpus).items()]

    def one_queue(self, gpus):
        """All jobs in the queue "other", which has all the quota."""
        queue_map = ', '.join(f'"{vc}": other' for vc in sorted(self.vc_nodes))
        return [f'Scenario/philly-replay:workload.traces[0].queueMap={{{queue_map}}}'] + [
            quota_setting(name, gpus if name == 'other' else 0) for name in self.quotas(gpus)]

    def no_lending(self, gpus):
        return [f'ClusterQueue/{name}:cohortName=' for name in self.quotas(gpus)]

    def scored(self, gpus, score):
        """kube-scheduler scores by cpu and memory, never by GPUs: a core for each GPU lets it see how full nodes are."""
        settings = [f'Cluster/philly:placement.score={score}', 'Scenario/philly-replay:workload.traces[0].perGPU={cpu: 1}',
                    'NodePool/gpu:allocatable={cpu: "8"}']
        if gpus % 8:
            settings.append(f'NodePool/last:allocatable={{cpu: "{gpus % 8}"}}')
        for name, quota in self.quotas(gpus).items():
            group = f'ClusterQueue/{name}:resourceGroups[0]'
            settings += [f'{group}.coveredResources=[nvidia.com/gpu, cpu]',
                         f'{group}.flavors[gpu].resources=[{{name: nvidia.com/gpu, nominalQuota: {quota}}},'
                         f' {{name: cpu, nominalQuota: {quota}}}]']
        return settings

    # ---- tables

    def philly_row(self, label, db):
        jobs, waiting, mean, ready, unstarted = db.execute(
            'SELECT COUNT(*), SUM(wait_s > 0), AVG(wait_s), AVG(ready_s), SUM(NOT started) FROM jobs WHERE NOT in_warmup'
        ).fetchone()
        p95, = db.execute('SELECT p95_s FROM waits WHERE cluster IS NULL AND cluster_queue IS NULL').fetchone()
        shares = dict(db.execute('SELECT spent_on, gpu_hours / capacity_gpu_hours FROM gpu_hours'))
        timed_out, = db.execute('SELECT SUM(pods_ready_evictions > 0) FROM job').fetchone()
        row(label, f'{waiting / jobs:.1%}', duration(mean), duration(p95), duration(ready), f'{unstarted:,}',
            f'{shares["productive"]:.1%}', f'{shares["idle: behind quota"]:.1%}', f'{shares["idle: held back"]:.1%}',
            f'{shares["idle: fragmented"]:.1%}',
            f'{timed_out:,}')

    def philly_header(self, what):
        header(what, 'jobs that wait', 'mean wait', 'p95', 'mean until pods ready', 'not started', 'GPUs productive',
               'idle behind quota', 'idle, held back', 'idle, fragmented', 'jobs evicted for want of nodes')

    def sizes(self):
        self.philly_header('GPUs')
        for gpus in (600, 700, 800, 900):
            self.philly_row(gpus, self.run_philly(gpus, 'as-it-is'))

    def causes(self):
        for gpus in (700, 900):
            print(f'\n{gpus} GPUs\n')
            self.philly_header('changed')
            one_queue = self.one_queue(gpus)
            one_node = [pools(('gpu', 1, gpus))]
            strict = ['ClusterQueue/other:queueingStrategy=StrictFIFO']
            for label, settings in {
                    'nothing': [],
                    'one queue, one node, StrictFIFO': one_queue + one_node + strict,
                    'one queue, one node': one_queue + one_node,
                    'one node': one_node,
                    'one node, quotas not lent': one_node + self.no_lending(gpus),
                    'one queue': one_queue,
                    'nodes packed (MostAllocated)': self.scored(gpus, 'MostAllocated'),
                    'nodes spread (LeastAllocated)': self.scored(gpus, 'LeastAllocated'),
                    'first 28 days left out': ['Scenario/philly-replay:time.warmup=28d'],
                    'another seed': ['Scenario/philly-replay:study.seed=2'],
            }.items():
                self.philly_row(label, self.run_philly(gpus, 'changed', settings))
            self.philly_row('no eviction (waitForPodsReady: 2400h)',
                            self.run_philly(gpus, 'changed', configuration='waitForPodsReady: {timeout: 2400h}\n'))

    def active_by_day(self):
        """Mean nodes recorded as active, by day; minutes of 0 are gaps of the recording."""
        by_day = collections.defaultdict(list)
        with open(os.path.join(self.philly, 'philly_active_nodes_to_2017-11-26.csv'), newline='') as file:
            for sample in csv.DictReader(file):
                if int(sample['active']) > 0:
                    time = datetime.datetime.fromisoformat(sample['time'])
                    by_day[(time - PHILLY_DAY).days].append(int(sample['active']))
        return {day: statistics.mean(values) for day, values in by_day.items()}

    def nodes(self):
        active = self.active_by_day()
        recorded = list(active.values())
        split = ['Scenario/philly-replay:workload.traces[0].gpusPerPod=1']
        variants = {
            'as it is (no preference)': [],
            'packed (MostAllocated)': self.scored(3360, 'MostAllocated'),
            'spread (LeastAllocated)': self.scored(3360, 'LeastAllocated'),
            # the README of the trace counts 552 machines of 8 and 2 GPUs, about 2,490 GPUs
            'no preference, 231 nodes of 8 GPUs and 321 of 2': [pools(('eight', 231, 8), ('two', 321, 2))],
            'each GPU its own pod, no preference': split,
            'each GPU its own pod, spread': self.scored(3360, 'LeastAllocated') + split,
        }
        header('placement', 'busy nodes, mean', 'least day', 'most day', 'correlation with recorded days')
        row('recorded', f'{statistics.mean(recorded):.0f}', f'{min(recorded):.0f}', f'{max(recorded):.0f}', '')
        columns = {'recorded active': active}
        for label, settings in variants.items():
            db = self.run_philly(3360, 'busy', settings)
            if not settings:  # what runs is the same in all of them: nothing waits on so many GPUs
                columns |= {'GPUs running': by_day(db, GPUS), 'pods running': by_day(db, PODS)}
            columns[label] = by_day(db, BUSY)
            busy = [columns[label][day] for day in active]
            row(label, f'{statistics.mean(busy):.0f}', f'{min(busy):.0f}', f'{max(busy):.0f}',
                f'{correlation(busy, recorded):.2f}')
        print()
        header('days', *columns)
        for first in range(28, 84, 7):
            self.days_row(columns, [day for day in range(first, first + 7) if day in active])
        self.days_row(columns, [min(active, key=columns['GPUs running'].get)])

    def days_row(self, columns, days):
        dates = [(PHILLY_DAY + datetime.timedelta(days=day)).date() for day in (days[0], days[-1])]
        row(dates[0] if dates[0] == dates[1] else f'{dates[0]} to {dates[1]:%m-%d}',
            *(f'{statistics.mean(values[day] for day in days):.0f}' for values in columns.values()))

    # ---- KTH

    def kth_classes(self, db, title, column, classes):
        print()
        header(title, 'jobs', 'recorded mean', 'simulated mean', 'recorded p50', 'simulated p50', 'recorded p95',
               'simulated p95')
        for label, low, high in classes:
            pairs = db.execute('SELECT recorded_wait_s, wait_s FROM jobs WHERE NOT in_warmup AND recorded_wait_s IS NOT NULL'
                               f' AND {column} > ? AND {column} <= ?', (low, high)).fetchall()
            recorded, simulated = zip(*pairs)
            row(label, f'{len(pairs):,}', *(duration(figure(values)) for figure in (
                statistics.mean, lambda v: quantile(v, .5), lambda v: quantile(v, .95)) for values in (recorded, simulated)))

    def kth_record(self, trace):
        """(submit, start, end, processors, requested) of every job that ran, and when the log's clock begins."""
        jobs, begin = [], 0
        with gzip.open(trace, 'rt') as file:
            for line in file:
                if line.startswith('; UnixStartTime:'):
                    begin = int(line.split(':')[1])
                fields = line.split()
                if line.startswith(';') or not fields or int(fields[3]) <= 0:
                    continue
                submit, wait, run = (int(field) for field in fields[1:4])
                jobs.append((submit, submit + wait, submit + wait + run, int(fields[7]), int(fields[8])))
        return jobs, begin

    def kth_rules(self):
        """What the recorded starts say of the rules in force: hours of starts, and how full the machine was."""
        jobs, begin = self.kth_record(self.kth)
        zone = zoneinfo.ZoneInfo('Europe/Stockholm')
        local = lambda t: datetime.datetime.fromtimestamp(begin + t, zone)
        starts = collections.Counter()
        for _, start, _, _, requested in jobs:
            if local(start).weekday() < 5:
                starts[requested > 4 * HOUR, local(start).hour] += 1
        first, last = jobs[0][0] // HOUR * HOUR, jobs[-1][0]
        used, waiting, hours = (collections.Counter() for _ in range(3))
        for t in range(first + HOUR // 2, last, HOUR):
            if local(t).weekday() < 5:
                hours[local(t).hour] += 1
        for submit, start, end, processors, _ in jobs:
            for counter, since, until in ((waiting, submit, start), (used, start, end)):
                for t in range(max(first, since - HOUR // 2) // HOUR * HOUR + HOUR // 2, min(until, last), HOUR):
                    if t >= since and local(t).weekday() < 5:
                        counter[local(t).hour] += processors
        print()
        header('hour of a weekday', 'starts, up to 4 h requested', 'starts, more than 4 h', 'processors in use (of 100)',
               'processors waited for')
        for hour in range(24):
            row(hour, starts[False, hour], starts[True, hour], f'{used[hour] / hours[hour]:.0f}',
                f'{waiting[hour] / hours[hour]:.0f}')
        self.kth_room(jobs)

    def kth_room(self, jobs):
        """How much of the recorded waiting went by while enough processors were free."""
        changes = collections.Counter()
        for _, start, end, processors, _ in jobs:
            changes[start] += processors
            changes[end] -= processors
        times, use, level = sorted(changes), [], 0
        for time in times:
            level += changes[time]
            use.append(level)
        room = {size: [0] for size in {job[3] for job in jobs}}  # seconds with that much room, up to each change
        for size, sums in room.items():
            for i in range(len(times) - 1):
                sums.append(sums[-1] + (times[i + 1] - times[i] if 100 - use[i] >= size else 0))
        at = {time: i for i, time in enumerate(times)}

        def until(t, size):
            low, high = 0, len(times) - 1
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if times[middle] <= t else (low, middle - 1)
            if times[low] > t:
                return t - times[0]  # before the first start the machine was empty
            return room[size][low] + (t - times[low] if 100 - use[low] >= size else 0)

        waited = sum(start - submit for submit, start, *_ in jobs)
        free = sum(room[size][at[start]] - until(submit, size) for submit, start, _, size, _ in jobs)
        print(f'\nOf all recorded waiting, {free / waited:.0%} went by while enough processors for the job were free.')

    def kth_waits(self):
        db = self.run(self.kth_scenario, self.kth, 'kth')
        everything = [('all', 0, math.inf)]
        sizes = [('1', 0, 1), ('2 to 8', 1, 8), ('9 to 32', 8, 32), ('33 to 64', 32, 64), ('more than 64', 64, math.inf)]
        requests = [('up to 1 h', 0, HOUR), ('1 to 4 h', HOUR, 4 * HOUR), ('4 to 15 h', 4 * HOUR, 15 * HOUR),
                    ('more than 15 h', 15 * HOUR, math.inf)]
        self.kth_classes(db, 'processors', 'gpus', everything + sizes)
        self.kth_classes(db, 'time requested', 'requested_s', requests)
        print()
        header('processors of the machine', 'simulated mean', 'p95', 'never start')
        for processors in (100, 98, 96, 94, 92):
            db = self.run(self.kth_scenario, self.kth, 'kth-less', [
                f'NodePool/sp2:nodes={processors}',
                f'ClusterQueue/batch:resourceGroups[0].flavors[sp2].resources[nvidia.com/gpu].nominalQuota={processors}'])
            waits, never = zip(*db.execute('SELECT wait_s, NOT started FROM jobs WHERE NOT in_warmup'))
            row(processors, duration(statistics.mean(waits)), duration(quantile(waits, .95)), sum(never))

    def kth_all(self):
        self.kth_waits()
        self.kth_rules()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('shared')
    arguments.add_argument('study', choices=['sizes', 'causes', 'nodes', 'kth'])
    arguments.add_argument('--berth', default=os.path.join(TOOLS, '..', 'build', 'berth'))
    arguments.add_argument('--work', default='studies')
    given = arguments.parse_args()
    study = Study(given.shared, given.berth, given.work)
    {'sizes': study.sizes, 'causes': study.causes, 'nodes': study.nodes, 'kth': study.kth_all}[given.study]()


if __name__ == '__main__':
    main()
