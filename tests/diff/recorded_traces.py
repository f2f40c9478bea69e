#!/usr/bin/env python3
"""The program on recorded traces: the rows that users see, Philly's jobs on several sizes, KTH's waits under EASY.

What the figures should be is derived in docs/validation.md; ranges leave room for other rules of ties, not for other rules.
Needs the shared reference material (BERTH_SHARED); without it all is one skip.

usage: recorded_traces.py BERTH DEFAULT_SHARED"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

from study_traces import BUSY, Study, by_day

# Rows used and rows skipped of every trace, counted by other means (awk over fields 4, 5 and 8).
ROWS = {
    'philly-2017/philly_jobs_to_2017-11-26.csv': (71570, {}),
    'swf/KTH-SP2-1996-2.1-cln-firsthalf.swf.gz': (14234, {'run time of zero or below': 4}),
    'swf/LANL-CM5-1994-4.1-cln.swf.gz': (122055, {'run time of zero or below': 2, 'no size or a size of zero': 3}),
    'swf/LCG-2005-1.swf.gz': (187520, {'run time of zero or below': 521}),
    'swf/NASA-iPSC-1993-3.1-cln.swf.gz': (18066, {'run time of zero or below': 173}),
    'swf/lublin_256.swf': (10000, {}),
    'swf/wagap-2013.swf.gz': (17898, {'run time of zero or below': 2}),
}
NO_TRACES = ['philly-2017/philly_vc_nodes.csv', 'philly-2017/philly_active_nodes_to_2017-11-26.csv',
             'swf/wagap-2013.swf.machines']
results = failures = 0


def check(holds, what):
    global results, failures
    results += 1
    failures += not holds
    print(f'{"ok" if holds else "not ok"} {results} - {what}', flush=True)


def within(low, value, high, what):
    check(low <= value <= high, f'{what}: {value:.4g}, from {low:g} to {high:g} expected')


def check_rows(berth, traces):
    for file, (used, skipped) in ROWS.items():
        done = subprocess.run([berth, 'trace', 'stats', '-o', 'json', os.path.join(traces, file)], capture_output=True,
                              check=True)
        figures = {figure['figure']: figure['value'] for figure in json.loads(done.stdout)}
        found = {name.removeprefix('skipped: '): rows for name, rows in figures.items() if name.startswith('skipped: ')}
        check(figures['rows used'] == used and found == skipped and figures['rows read'] == used + sum(skipped.values()),
              f'rows of {file}: {figures["rows read"]} read, {figures["rows used"]} used, skipped {found}')
        sizes = sum(jobs for name, jobs in figures.items() if name.endswith(': jobs') and 'size' in name)
        check(sizes == used, f'sizes of {file} add up to {sizes} jobs')
    for file in NO_TRACES:
        done = subprocess.run([berth, 'trace', 'stats', os.path.join(traces, file)], capture_output=True, text=True)
        check(done.returncode == 1 and f'{file}:1: ' in done.stderr and not done.stdout, f'{file} is refused')


def waiting(db):
    jobs, waited, started = db.execute('SELECT COUNT(*), SUM(wait_s > 0), SUM(started) FROM jobs').fetchone()
    check(jobs == started == 71570, f'{started} of {jobs} jobs of Philly start')
    return waited / jobs


def check_philly(study):
    within(0.45, waiting(study.run_philly(700, 'test')), 0.60, 'share of jobs that wait on 700 GPUs (about half)')
    within(0.06, waiting(study.run_philly(900, 'test')), 0.09, 'share of jobs that wait on 900 GPUs (7 %)')
    db = study.run_philly(3360, 'test')
    within(0, waiting(db), 0, 'share of jobs that wait on 3,360 GPUs')
    busy = by_day(db, BUSY)
    active = study.active_by_day()
    # As many as there are pods at the most, as few as GPUs / 8 at the least; fewer than recorded: the trace lacks jobs.
    within(64, statistics.mean(busy[day] for day in active), 167, 'busy nodes of 420')
    within(320, statistics.mean(active.values()), 335, 'nodes recorded as active')


def check_kth(study):
    db = study.run(study.kth_scenario, study.kth, 'kth')
    recorded, simulated, started = zip(*db.execute(
        'SELECT recorded_wait_s, wait_s, started FROM jobs WHERE NOT in_warmup'))
    check(len(recorded) == sum(started) == 13055, f'{sum(started)} jobs of KTH start after warm-up')
    within(20200, statistics.mean(recorded), 20300, 'mean recorded wait (s)')
    within(9200, statistics.mean(simulated), 9500, 'mean wait under EASY (s)')
    shown = subprocess.run([study.berth, 'show', os.path.join(study.work, 'kth', 'run.db')], capture_output=True, text=True)
    check('recorded waits of 13,055 jobs: mean 5.6h' in shown.stdout, 'the summary compares recorded waits')


def main():
    berth, default = sys.argv[1:]
    shared = os.environ.get('BERTH_SHARED', default)
    traces = os.path.join(shared, 'traces')
    if not os.path.isdir(traces):
        print(f'1..0 # SKIP no folder {traces}; set BERTH_SHARED')
        return
    check_rows(berth, traces)
    with tempfile.TemporaryDirectory() as work:
        study = Study(shared, berth, work)
        check_philly(study)
        check_kth(study)
    print(f'1..{results}')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
