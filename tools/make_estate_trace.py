#!/usr/bin/env python3
"""Makes the trace of the ready scenario estate-2026: invented batch accounting in berth's own CSV.

    python3 tools/make_estate_trace.py > scenarios/ready/estate-2026/jobs-2025.csv

No real jobs. 438 days before 2026, so that they fill the year when they are replayed 1.2 times as dense. Arrivals are Poisson by
day, thinned on weekends and in the holidays, with office hours; sizes and lognormal run times by partition. The fixed seed
makes the file reproducible; random() and lognormvariate() are stable across Python versions. Columns as in docs/traces.md.
"""
import datetime
import math
import random

START = datetime.datetime(2024, 10, 20, tzinfo=datetime.timezone.utc)
DAYS = 438
HOURS = [1, 1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 13, 9, 12, 14, 14, 12, 9, 7, 6, 5, 4, 2, 1]
#            per weekday at the start and at the end, GPUs with weights, run time p50 and p95 in hours, namespace, class
PARTITIONS = {
    'gpu-batch': (12, 14, [(4, 2), (8, 5), (16, 3)], 8, 30, 'vision', 'dev'),
    'gpu-finetune': (1, 16, [(16, 3), (32, 3), (64, 1)], 6, 24, 'nlp-prod', 'prod'),
    'interactive': (1.5, 1.5, [(1, 1)], 4, 12, 'platform', ''),
}
TIME_LIMIT_S = 48 * 3600


def poisson(rng, mean):
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def factor(day):
    quiet = day.month == 8 or (day.month, day.day) >= (12, 22)
    return (0.35 if day.weekday() >= 5 else 1) * (0.6 if quiet else 1)


def jobs(rng):
    for number in range(DAYS):
        day = START + datetime.timedelta(days=number)
        for partition, (first, last, sizes, p50, p95, namespace, priority) in PARTITIONS.items():
            per_day = (first + (last - first) * number / DAYS) * factor(day)
            for _ in range(poisson(rng, per_day)):
                hour = rng.choices(range(24), HOURS)[0]
                submit = day + datetime.timedelta(seconds=hour * 3600 + int(rng.random() * 3600))
                gpus = rng.choices([gpus for gpus, _ in sizes], [weight for _, weight in sizes])[0]
                sigma = math.log(p95 / p50) / 1.6448536269514722
                run = max(60, min(int(rng.lognormvariate(math.log(p50 * 3600), sigma)), TIME_LIMIT_S))
                yield submit, run, gpus, partition, namespace, priority


def main():
    rng = random.Random(2025)
    print('id,submit,runTime,gpus,queue,namespace,priorityClass')
    for number, (submit, run, gpus, partition, namespace, priority) in enumerate(sorted(jobs(rng)), 1):
        print(f'{number},{submit:%Y-%m-%dT%H:%M:%SZ},{run},{gpus},{partition},{namespace},{priority}')


if __name__ == '__main__':
    main()
