/* text.c - see text.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/text.h"
#include "base/instant.h"
#include "base/money.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

char *text_count(double value, char out[32])
{
	if (isnan(value))
		return strcpy(out, "-");
	if (value > 0 && value < 0.95) {
		g_snprintf(out, 32, value < 0.05 ? "<0.1" : "%.1f", value);
		return out;
	}
	char digits[32];
	int length = g_snprintf(digits, sizeof digits, "%.0f", MIN(fabs(value), 1e20));
	char *to = out;
	if (value <= -0.5)
		*to++ = '-';
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

char *text_duration(double us, char out[32])
{
	return isnan(us) ? strcpy(out, "-") : duration_format((int64_t)llround(us), out);
}

char *text_bounded_duration(double us, bool lower_bound, char out[32])
{
	char plain[32];
	text_duration(us, plain);
	g_snprintf(out, 32, "%s%s", lower_bound && !isnan(us) ? ">" : "", plain);
	return out;
}

char *text_percent(double ratio, char out[32])
{
	if (isnan(ratio))
		return strcpy(out, "-");
	g_snprintf(out, 32, "%.1f", 100 * ratio);
	return out;
}

char *text_in_cluster(const char *cluster, const char *name, uint32_t n_clusters, char out[TEXT_NAME_SIZE])
{
	bool named = n_clusters > 1 && cluster;
	g_snprintf(out, TEXT_NAME_SIZE, "%s%s%s", named ? cluster : "", named ? "/" : "", name);
	return out;
}

char *text_size(double factor, char out[32])
{
	*out = '\0';
	if (factor == 1)
		return out;
	int length = g_snprintf(out, 30, "%+.1f", 100 * (factor - 1));
	strcpy(g_str_has_suffix(out, ".0") ? out + length - 2 : out + length, "%");
	return out;
}

char *text_money(double micro, char out[32])
{
	return isnan(micro) ? strcpy(out, "-") : money_format((int64_t)llround(micro), out);
}

/* What one step of the last digit is worth that money_format() shows of an amount, and the suffix it puts. */
static int128 money_step(int64_t micro, const char **ret_suffix)
{
	static const char *const suffixes[] = {"k", "M", "B", "T"};
	int128 step = 10000; /* a hundredth */
	*ret_suffix = "";
	if (micro + step / 2 < step * 10000000)
		return step;
	step = 100000000; /* a tenth of a thousand */
	size_t i = 0;
	for (; i + 1 < ARRAY_COUNT(suffixes) && (micro + step / 2) / step >= 10000; i++)
		step *= 1000;
	*ret_suffix = suffixes[i];
	return step;
}

static void money_steps_text(int128 steps, const char *suffix, char out[32])
{
	int decimals = *suffix ? 10 : 100;
	char whole[32];
	g_snprintf(out, 32, "%s.%0*d%s", text_count((double)(steps / decimals), whole), *suffix ? 1 : 2, (int)(steps % decimals),
	           suffix);
}

void text_money_split(const int64_t *micro, uint32_t count, char (*ret_parts)[32], char ret_sum[32])
{
	int128 sum = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += micro[i];
	const char *suffix;
	int128 step = money_step((int64_t)MIN(sum, (int128)INT64_MAX), &suffix);
	int128 shown = (sum + step / 2) / step, before = 0, given = 0;
	/* Each part ends where the running sum, rounded, ends: no part is off by more than one step. */
	for (uint32_t i = 0; i < count; i++) {
		before += micro[i];
		int128 until = i + 1 == count ? shown : (before + step / 2) / step;
		if (micro[i] == 0)
			strcpy(ret_parts[i], "0");
		else
			money_steps_text(until - given, suffix, ret_parts[i]);
		given = until;
	}
	money_steps_text(shown, suffix, ret_sum);
}

char *text_money_like(double micro, double largest, char out[32])
{
	if (isnan(micro) || micro == 0)
		return strcpy(out, micro == 0 ? "0" : "-");
	const char *suffix;
	int128 step = money_step(llround(largest / 100), &suffix), half = step / 2, amount = llround(micro);
	bool small = amount < half;
	char plain[32];
	money_steps_text(small ? 1 : (amount + half) / step, suffix, plain);
	g_snprintf(out, 32, "%s%s", small ? "<" : "", plain);
	return out;
}

int text_natural_order(const char *a, const char *b)
{
	return strverscmp(a, b);
}

const char *text_plural(double count)
{
	return count >= 0.95 && count < 1.5 ? "" : "s"; /* text_count(): 1 */
}

char *text_minute(int64_t unix_s, char out[32])
{
	char full[40];
	instant_format(unix_s * US_PER_S, full);
	g_snprintf(out, 32, "%.10s %.5s", full, full + 11);
	return out;
}

char *text_day(int64_t unix_s, char out[32])
{
	char full[40];
	instant_format(unix_s * US_PER_S, full);
	g_snprintf(out, 32, "%.10s", full);
	return out;
}

void text_split_tenths(const int128 *parts, uint32_t count, int *ret_tenths)
{
	int128 whole = 0, *rest = xcalloc(count, sizeof *rest);
	for (uint32_t i = 0; i < count; i++)
		whole += parts[i];
	int left = whole > 0 ? 1000 : 0;
	for (uint32_t i = 0; i < count; i++) {
		ret_tenths[i] = whole > 0 ? (int)(parts[i] * 1000 / whole) : 0;
		rest[i] = whole > 0 ? parts[i] * 1000 % whole : 0;
		left -= ret_tenths[i];
	}
	for (; left > 0; left--) {
		uint32_t largest = 0;
		for (uint32_t i = 1; i < count; i++)
			if (rest[i] > rest[largest])
				largest = i;
		ret_tenths[largest]++;
		rest[largest] = -1;
	}
	free(rest);
}
