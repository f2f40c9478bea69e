"""Random scenarios for whole runs: cohort trees, borrowing and lending, preemption, flavors, node failures, latencies, changes
in time, gangs, partial admission, checkpoints, money. Small and overloaded, so that something happens. The same seed gives the
same scenario.

usage, to look at one: random_scenario.py FOLDER SEED"""
import json
import pathlib
import random
import sys

PRODUCTS = ("NVIDIA-A100", "NVIDIA-H100")
CLASSES = {"low": -10, "normal": 0, "high": 10}
GPU = "nvidia.com/gpu"


class Draw(random.Random):
    def chance(self, share):
        return self.random() < share

    def maybe(self, share, **fields):
        return fields if self.chance(share) else {}

    def one_of(self, *values):
        return values[int(self.random() * len(values))]

    def between(self, low, high):
        return low + int(self.random() * (high - low + 1))

    def spread(self, low_s, high_s):
        """A distribution of durations with its median and 95th percentile about there."""
        median = self.between(low_s, high_s)
        kind = self.one_of("constant", "exponential", "lognormal", "weibull")
        return {
            "constant": {"constant": f"{median}s"},
            "exponential": {"exponential": {"mean": f"{median}s"}},
            "lognormal": {"lognormal": {"p50": f"{median}s", "p95": f"{4 * median}s"}},
            "weibull": {"weibull": {"scale": f"{median}s", "shape": 0.8}},
        }[kind]


def kueue(kind, name, spec, **metadata):
    return {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def priority_class(name, value):
    return {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "WorkloadPriorityClass", "metadata": {"name": name}, "value": value}


def limits(draw, nominal, in_cohort):
    if not in_cohort:
        return {}
    return {**draw.maybe(0.4, borrowingLimit=draw.between(0, 16)), **draw.maybe(0.4, lendingLimit=draw.between(0, nominal))}


def resource_group(draw, flavors, in_cohort, gpus):
    rows = []
    for flavor in sorted(flavors, key=lambda _: draw.random())[: draw.between(1, len(flavors))]:
        nominal = draw.between(2, max(2, 2 * gpus // 3))
        resource = {"name": GPU, "nominalQuota": nominal, **limits(draw, nominal, in_cohort)}
        rows.append({"name": flavor, "resources": [resource]})
    return [{"coveredResources": [GPU], "flavors": rows}]


def preemption(draw):
    within = draw.one_of("Never", "LowerPriority", "LowerOrNewerEqualPriority")
    reclaim = draw.one_of("Never", "LowerPriority", "Any", "Any")
    policy = {"withinClusterQueue": within, "reclaimWithinCohort": reclaim}
    if reclaim != "Never" and draw.chance(0.5):
        policy["borrowWithinCohort"] = {"policy": "LowerPriority", **draw.maybe(0.5, maxPriorityThreshold=draw.between(-10, 10))}
    return policy


def fungibility(draw):
    borrow, preempt = (draw.one_of("MayStopSearch", "TryNextFlavor") for _ in range(2))
    both_try = borrow == preempt == "TryNextFlavor"
    return {"whenCanBorrow": borrow, "whenCanPreempt": preempt,
            **(draw.maybe(0.5, preference="PreemptionOverBorrowing") if both_try else {})}


def cohorts(draw, flavors):
    """A tree: each cohort hangs below an earlier one, or is a root."""
    names = [f"cohort-{i}" for i in range(draw.between(1, 4))]
    for i, name in enumerate(names):
        spec = draw.maybe(0.7, parentName=names[draw.between(0, i - 1)]) if i else {}
        if draw.chance(0.3):
            spec["resourceGroups"] = resource_group(draw, flavors, "parentName" in spec, 12)
        yield kueue("Cohort", name, spec)


def cluster_queues(draw, flavors, roots, gpus):
    for i in range(draw.between(2, 5)):
        cohort = draw.maybe(0.85, cohortName=draw.one_of(*roots))
        yield kueue("ClusterQueue", f"queue-{i}", {
            **cohort,
            "namespaceSelector": {},
            "queueingStrategy": draw.one_of("BestEffortFIFO", "BestEffortFIFO", "StrictFIFO"),
            "preemption": preemption(draw),
            "flavorFungibility": fungibility(draw),
            "resourceGroups": resource_group(draw, flavors, bool(cohort), gpus),
        })


def configuration(draw):
    return {"apiVersion": "config.kueue.x-k8s.io/v1beta2", "kind": "Configuration", "waitForPodsReady": {
        "timeout": f"{draw.between(2, 20)}m",
        "blockAdmission": draw.chance(0.2),
        "requeuingStrategy": {"timestamp": draw.one_of("Eviction", "Creation"), "backoffBaseSeconds": draw.between(1, 120),
                              **draw.maybe(0.7, backoffLimitCount=draw.between(1, 6))}}}


def is_easy(cluster):
    """EASY ends nothing that runs, and scenarios that ask it to are refused."""
    return "scheduler" in cluster


def kueue_documents(draw, cluster):
    name, pools, flavors = cluster["name"], cluster["nodePools"], {}
    for product in sorted({pool["gpus"]["product"] for pool in pools}):
        flavors[product.split("-")[1].lower()] = {"nodeLabels": {"nvidia.com/gpu.product": product}}
    gpus = sum(pool["nodes"] * pool["gpus"]["perNode"] for pool in pools)
    yield from (kueue("ResourceFlavor", flavor, spec) for flavor, spec in flavors.items())
    yield from (priority_class(class_name, value) for class_name, value in CLASSES.items())
    tree = list(cohorts(draw, flavors))
    yield from tree
    queues = list(cluster_queues(draw, flavors, [cohort["metadata"]["name"] for cohort in tree], gpus))
    yield from queues
    for i, queue in enumerate(queues):
        yield kueue("LocalQueue", "batch", {"clusterQueue": queue["metadata"]["name"]}, namespace=f"{name}-{i}")
    if draw.chance(0.7) and not is_easy(cluster):
        yield configuration(draw)


def node_pools(draw):
    for i in range(draw.between(1, 3)):
        yield {
            "name": f"pool-{i}",
            "nodes": draw.between(1, 5),
            "gpus": {"product": PRODUCTS[0] if i == 0 else draw.one_of(*PRODUCTS), "perNode": draw.one_of(2, 4, 8)},
            "capacityType": draw.one_of("OnDemand", "Reserved", "Spot"),
            **draw.maybe(0.6, failures={"meanTimeBetweenFailures": f"{draw.between(6, 60)}h",
                                        "repairTime": draw.spread(600, 7200)}),
        }


def control_plane(draw):
    """Few writes a second: some of Kueue's rules let two workloads preempt each other without end, as fast as they can."""
    rate = {"apiQPS": draw.one_of(2, 10), "apiBurst": draw.between(1, 10)}
    if draw.chance(0.3):
        return rate
    return {**rate, "passBase": f"{draw.between(0, 30)}ms", "passPerHead": f"{draw.between(0, 500)}us",
            "writeLatency": f"{draw.between(0, 40)}ms", "watchDelay": f"{draw.between(0, 20)}ms",
            "podCreation": f"{draw.between(0, 900)}ms", "jobStatus": f"{draw.between(0, 3000)}ms"}


def cluster(draw, name):
    pools = list(node_pools(draw))
    return {
        "name": name,
        "include": [f"{name}.yaml"],
        **draw.maybe(0.2, scheduler={"policy": "EASY"}),
        "placement": {"score": draw.one_of("LeastAllocated", "MostAllocated"),
                      **draw.maybe(0.4, resources=[{"name": "nvidia.com/gpu", "weight": draw.between(1, 9)}, {"name": "cpu"}])},
        **draw.maybe(0.7, startLatency={"cached": draw.spread(5, 60), "imagePull": draw.spread(30, 300), "cachedShare": 0.5}),
        "terminationGrace": draw.one_of("30s", draw.spread(5, 60)),
        "controlPlane": control_plane(draw),
        "nodePools": pools,
    }


def weighted(draw, values):
    """The first some of the values."""
    return {"choice": [{"value": value, "weight": draw.between(1, 4)} for value in values[: draw.between(1, len(values))]]}


def pod_sets(draw):
    sets = []
    for i in range(draw.one_of(1, 1, 1, 2)):
        counts, sizes = weighted(draw, (1, 2, 4, 6)), weighted(draw, (1, 2, 4))
        partial = draw.maybe(0.4, minCount=1) if i == 0 else {}
        sets.append({"name": f"set-{i}", "count": counts, **partial, "requests": {GPU: sizes}})
    return sets


def generators(draw, cluster, n_queues):
    for name in (f"{cluster['name']}-{i}" for i in range(n_queues)):
        yield {
            "name": name, "cluster": cluster["name"], "namespace": name, "queueName": "batch",
            "workloadPriorityClass": draw.one_of(*CLASSES),
            "arrivals": {"perDay": draw.between(10, 120), "hourOfDay": draw.one_of("Flat", "Office"),
                         **draw.maybe(0.4, burst={"choice": [{"value": 1, "weight": 3}, {"value": 8, "weight": 1}]})},
            "podSets": pod_sets(draw),
            "runTime": draw.spread(300, 7200),
            "requestedFactor": draw.one_of(0, 1, 3),
            **draw.maybe(0.4, checkpoint={"interval": "10m", "saveTime": "10s", "restoreTime": "1m"}),
            **draw.maybe(0 if is_easy(cluster) else 0.2, maximumExecutionTime=f"{draw.between(1, 6)}h"),
        }


def changes(draw, clusters, documents):
    for at in sorted(draw.between(1, 23) for _ in range(draw.between(0, 4))):
        cluster = draw.one_of(*clusters)
        name, pools = cluster["name"], cluster["nodePools"]
        queue = draw.one_of(*(document for document in documents[name] if document["kind"] == "ClusterQueue"))
        queue_path = f"ClusterQueue/{name}/{queue['metadata']['name']}:"
        flavor = queue["spec"]["resourceGroups"][0]["flavors"][0]
        lendable = flavor["resources"][0].get("lendingLimit", 0)
        setting = draw.one_of(
            {f"NodePool/{name}/{draw.one_of(*pools)['name']}:nodes": draw.between(0, 6)},
            {f"{queue_path}resourceGroups[0].flavors[0].resources[0].nominalQuota": draw.between(lendable, lendable + 16)},
            {f"{queue_path}stopPolicy": draw.one_of("None", "Hold", "Hold" if is_easy(cluster) else "HoldAndDrain")})
        yield {"at": f"2026-01-05T{at:02}:{draw.between(0, 59):02}:00Z", "set": setting}


def prices(draw):
    rows = [{"product": product, "capacityType": kind, "price": f"{draw.between(1, 9)}.{draw.between(0, 999999):06}",
             "billed": draw.one_of("Always", "WhileUp")}
            for product in PRODUCTS for kind in ("OnDemand", "Reserved", "Spot")]
    return {"currency": "USD", "gpuHours": rows}


def write(folder, seed):
    """Writes the scenario and what it includes; returns its path."""
    draw = Draw(seed)
    clusters = [cluster(draw, name) for name in ("east", "west")[: draw.one_of(1, 1, 2)]]
    documents = {row["name"]: list(kueue_documents(draw, row)) for row in clusters}
    n_queues = {name: sum(document["kind"] == "LocalQueue" for document in found) for name, found in documents.items()}
    rows = [row for place in clusters for row in generators(draw, place, n_queues[place["name"]])]
    scenario = {
        "apiVersion": "berth.dev/v1alpha1", "kind": "Scenario", "metadata": {"name": "random"}, "spec": {
            "time": {"start": "2026-01-05T00:00:00Z", "duration": "24h", "warmup": f"{draw.between(0, 4)}h"},
            "study": {"seed": seed},
            "clusters": clusters,
            **draw.maybe(0.5, prices=prices(draw)),
            "tenants": [{"name": "first", "namespaces": ["east-0"]}],
            "workload": {"generators": rows},
            "changes": list(changes(draw, clusters, documents)),
        }}
    for name, found in documents.items():
        (folder / f"{name}.yaml").write_text("\n---\n".join(json.dumps(document) for document in found))
    path = folder / "random.yaml"
    path.write_text(json.dumps(scenario, indent=1))
    return path


if __name__ == "__main__":
    print(write(pathlib.Path(sys.argv[1]), int(sys.argv[2])))
