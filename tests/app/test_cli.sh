#!/bin/sh
# test_cli.sh - the program as people call it: help, usage errors, exit codes, Ctrl-C. TAP on stdout. $1: the program.
berth=$1
dir=$(mktemp -d "${TMPDIR:-/tmp}/berth-cli.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
number=0

# ok NAME CONDITION-EXIT
ok() {
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then echo "ok $number - $1"; else echo "not ok $number - $1"; fi
}

# exits CODE NAME COMMAND...: runs it with output in $dir/out and $dir/err
exits() {
	expected=$1 name=$2
	shift 2
	"$@" >"$dir/out" 2>"$dir/err"
	code=$?
	[ $code -eq "$expected" ]
	result=$?
	[ $result -eq 0 ] || echo "# exit $code, expected $expected: $(head -1 "$dir/err")"
	ok "$name" $result
}

# says NAME TEXT FILE
says() {
	grep -qF -- "$2" "$dir/$3"
	ok "$1" $?
}

exits 0 "--version" "$berth" --version
says "says which" "berth 0." out
exits 0 "--help" "$berth" --help
for verb in run compare validate report show replay scenarios trace conformance; do
	says "help lists $verb" "  $verb " out
done
for verb in run compare validate report show replay scenarios trace conformance; do
	exits 0 "$verb --help" "$berth" $verb --help
	says "$verb explains itself" "Usage:" out
	exits 2 "$verb refuses an unknown option" "$berth" $verb --no-such-option
	says "$verb says where help is" "berth $verb --help" err
	exits 0 "help again" "$berth" --help
done

exits 2 "no verb" "$berth"
exits 2 "an unknown verb" "$berth" rnu
says "suggests the nearest" "did you mean 'run'?" err
exits 2 "a missing argument" "$berth" run
exits 2 "one argument too many" "$berth" replay a b
exits 2 "a wrong output format" "$berth" scenarios -o xml
exits 2 "a wrong seed" "$berth" run five-minutes --seed=-1
for value in 0 -3 two 1e3 99999999999999999999 2x; do
	exits 2 "-n $value" "$berth" run five-minutes -n "$value"
	says "says the range of -n" "-n takes a whole number from 1 to 10000, not '$value'" err
	exits 2 "--threads $value" "$berth" compare five-minutes --threads "$value"
	says "says the range of --threads" "--threads takes a whole number from 1 to 1024, not '$value'" err
done
exits 2 "a wrong report name" "$berth" report run.db --out report.txt
exits 1 "a scenario that is not there" "$berth" validate "$dir/none.yaml"
exits 1 "a misspelt ready scenario" "$berth" run fiveminutes --out "$dir/bad"
says "suggests the one that was meant" 'did you mean "five-minutes"?' err
says "and says how to list them" "berth scenarios" err
for format in table json yaml csv; do
	exits 0 "scenarios -o $format" "$berth" scenarios -o $format
	says "$format lists five-minutes" "five-minutes" out
done

printf 'apiVersion: berth.dev/v1alpha1\nkind: Scenario\nmetadata: {name: x}\nspec: {tiem: 3}\n' >"$dir/bad.yaml"
exits 1 "a bad scenario" "$berth" run "$dir/bad.yaml" --out "$dir/bad"
says "says where" "bad.yaml:4:8: error:" err
[ ! -e "$dir/bad" ]
ok "a bad scenario leaves nothing" $?

cat >"$dir/traced.yaml" <<'EOF'
apiVersion: berth.dev/v1alpha1
kind: Scenario
metadata: {name: traced}
spec:
  time: {start: "2026-01-01T00:00:00Z", duration: 4h}
  clusters: [{name: c1, nodePools: [{name: p, nodes: 2, gpus: {product: X, perNode: 8}}]}]
  workload: {traces: [{file: traced.csv, namespace: ns, queueName: q}]}
---
{apiVersion: kueue.x-k8s.io/v1beta2, kind: ResourceFlavor, metadata: {name: f}}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: cq}
spec:
  namespaceSelector: {}
  resourceGroups: [{coveredResources: [nvidia.com/gpu], flavors: [{name: f, resources: [{name: nvidia.com/gpu, nominalQuota: 16}]}]}]
---
{apiVersion: kueue.x-k8s.io/v1beta2, kind: LocalQueue, metadata: {name: q, namespace: ns}, spec: {clusterQueue: cq}}
---
{apiVersion: kueue.x-k8s.io/v1beta2, kind: WorkloadPriorityClass, metadata: {name: high}, value: 100}
EOF
printf '%s\n' submit,runTime,gpus,gpuType,priorityClass 2026-01-01T00:00:00Z,1h,8,,high 2026-01-01T00:00:00Z,1h,24,, \
	2026-01-01T00:00:00Z,2h,24,, 2026-01-01T00:00:00Z,1h,8,NOSUCH, 2026-01-01T00:00:00Z,1h,8,,hihg >"$dir/traced.csv"
exits 0 "jobs of a trace that can never run" "$berth" validate "$dir/traced.yaml"
says "more than the quota" "2 of 5 jobs can never run: pod set \"main\" asks for more nvidia.com/gpu than the 16" err
says "a product that no node has" "1 of 5 jobs can never run: no node fits pod set \"main\"" err
says "a priority class that does not exist" "1 of 5 jobs can never run: there is no WorkloadPriorityClass \"hihg\"; did you mean \"high\"?" err
exits 0 "they are simulated all the same" "$berth" run "$dir/traced.yaml" --no-sizes --no-report --out "$dir/traced"
says "and counted" "can never run 4" out
printf '%s\n' 'submit,runTime,gpus' 0,-1,1 0,60,x >"$dir/traced.csv"
exits 1 "broken rows" "$berth" validate "$dir/traced.yaml"
says "the first" "traced.csv:2:3: error: runTime: '-1' is negative" err
says "the second" "traced.csv:3:6: error: gpus: 'x'" err
says "the count" "2 of 2 rows cannot be read" err
exits 1 "problems as JSON" "$berth" validate "$dir/traced.yaml" -o json
says "with their places" '"line": 3' out
exits 1 "problems as CSV" "$berth" validate "$dir/traced.yaml" -o csv
says "one a row" "traced.csv,3,6,gpus: 'x'" out
exits 1 "an output that cannot be written" sh -c "'$berth' scenarios >/dev/full"
printf 'id,submit,runTime,gpus\na,0,60,1\n' >"$dir/t.csv"
cp "$dir/t.csv" "$dir/kept.csv"
exits 1 "a trace is not converted onto itself" "$berth" trace convert "$dir/t.csv" --out "$dir/t.csv" --force
exits 0 "a trace is converted" "$berth" trace convert "$dir/t.csv" --out "$dir/u.csv"
echo theirs >"$dir/u.csv"
exits 1 "not onto a file that is there" "$berth" trace convert "$dir/t.csv" --out "$dir/u.csv"
says "says how" "--force overwrites it" err
[ "$(cat "$dir/u.csv")" = theirs ] && cmp -s "$dir/t.csv" "$dir/kept.csv"
ok "both are as they were" $?
exits 0 "with --force it is" "$berth" trace convert "$dir/t.csv" --out "$dir/u.csv" --force
exits 0 "a trace" "$berth" validate estate-2026
says "every row accounted for" "7,764 rows" out
says "says what was checked" "every row of the traces" out
# Texts of the input cannot steer a terminal.
exits 1 "a name of control bytes" "$berth" run "$(printf 'a\033]0;title\007\302\233b\377.yaml')"
says "shows them" 'a\u001b]0;title\u0007\u009bb' err
sed 's/^  question: .*/  question: "\\e[2J\\x7f?"/' "$(dirname "$0")/../../scenarios/ready/five-minutes/five-minutes.yaml" >"$dir/five.yaml"
cp -r "$(dirname "$0")/../../scenarios/ready/five-minutes/kueue" "$dir"
exits 0 "a question of control bytes" "$berth" run "$dir/five.yaml" -n 1 --no-sizes --out "$dir/steer"
says "shows it" 'Question  \u001b[2J\u007f?' out
! grep -q "$(printf '\033')" "$dir/out"
ok "and passes none on" $?

printf 'id,submit,runTime,gpus\n"1,2,3\n' >"$dir/broken.csv"
exits 1 "a broken trace" "$berth" validate five-minutes --trace "$dir/broken.csv"
says "names file and place" "broken.csv:" err

estate="$(dirname "$0")/../../scenarios/ready/estate-2026/jobs-2025.csv"
exits 0 "trace stats" "$berth" trace stats "$estate"
grep -Eq '^GPUs per job, mean +16\.4  GPUs$' "$dir/out" && grep -Eq '^recorded wait, p50 +-  not in this input$' "$dir/out"
ok "figures with their units, and none where there is none" $?
grep -Eq '^gpu-batch +4,451 +453,726 +39\.0%$' "$dir/out"
ok "a row for each queue" $?

exits 0 "a run" env NO_COLOR=1 "$berth" run five-minutes --out "$dir/run" --no-sizes
[ ! -s "$dir/err" ]
ok "no progress when piped" $?
[ -s "$dir/run/run.db" ] && [ -s "$dir/run/report.html" ] && [ -s "$dir/run/report.pdf" ]
ok "writes database and reports" $?
[ "$(ls "$dir/run" | wc -l)" -eq 3 ]
ok "and nothing else" $?
exits 0 "show" "$berth" show "$dir/run/run.db"
exits 0 "show --defaults" "$berth" show "$dir/run/run.db" --defaults -o csv
says "lists parameters" "main,placement.score,LeastAllocated,LeastAllocated" out
exits 1 "output that cannot be written" sh -c "\"$berth\" scenarios >/dev/full"

# The same command gives the same bytes, and the stored verdicts are those of the exit code.
# Nobody else's file is replaced.
echo mine >"$dir/mine.html"
exits 1 "a file of somebody else" "$berth" report "$dir/run/run.db" --out "$dir/mine.html"
says "says how to replace it" "--force" err
[ "$(cat "$dir/mine.html")" = mine ]
ok "and leaves it alone" $?
exits 0 "with --force" "$berth" report "$dir/run/run.db" --out "$dir/mine.html" --force
exits 0 "a report again" "$berth" report "$dir/run/run.db" --out "$dir/mine.html"
exits 0 "a PDF" "$berth" report "$dir/run/run.db" --out "$dir/mine.pdf"
exits 0 "a PDF again" "$berth" report "$dir/run/run.db" --out "$dir/mine.pdf"
exits 0 "a run again" "$berth" run five-minutes -n 1 --out "$dir/run" --no-sizes
exits 1 "a log in place of the database" "$berth" run five-minutes -n 1 --out "$dir/run" --record "$dir/run/../run/run.db"
says "says so" "the run writes its database there" err
echo mine >"$dir/mine.log"
exits 1 "a log in place of a file of somebody else" "$berth" run five-minutes -n 1 --out "$dir/run" --record "$dir/mine.log"

short="--set Scenario/two-teams:time.duration=10d --set Scenario/two-teams:time.warmup=1d -n 1 --no-sizes --no-report"
for copy in a b; do
	exits 3 "a run that misses a threshold ($copy)" "$berth" run two-teams $short --out "$dir/$copy" \
		--set "Scenario/two-teams:thresholds[0].max=1s"
done
cmp -s "$dir/a/run.db" "$dir/b/run.db"
ok "two equal runs write the same bytes" $?
[ "$(sqlite3 "$dir/a/run.db" "SELECT MIN(holds) FROM threshold WHERE text LIKE 'waitTime%'")" = 0 ]
ok "the database says that it was missed" $?

# Period and luck of a comparison are set for both sides.
exits 0 "compare with another seed" "$berth" compare two-teams -n 1 --set Scenario:study.seed=9 --set Scenario:time.duration=10d
says "seeds both" "seed 9, 1 replication" out

# The same inputs give the same bytes wherever they lie.
source=$(dirname "$0")/../../scenarios/ready/two-teams
for copy in c d/deeper; do
	mkdir -p "$dir/$copy"
	cp -r "$source/." "$dir/$copy"
	"$berth" run "$dir/$copy/two-teams.yaml" $short --out "$dir/$copy/out" >/dev/null
done
cmp -s "$dir/c/out/run.db" "$dir/d/deeper/out/run.db"
ok "folders do not show in the database" $?

# Installed, the program finds its own ready scenarios and no others.
meson install -C "$(dirname "$berth")" --no-rebuild --quiet --destdir "$dir/installed" >/dev/null 2>&1
ok "installs" $?
installed=$(find "$dir/installed" -path '*/bin/berth')
exits 0 "a ready scenario of the installed program" "$installed" validate five-minutes
says "is the installed one" "$dir/installed" out
[ -n "$(find "$dir/installed" -path '*/share/berth/schema/berth-v1alpha1.json')" ]
ok "the schema is installed beside it" $?

exits 1 "a file-size limit" sh -c "ulimit -f 20; exec \"$berth\" run two-teams $short --out \"$dir/limit\""
[ -z "$(ls "$dir/limit" 2>/dev/null)" ]
ok "a file-size limit leaves nothing half-written" $?
mkdir -p "$dir/no-cases"
exits 1 "conformance without cases" "$berth" conformance "$dir/no-cases"

# Ctrl-C in the middle of a long run: what there is is kept, marked, and the exit code says so.
"$berth" run philly-quarter -n 50 --no-report --out "$dir/partial" >"$dir/out" 2>"$dir/err" &
pid=$!
sleep 2
kill -INT $pid
wait $pid
code=$?
[ $code -eq 130 ]
ok "interrupted: exit 130 (was $code)" $?
says "the summary says so" "PARTIAL RUN" out
[ -s "$dir/partial/run.db" ] && [ "$(ls "$dir/partial" | wc -l)" -eq 1 ]
ok "the partial run is kept, nothing half-written" $?

echo "1..$number"
