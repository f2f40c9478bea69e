/* dist.c - see dist.h. */
#include <assert.h>
#include <math.h>

#include "base/dist.h"

#define Z95 1.6448536269514722

static double horner(const double *coefficients, int degree, double x)
{
	double sum = coefficients[degree];
	for (int i = degree - 1; i >= 0; i--)
		sum = sum * x + coefficients[i];
	return sum;
}

/* Wichura (1988), Algorithm AS 241, PPND16. */
double normal_quantile(double u)
{
	static const double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
	                            1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
	                            3.3430575583588128105e+4, 2.5090809287301226727e+3};
	static const double b[8] = {1.0,
	                            4.2313330701600911252e+1,
	                            6.8718700749205790830e+2,
	                            5.3941960214247511077e+3,
	                            2.1213794301586595867e+4,
	                            3.9307895800092710610e+4,
	                            2.8729085735721942674e+4,
	                            5.2264952788528545610e+3};
	static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
	                            3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
	                            2.27238449892691845833e-2, 7.74545014278341407640e-4};
	static const double d[8] = {1.0,
	                            2.05319162663775882187e0,
	                            1.67638483018380384940e0,
	                            6.89767334985100004550e-1,
	                            1.48103976427480074590e-1,
	                            1.51986665636164571966e-2,
	                            5.47593808499534494600e-4,
	                            1.05075007164441684324e-9};
	static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
	                            2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
	                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
	static const double f[8] = {1.0,
	                            5.99832206555887937690e-1,
	                            1.36929880922735805310e-1,
	                            1.48753612908506148525e-2,
	                            7.86869131145613259100e-4,
	                            1.84631831751005468180e-5,
	                            1.42151175831644588870e-7,
	                            2.04426310338993978564e-15};
	double q = u - 0.5;
	if (fabs(q) <= 0.425) {
		double r = 0.180625 - q * q;
		return q * horner(a, 7, r) / horner(b, 7, r);
	}
	double r = sqrt(-log(q < 0 ? u : 1.0 - u));
	double x = r <= 5.0 ? horner(c, 7, r - 1.6) / horner(d, 7, r - 1.6) : horner(e, 7, r - 5.0) / horner(f, 7, r - 5.0);
	return q < 0 ? -x : x;
}

static double lognormal_sigma(const struct dist *dist)
{
	return log(dist->b / dist->a) / Z95;
}

static double choice_quantile(const struct dist *dist, double u)
{
	double total = 0;
	for (uint32_t i = 0; i < dist->n_points; i++)
		total += dist->points[i].weight;
	double target = u * total, sum = 0;
	for (uint32_t i = 0; i + 1 < dist->n_points; i++) {
		sum += dist->points[i].weight;
		if (target < sum)
			return dist->points[i].value;
	}
	return dist->points[dist->n_points - 1].value;
}

static double empirical_quantile(const struct dist *dist, double u)
{
	uint32_t low = 0, high = dist->n_points - 1;
	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;
		if (dist->points[middle].weight <= u)
			low = middle;
		else
			high = middle;
	}
	const struct dist_point *p = &dist->points[low], *q = &dist->points[high];
	double width = q->weight - p->weight;
	double t = width > 0 ? (u - p->weight) / width : 0;
	if (dist->log_scale && p->value > 0 && q->value > 0)
		return exp(log(p->value) + t * (log(q->value) - log(p->value)));
	return p->value + t * (q->value - p->value);
}

static double raw_quantile(const struct dist *dist, double u)
{
	switch (dist->kind) {
	case DIST_NONE:
		break;
	case DIST_CONSTANT:
		return dist->a;
	case DIST_LOGNORMAL:
		return dist->a * exp(lognormal_sigma(dist) * normal_quantile(u));
	case DIST_EXPONENTIAL:
		return -dist->a * log1p(-u);
	case DIST_WEIBULL:
		return dist->a * pow(-log1p(-u), 1.0 / dist->b);
	case DIST_CHOICE:
		return choice_quantile(dist, u);
	case DIST_EMPIRICAL:
		return empirical_quantile(dist, u);
	}
	assert(!"a distribution that was not given");
	return 0;
}

double dist_quantile(const struct dist *dist, double u)
{
	double value = raw_quantile(dist, u);
	if (value < dist->min)
		value = dist->min;
	return dist->max > 0 && value > dist->max ? dist->max : value;
}

static double empirical_mean(const struct dist *dist)
{
	double mean = 0;
	for (uint32_t i = 0; i + 1 < dist->n_points; i++) {
		double p = dist->points[i].value, q = dist->points[i + 1].value;
		double width = dist->points[i + 1].weight - dist->points[i].weight;
		bool logarithmic = dist->log_scale && p > 0 && q > 0 && q > p;
		mean += width * (logarithmic ? (q - p) / log(q / p) : (p + q) / 2);
	}
	return mean;
}

double dist_mean(const struct dist *dist)
{
	double sum = 0, weights = 0;
	switch (dist->kind) {
	case DIST_NONE:
		return 0;
	case DIST_CONSTANT:
	case DIST_EXPONENTIAL:
		return dist->a;
	case DIST_LOGNORMAL:
		return dist->a * exp(lognormal_sigma(dist) * lognormal_sigma(dist) / 2);
	case DIST_WEIBULL:
		return dist->a * tgamma(1 + 1 / dist->b);
	case DIST_CHOICE:
		for (uint32_t i = 0; i < dist->n_points; i++) {
			sum += dist->points[i].weight * dist->points[i].value;
			weights += dist->points[i].weight;
		}
		return sum / weights;
	case DIST_EMPIRICAL:
		return empirical_mean(dist);
	}
	return 0;
}
