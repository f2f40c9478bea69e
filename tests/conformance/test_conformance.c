/* test_conformance.c - the conformance runner itself: that it can fail.
 *
 * Small cases made here pass, then fail as soon as an expectation is changed, a field is not known, an operation does not
 * exist or a gate is not modelled; a listed tie excuses exactly what it lists; broken files are errors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "app/conformance.h"

static char folder[] = "conformance-XXXXXX";
static char *report; /* of the last run */

/* JSON is easier to read here with single quotes. */
static const char *json(const char *text)
{
	static char buffer[8192];
	size_t length = 0;
	for (; text[length] && length + 1 < sizeof buffer; length++)
		buffer[length] = text[length] == '\'' ? '"' : text[length];
	buffer[length] = '\0';
	return buffer;
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(json(text), file);
	fclose(file);
}

static void write_gzip(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	gzFile file = gzopen(path, "wb");
	assert_non_null(file);
	assert_true(gzputs(file, json(text)) > 0);
	assert_int_equal(gzclose(file), Z_OK);
}

static bool run(const char *name, struct conformance_totals *ret_totals, struct error *error)
{
	struct conformance_options options = {.list_failures = 10};
	char path[256];
	size_t length;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	const char *const paths[] = {path};
	free(report);
	FILE *out = open_memstream(&report, &length);
	bool fine = app_conformance(paths, 1, &options, out, ret_totals, error);
	fclose(out);
	return fine;
}

/* One case in a file of its own: does it pass? */
static bool passes(const char *test)
{
	struct conformance_totals totals;
	struct error error;
	write_file("case.jsonl", test);
	assert_true(run("case.jsonl", &totals, &error));
	assert_int_equal(totals.cases, 1);
	return totals.passed == 1;
}

#define QUEUE(name, quota)                                                                                                  \
	"{'name':'" name "','namespaceSelector':{},'resourceGroups':[{'coveredResources':['cpu'],'flavors':["                   \
	"{'name':'red','resources':[{'name':'cpu','nominalQuota':'" quota "'}]}]}]}"

static const char available[] = "{'id':'a','operation':'quota-available','flavors':[{'name':'red'}],"
                                "'clusterQueues':[" QUEUE("q", "%s") "],'usage':{'q':{'red':{'cpu':%d}}}%s,"
                                                                     "'expected':{'available':{'q':{'red':{'cpu':%d}}}}}";

static bool available_passes(const char *quota, int usage, const char *more, int expected)
{
	char test[1024];
	snprintf(test, sizeof test, available, quota, usage, more, expected);
	return passes(test);
}

static void a_wrong_number_fails(void **state)
{
	(void)state;
	assert_true(available_passes("3", 1000, "", 2000));
	assert_false(available_passes("3", 1000, "", 2001));
	assert_non_null(strstr(report, "expected '2001', got '2000' (QA-5)"));
	assert_non_null(strstr(report, "total 0/1"));
	assert_false(available_passes("4", 1000, "", 2000));
	assert_false(available_passes("3", 1001, "", 2000));
}

static void what_is_not_known_fails(void **state)
{
	(void)state;
	assert_false(available_passes("3", 1000, ",'colour':1", 2000));
	assert_non_null(strstr(report, "unknown field 'colour' in the case"));
	assert_false(available_passes("3", 1000, ",'cohorts':[{'name':'c','colour':1}]", 2000));
	assert_non_null(strstr(report, "unknown field 'colour' in a cohort"));
	assert_false(available_passes("3 cores", 1000, "", 2000));
	assert_false(passes("{'id':'b','operation':'dance'}"));
	assert_non_null(strstr(report, "unknown operation 'dance'"));
	assert_false(passes("{'id':'b'"));
}

static void gates_that_are_not_modelled_fail(void **state)
{
	(void)state;
	assert_true(available_passes("3", 1000, ",'features':{'PartialAdmission':false}", 2000));
	assert_true(available_passes("3", 1000, ",'features':{'FailureRecoveryPolicy':false}", 2000));
	assert_false(available_passes("3", 1000, ",'features':{'FailureRecoveryPolicy':true}", 2000));
	assert_non_null(strstr(report, "gate FailureRecoveryPolicy set to true is not modelled"));
	assert_false(available_passes("3", 1000, ",'features':{'Dance':false}", 2000));
}

/* A workload of `count` pods of 1 cpu against a quota of 3: scheduled, assignments, parked work and the object are given. */
static const char schedule[] =
    "{'id':'s','operation':'schedule-one-cycle','flavors':[{'name':'red'}],'clusterQueues':[" QUEUE(
        "q", "3") "],"
                  "'localQueues':[{'name':'l','namespace':'n','clusterQueue':'q'}],'namespaces':[{'name':'n'}],"
                  "'workloads':[{'name':'w','namespace':'n','queue':'l','podSets':[{'name':'main','count':%d,'requests':{'"
                  "cpu':'1'}}]}],"
                  "'expected':{'scheduled':[%s],'assignments':{%s},'left':{},'inadmissibleLeft':{%s},"
                  "'workloads':[{'workload':'n/w'%s}]}}";

static bool schedule_passes(int count, const char *scheduled, const char *assignments, const char *parked,
                            const char *object)
{
	char test[4096];
	snprintf(test, sizeof test, schedule, count, scheduled, assignments, parked, object);
	return passes(test);
}

#define ADMISSION(usage)                                                                                                    \
	"{'clusterQueue':'q','podSets':[{'name':'main','count':2,'flavors':{'cpu':'red'},'usage':{'cpu':'" usage "'}}]}"
#define CONDITIONS(reserved, reserved_reason, admitted, admitted_reason)                                                    \
	",'conditions':[{'type':'QuotaReserved','status':'" reserved "','reason':'" reserved_reason "','time':0},"              \
	"{'type':'Admitted','status':'" admitted "','reason':'" admitted_reason "','time':0}]"

static void an_admission_is_compared_in_every_part(void **state)
{
	(void)state;
	const char *object = CONDITIONS("True", "QuotaReserved", "True", "Admitted") ",'admission':" ADMISSION("2");
	const char *assignments = "'n/w':" ADMISSION("2");
	assert_true(schedule_passes(2, "'n/w'", assignments, "", object));
	assert_false(schedule_passes(2, "", assignments, "", object));
	assert_non_null(strstr(report, "decisions: expected '', got 'scheduled n/w'"));
	assert_false(schedule_passes(2, "'n/w'", "", "", object));
	assert_false(schedule_passes(2, "'n/w'", "'n/w':" ADMISSION("1"), "", object));
	assert_non_null(strstr(report, "assignments: expected"));
	assert_false(schedule_passes(2, "'n/w'", assignments, "'q':['n/w']", object));
	assert_false(schedule_passes(2, "'n/w'", assignments, "", CONDITIONS("True", "QuotaReserved", "True", "Admitted")));
	assert_non_null(strstr(report, "workload object: expected '', got 'n/w admitted by q"));
	assert_false(schedule_passes(2, "'n/w'", assignments, "",
	                             CONDITIONS("True", "QuotaReserved", "False", "Admitted") ",'admission':" ADMISSION("2")));
}

static void a_refusal_is_compared_in_every_part(void **state)
{
	(void)state;
	const char *requests = ",'resourceRequests':[{'name':'main','resources':{'cpu':'4'}}]";
	const char *conditions = CONDITIONS("False", "ExceedsMaxQuota", "False", "NoReservation");
	char object[1024];
	snprintf(object, sizeof object, "%s%s", conditions, requests);
	assert_true(schedule_passes(4, "", "", "'q':['n/w']", object));
	assert_false(schedule_passes(4, "", "", "", object));
	assert_non_null(strstr(report, "inadmissibleLeft: expected '', got 'inadmissibleLeft in q: n/w' (Q-5)"));
	assert_false(schedule_passes(4, "", "", "'q':['n/w']", conditions));
	assert_non_null(strstr(report, "requests for main cpu=4000"));
	snprintf(object, sizeof object, "%s%s", CONDITIONS("False", "WaitingForQuota", "False", "NoReservation"), requests);
	assert_false(schedule_passes(4, "", "", "'q':['n/w']", object));
	assert_non_null(strstr(report, "QuotaReserved=False ExceedsMaxQuota"));
}

static const char world[] =
    "{'id':7,'res':['cpu'],'flavors':['f'],'cohorts':[],'fair':%s,'cycles':1,'cqs':[{'name':'q','parent':'','groups':"
    "[[{'name':'f','res':{'cpu':{'nom':3}}}]],'strategy':'StrictFIFO','within':'Never','reclaim':'Never','bwc':'',"
    "'fborrow':'MayStopSearch','fpreempt':'TryNextFlavor'}],'admitted':[],'pending':[{'name':'p','cq':'q','prio':0,"
    "'created':1,'ps':[{'name':'m','count':2,'req':{'cpu':1}}]}]}\n";
static const char answer[] =
    "{'id':7,'nodes':{'q':{'avail':{'f/cpu':3000},'pot':{'f/cpu':3000},'drs':'%s','borrowing':false}},'cohorts':{},"
    "'solo':[{'name':'p','mode':'%s','borrow':0,'ps':[{'name':'m','flavors':{'cpu':'f'},'modes':{'cpu':'Fit'},"
    "'count':2}],'targets':null,'scan':[{'cpu':-1}]}],'cycles':[{'admitted':{'p':[{'name':'m','flavors':{'cpu':'f'},"
    "'modes':null,'count':%d}]},'preempted':{},'active':{},'inadmissible':{}}]}\n";

static bool world_passes(const char *fair, const char *drs, const char *mode, int count, uint32_t ties)
{
	struct conformance_totals totals;
	struct error error;
	char text[2048];
	snprintf(text, sizeof text, world, fair);
	write_gzip("w.in.jsonl.gz", text);
	snprintf(text, sizeof text, answer, drs, mode, count);
	write_gzip("w.kueue.jsonl.gz", text);
	assert_true(run("w.in.jsonl.gz", &totals, &error));
	assert_int_equal(totals.cases, 1);
	assert_int_equal(totals.ties, ties);
	return totals.passed == 1;
}

static void a_world_is_compared_in_every_part(void **state)
{
	(void)state;
	assert_true(world_passes("null", "0", "Fit", 2, 0));
	assert_false(world_passes("null", "1", "Fit", 2, 0));
	assert_false(world_passes("null", "0", "Preempt", 2, 0));
	assert_false(world_passes("null", "0", "Fit", 1, 0));
	assert_true(world_passes("[]", "0", "Fit", 2, 0));
	assert_true(world_passes("['LessThanInitialShare']", "0", "Fit", 2, 0));
	assert_false(world_passes("['LessThanNothing']", "0", "Fit", 2, 0));
	assert_non_null(strstr(report, "LessThanNothing"));
}

static void a_tie_excuses_what_it_lists(void **state)
{
	(void)state;
	write_file("ties.json", "{'w':[{'id':7,'fromCycle':0}]}");
	assert_true(world_passes("null", "0", "Fit", 1, 1));
	assert_false(world_passes("null", "0", "Preempt", 2, 0));
	write_file("ties.json", "{'w':[{'id':7,'solo':'p'}]}");
	assert_true(world_passes("null", "0", "Preempt", 2, 1));
	assert_false(world_passes("null", "0", "Fit", 1, 0));
	write_file("ties.json", "{'w':[{'id':8,'fromCycle':0}]}");
	assert_false(world_passes("null", "0", "Fit", 1, 0));
}

static void broken_files_are_errors(void **state)
{
	(void)state;
	struct conformance_totals totals;
	struct error error;
	char path[256];
	assert_true(world_passes("null", "0", "Fit", 2, 0));
	snprintf(path, sizeof path, "%s/w.in.jsonl.gz", folder);
	assert_int_equal(truncate(path, 60), 0);
	assert_false(run("w.in.jsonl.gz", &totals, &error));
	assert_int_equal(error.code, ERROR_BAD_INPUT);
	assert_non_null(strstr(error.text, "w.in.jsonl.gz: "));
	snprintf(path, sizeof path, "%s/w.kueue.jsonl.gz", folder);
	assert_int_equal(unlink(path), 0);
	assert_false(run("w.in.jsonl.gz", &totals, &error));
	assert_false(run("nothing.jsonl", &totals, &error));
	write_file("notes.txt", "hello");
	assert_false(run("notes.txt", &totals, &error));
	write_file("case.jsonl", "{'id':'b','operation':'dance'}\n\n{'id':'c','operation':'dance'}\n");
	assert_false(run("", &totals, &error)); /* the folder: its worlds are broken still */
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info, (void)type, (void)walk;
	return remove(path);
}

static int remove_folder(void **state)
{
	(void)state;
	free(report);
	return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wrong_number_fails),
	    cmocka_unit_test(what_is_not_known_fails),
	    cmocka_unit_test(gates_that_are_not_modelled_fail),
	    cmocka_unit_test(an_admission_is_compared_in_every_part),
	    cmocka_unit_test(a_refusal_is_compared_in_every_part),
	    cmocka_unit_test(a_world_is_compared_in_every_part),
	    cmocka_unit_test(a_tie_excuses_what_it_lists),
	    cmocka_unit_test(broken_files_are_errors),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
