-- schema.sql - version 1 of a run database. Every statement ends with a semicolon at the end of a line.
--
-- Times are integer microseconds since run.epoch_unix_s (`_us`), money is integer micro-units of run.currency (`_micro`),
-- GPU time is integer GPU-microseconds (`_gpu_us`). NULL means "has not happened" or "not in this input", never zero.
-- Readers use the views at the end (docs/store.md); the tables may change with the version.

CREATE TABLE run (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE input (
	path TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	content TEXT
) STRICT;

CREATE TABLE not_modelled (
	line TEXT NOT NULL
) STRICT;

-- default_value NULL: it has no default.
CREATE TABLE parameter (
	cluster TEXT,
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	default_value TEXT
) STRICT;

CREATE TABLE cluster (
	cluster INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	policy TEXT NOT NULL,
	kueue_version TEXT
) STRICT;

CREATE TABLE cluster_queue (
	cluster INTEGER NOT NULL REFERENCES cluster,
	cluster_queue INTEGER NOT NULL,
	name TEXT NOT NULL,
	cohort TEXT,
	nominal_gpus INTEGER,
	PRIMARY KEY (cluster, cluster_queue)
) STRICT, WITHOUT ROWID;

CREATE TABLE pool (
	cluster INTEGER NOT NULL REFERENCES cluster,
	pool INTEGER NOT NULL,
	name TEXT NOT NULL,
	nodes INTEGER NOT NULL,
	gpus_per_node INTEGER NOT NULL,
	gpu_product TEXT,
	capacity_type TEXT NOT NULL,
	PRIMARY KEY (cluster, pool)
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant (
	tenant INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	cost_center TEXT
) STRICT;

CREATE TABLE price (
	gpu_product TEXT NOT NULL,
	capacity_type TEXT NOT NULL,
	micro_per_gpu_hour INTEGER NOT NULL,
	billed TEXT NOT NULL,
	source TEXT,
	as_of TEXT
) STRICT;

CREATE TABLE change (
	at_us INTEGER NOT NULL,
	cluster INTEGER NOT NULL REFERENCES cluster,
	text TEXT NOT NULL
) STRICT;

CREATE TABLE trace (
	path TEXT NOT NULL,
	rows_read INTEGER NOT NULL,
	rows_used INTEGER NOT NULL
) STRICT;

CREATE TABLE trace_skipped (
	path TEXT NOT NULL,
	reason TEXT NOT NULL,
	rows INTEGER NOT NULL
) STRICT;

-- Replication 0 only, as are series, queue_meter, pool_meter, span, preemption: figures over all replications are in kpi.
CREATE TABLE job (
	job INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	namespace TEXT,
	user TEXT,
	priority_class TEXT,
	cluster INTEGER REFERENCES cluster,
	cluster_queue INTEGER,
	tenant INTEGER REFERENCES tenant,
	gpus INTEGER NOT NULL,
	submit_us INTEGER NOT NULL,
	admitted_us INTEGER,
	bound_us INTEGER,
	ready_us INTEGER,
	finished_us INTEGER,
	run_us INTEGER NOT NULL,
	requested_us INTEGER,
	recorded_wait_us INTEGER,
	wait_quota_us INTEGER NOT NULL,
	wait_nodes_us INTEGER NOT NULL,
	wait_control_plane_us INTEGER NOT NULL, -- admission checks included; kpi rows tell them apart
	wait_backoff_us INTEGER NOT NULL,
	wait_stopped_us INTEGER NOT NULL,
	wait_start_us INTEGER NOT NULL,
	preemptions INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	node_drains INTEGER NOT NULL,
	pods_ready_evictions INTEGER NOT NULL,
	pending_reason TEXT,
	never_fits INTEGER NOT NULL,
	deactivated INTEGER NOT NULL,
	productive_gpu_us INTEGER NOT NULL,
	starting_gpu_us INTEGER NOT NULL,
	lost_preemption_gpu_us INTEGER NOT NULL,
	lost_eviction_gpu_us INTEGER NOT NULL,
	lost_failure_gpu_us INTEGER NOT NULL,
	borrowed_gpu_us INTEGER NOT NULL,
	cost_micro INTEGER,
	borrowed_cost_micro INTEGER,
	lost_cost_micro INTEGER,
	FOREIGN KEY (cluster, cluster_queue) REFERENCES cluster_queue
) STRICT;

-- NULL in a dimension means "all". A lower bound: too many of the jobs up to this quantile had not started (docs/store.md).
CREATE TABLE kpi (
	metric TEXT NOT NULL,
	stat TEXT NOT NULL,
	cluster TEXT,
	cluster_queue TEXT,
	priority_class TEXT,
	tenant TEXT,
	size_class TEXT,
	replication INTEGER NOT NULL,
	value REAL,
	lower_bound INTEGER NOT NULL
) STRICT;

CREATE TABLE kpi_summary (
	metric TEXT NOT NULL,
	stat TEXT NOT NULL,
	cluster TEXT,
	cluster_queue TEXT,
	priority_class TEXT,
	tenant TEXT,
	size_class TEXT,
	replications INTEGER NOT NULL,
	value REAL,
	low REAL,
	high REAL,
	lower_bound INTEGER NOT NULL
) STRICT;

CREATE TABLE threshold (
	text TEXT NOT NULL,
	metric TEXT NOT NULL,
	stat TEXT NOT NULL,
	cluster_queue TEXT,
	priority_class TEXT,
	max REAL NOT NULL,
	value REAL,
	met INTEGER NOT NULL,
	replications INTEGER NOT NULL,
	lower_bound INTEGER NOT NULL,
	holds INTEGER NOT NULL
) STRICT;

-- The same work on node pools and nominal quotas scaled together; factor: of the GPUs that there are, 1 is the run itself.
CREATE TABLE size (
	factor REAL NOT NULL,
	gpus INTEGER NOT NULL,
	metric TEXT NOT NULL,
	stat TEXT NOT NULL,
	cluster_queue TEXT,
	priority_class TEXT,
	value REAL,
	low REAL,
	high REAL,
	lower_bound INTEGER NOT NULL
) STRICT;

-- Means over run.bucket_us from start_us on; cluster_queue NULL is the cluster as a whole, which alone has capacity and nodes.
CREATE TABLE series (
	start_us INTEGER NOT NULL,
	cluster INTEGER NOT NULL REFERENCES cluster,
	cluster_queue INTEGER,
	demand_gpus REAL NOT NULL,
	reserved_gpus REAL NOT NULL,
	running_gpus REAL NOT NULL,
	pending_jobs REAL NOT NULL,
	pending_gpus REAL NOT NULL,
	pending_jobs_max REAL NOT NULL,
	capacity_gpus REAL,
	nominal_gpus REAL,
	busy_nodes REAL,
	FOREIGN KEY (cluster, cluster_queue) REFERENCES cluster_queue
) STRICT;

CREATE TABLE queue_meter (
	cluster INTEGER NOT NULL,
	cluster_queue INTEGER NOT NULL,
	used_gpu_us INTEGER NOT NULL,
	nominal_gpu_us INTEGER,
	borrowed_gpu_us INTEGER NOT NULL,
	lent_gpu_us INTEGER NOT NULL,
	FOREIGN KEY (cluster, cluster_queue) REFERENCES cluster_queue
) STRICT;

CREATE TABLE pool_meter (
	cluster INTEGER NOT NULL,
	pool INTEGER NOT NULL,
	productive_gpu_us INTEGER NOT NULL,
	starting_gpu_us INTEGER NOT NULL,
	lost_preemption_gpu_us INTEGER NOT NULL,
	lost_eviction_gpu_us INTEGER NOT NULL,
	lost_failure_gpu_us INTEGER NOT NULL,
	idle_nobody_waiting_gpu_us INTEGER NOT NULL,
	idle_behind_quota_gpu_us INTEGER NOT NULL,
	idle_held_back_gpu_us INTEGER NOT NULL,
	idle_fragmented_gpu_us INTEGER NOT NULL,
	idle_control_plane_gpu_us INTEGER NOT NULL,
	down_gpu_us INTEGER NOT NULL,
	capacity_gpu_us INTEGER NOT NULL,
	paid_micro INTEGER,
	charged_micro INTEGER,
	idle_micro INTEGER,
	down_micro INTEGER,
	FOREIGN KEY (cluster, pool) REFERENCES pool
) STRICT;

CREATE TABLE span (
	job INTEGER NOT NULL REFERENCES job,
	cluster INTEGER NOT NULL,
	cluster_queue INTEGER NOT NULL,
	start_us INTEGER NOT NULL,
	end_us INTEGER NOT NULL,
	gpus INTEGER NOT NULL,
	end_reason TEXT NOT NULL,
	FOREIGN KEY (cluster, cluster_queue) REFERENCES cluster_queue
) STRICT;

CREATE TABLE preemption (
	cluster INTEGER NOT NULL REFERENCES cluster,
	preemptor_queue INTEGER,
	victim_queue INTEGER,
	reason TEXT NOT NULL,
	jobs INTEGER NOT NULL,
	lost_gpu_us INTEGER NOT NULL,
	FOREIGN KEY (cluster, preemptor_queue) REFERENCES cluster_queue,
	FOREIGN KEY (cluster, victim_queue) REFERENCES cluster_queue
) STRICT;

CREATE TABLE loop (
	replication INTEGER NOT NULL,
	time_us INTEGER NOT NULL,
	cluster INTEGER NOT NULL REFERENCES cluster,
	passes INTEGER NOT NULL,
	n_jobs INTEGER NOT NULL,
	jobs TEXT NOT NULL
) STRICT;

-- The end of what was simulated: of the run, or of the part that there is.
CREATE VIEW run_end AS
	SELECT CAST(value AS INTEGER) AS end_us FROM run WHERE key = 'end_us';

-- One row per job: wait_s counts up to the first admission, or up to the end while it has not started (started = 0, a lower
-- bound). in_warmup jobs are left out of every figure.
CREATE VIEW jobs AS
	SELECT j.job, j.name, j.namespace, j.user, j.priority_class, c.name AS cluster, q.name AS cluster_queue,
		t.name AS tenant, j.gpus,
		strftime('%Y-%m-%dT%H:%M:%SZ', (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'epoch_unix_s')
			+ j.submit_us / 1000000, 'unixepoch') AS submitted,
		j.submit_us < (SELECT CAST(value AS INTEGER) FROM run WHERE key = 'warmup_us') AS in_warmup,
		j.admitted_us IS NOT NULL AS started,
		j.finished_us IS NOT NULL AS finished,
		(COALESCE(j.admitted_us, (SELECT end_us FROM run_end)) - j.submit_us) / 1e6 AS wait_s,
		(j.ready_us - j.submit_us) / 1e6 AS ready_s,
		(j.finished_us - j.submit_us) / 1e6 AS turnaround_s,
		j.run_us / 1e6 AS run_s, j.requested_us / 1e6 AS requested_s, j.recorded_wait_us / 1e6 AS recorded_wait_s,
		j.wait_quota_us / 1e6 AS wait_quota_s, j.wait_nodes_us / 1e6 AS wait_nodes_s,
		j.wait_control_plane_us / 1e6 AS wait_control_plane_s, j.wait_backoff_us / 1e6 AS wait_backoff_s,
		j.wait_stopped_us / 1e6 AS wait_stopped_s, j.wait_start_us / 1e6 AS wait_start_s,
		j.preemptions, j.failures, j.node_drains, j.pending_reason, j.never_fits,
		j.productive_gpu_us / 3.6e9 AS productive_gpu_hours,
		(j.lost_preemption_gpu_us + j.lost_eviction_gpu_us + j.lost_failure_gpu_us) / 3.6e9 AS lost_gpu_hours,
		j.cost_micro / 1e6 AS cost
	FROM job j LEFT JOIN cluster c USING (cluster) LEFT JOIN cluster_queue q USING (cluster, cluster_queue)
		LEFT JOIN tenant t USING (tenant);

-- Submitted to first admitted, by queue and priority class, in seconds; low and high bound the p95 (95 %, over replications).
-- The quantiles of a row from `bound_from` on (NULL: none) are lower bounds: docs/store.md has the rule.
-- ready: submitted to first pods ready, the clock that includes nodes, images and evictions of slow pods.
CREATE VIEW waits AS
	SELECT cluster, cluster_queue, priority_class,
		MAX(value) FILTER (WHERE metric = 'waitTime_us' AND stat = 'mean') / 1e6 AS mean_s,
		MAX(value) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p50') / 1e6 AS p50_s,
		MAX(value) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p90') / 1e6 AS p90_s,
		MAX(value) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p95') / 1e6 AS p95_s,
		MAX(low) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p95') / 1e6 AS p95_low_s,
		MAX(high) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p95') / 1e6 AS p95_high_s,
		MAX(value) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p99') / 1e6 AS p99_s,
		MIN(stat) FILTER (WHERE metric = 'waitTime_us' AND stat LIKE 'p%' AND lower_bound) AS bound_from,
		MAX(lower_bound) FILTER (WHERE metric = 'waitTime_us' AND stat = 'mean') AS mean_bound,
		MAX(value) FILTER (WHERE metric = 'readyTime_us' AND stat = 'p95') / 1e6 AS ready_p95_s,
		MAX(lower_bound) FILTER (WHERE metric = 'readyTime_us' AND stat = 'p95') AS ready_p95_bound
	FROM kpi_summary WHERE metric IN ('waitTime_us', 'readyTime_us') AND tenant IS NULL AND size_class IS NULL
	GROUP BY cluster, cluster_queue, priority_class;

-- Where the GPU-hours of replication 0 went; the shares of a cluster sum to 1.
CREATE VIEW gpu_hours AS
	SELECT c.name AS cluster, k.key AS part, k.value AS spent_on,
		SUM(CASE k.key
			WHEN 0 THEN m.productive_gpu_us WHEN 1 THEN m.starting_gpu_us WHEN 2 THEN m.lost_preemption_gpu_us
			WHEN 3 THEN m.lost_eviction_gpu_us WHEN 4 THEN m.lost_failure_gpu_us WHEN 5 THEN m.idle_nobody_waiting_gpu_us
			WHEN 6 THEN m.idle_behind_quota_gpu_us WHEN 7 THEN m.idle_held_back_gpu_us WHEN 8 THEN m.idle_fragmented_gpu_us
			WHEN 9 THEN m.idle_control_plane_gpu_us ELSE m.down_gpu_us END) / 3.6e9 AS gpu_hours,
		SUM(m.capacity_gpu_us) / 3.6e9 AS capacity_gpu_hours
	FROM pool_meter m JOIN cluster c USING (cluster)
		JOIN json_each('["productive","starting","lost to preemption","lost to other evictions","lost to failures",
			"idle: nobody waiting","idle: behind quota","idle: held back","idle: fragmented","idle: control plane","down"]') k
	GROUP BY c.cluster, k.key ORDER BY c.cluster, k.key;

-- Money of replication 0 by tenant and queue. NULL: no price, or no tenant.
CREATE VIEW money AS
	SELECT t.name AS tenant, c.name AS cluster, q.name AS cluster_queue, COUNT(*) AS jobs,
		SUM(j.cost_micro) / 1e6 AS cost, SUM(j.borrowed_cost_micro) / 1e6 AS borrowed, SUM(j.lost_cost_micro) / 1e6 AS lost
	FROM job j LEFT JOIN cluster c USING (cluster) LEFT JOIN cluster_queue q USING (cluster, cluster_queue)
		LEFT JOIN tenant t USING (tenant)
	GROUP BY j.tenant, j.cluster, j.cluster_queue ORDER BY t.name, c.name, q.name;

-- Time series with names; cluster_queue NULL is the whole cluster.
CREATE VIEW queue_series AS
	SELECT s.start_us, c.name AS cluster, q.name AS cluster_queue, s.demand_gpus, s.reserved_gpus, s.running_gpus,
		s.pending_jobs, s.pending_gpus, s.pending_jobs_max, s.capacity_gpus, s.nominal_gpus, s.busy_nodes
	FROM series s JOIN cluster c USING (cluster) LEFT JOIN cluster_queue q USING (cluster, cluster_queue);

-- Who evicted whom, replication 0.
CREATE VIEW preemptions AS
	SELECT c.name AS cluster, p.name AS preemptor_queue, v.name AS victim_queue, e.reason, e.jobs,
		e.lost_gpu_us / 3.6e9 AS lost_gpu_hours
	FROM preemption e JOIN cluster c USING (cluster)
		LEFT JOIN cluster_queue p ON p.cluster = e.cluster AND p.cluster_queue = e.preemptor_queue
		LEFT JOIN cluster_queue v ON v.cluster = e.cluster AND v.cluster_queue = e.victim_queue;
