/*
 * Fair class: earliest eligible virtual deadline first.
 *
 * Every thread asks for a slice of CPU time again and again. In an ideal
 * machine all threads would run at once, each at a speed in proportion to its
 * weight; virtual time V is how much such a machine would have given to a
 * thread of unit weight. A thread's vruntime is what it really got, in the same
 * measure. Then
 *
 *	lag = V - vruntime	service owed to it (more than 0: it is behind)
 *	eligible		lag >= 0: it has not had more than its share
 *	deadline		vruntime at the start of the request + slice / weight
 *
 * and the eligible thread with the earliest deadline runs. That keeps every
 * lag within one slice of 0, whatever the weights and the number of threads.
 *
 * V need not be advanced: lags weighted by weight add up to 0, so V is the
 * weighted average of the members' vruntimes, kept as a sum relative to an
 * origin so that the products fit. Whether a thread is eligible then takes one
 * multiplication and no division:
 *
 *	sum of w_i (v_i - origin)  >=  (v - origin) * sum of w_i
 *
 * The tree is ordered by deadline; each node knows the least vruntime of its
 * subtree. Walking down, the left subtree is entered when it holds somebody
 * eligible, so the search is one path.
 *
 * A thread that sleeps takes its lag along, so that neither sleeping nor
 * changing CPUs gains or loses anything. What it had in advance is forgiven at
 * the speed at which it would have been worked off by waiting. Joining with a
 * lag moves V itself: to have lag L afterwards, a thread of weight w joins a
 * queue of weight W at V - L (W + w) / W.
 *
 * Sizes: a weight is below 2^17, a queue's below 2^30, vruntimes lie within
 * 2^33 of the origin; the products stay below 2^63.
 */
#include "kernel/sched/fair.h"

#include "kernel/core/assert.h"
#include "kernel/lib/div.h"

/* A longer run counts as this long; only a stalled machine gets here. */
#define CHARGE_MAX_NS (100 * NSEC_PER_MSEC)
/* How far the current vruntime may get from the origin. */
#define ORIGIN_SLACK (1ll << 31)

/* Nice -20 to 19: 1024 / 1.25^nice, rounded. One step is a tenth of the CPU between two. */
static const uint32_t nice_weights[] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537,  7629,  6104,  4883,  3906,  3125,  2500,	 2000,	1600,  1280,
	1024,  819,   655,   524,   419,   336,	  268,	 215,	172,   137,
	110,   88,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

static_assert(ARRAY_SIZE(nice_weights) == NICE_MAX - NICE_MIN + 1, "one weight a nice level");

static struct fair_entity *entity_of(struct rb_node *node)
{
	return rb_entry(node, struct fair_entity, node);
}

static uint64_t deadline_of(const struct rb_node *node)
{
	return rb_entry(node, struct fair_entity, node)->deadline;
}

static bool is_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

static bool deadline_less(const struct rb_node *a, const struct rb_node *b)
{
	return is_before(deadline_of(a), deadline_of(b));
}

static bool update_min_vruntime(struct rb_node *node)
{
	struct fair_entity *se = entity_of(node);
	uint64_t least = se->vruntime;

	if (node->left && is_before(entity_of(node->left)->min_vruntime, least))
		least = entity_of(node->left)->min_vruntime;
	if (node->right && is_before(entity_of(node->right)->min_vruntime, least))
		least = entity_of(node->right)->min_vruntime;
	if (se->min_vruntime == least)
		return false;
	se->min_vruntime = least;
	return true;
}

void fair_queue_init(struct fair_queue *fq)
{
	rb_init(&fq->tree, update_min_vruntime);
	fq->current = NULL;
	fq->origin = 0;
	fq->weighted_sum = 0;
	fq->weight = 0;
	fq->count = 0;
}

void fair_entity_init(struct fair_entity *se)
{
	rb_node_init(&se->node);
	se->queue = NULL;
	se->parent = NULL;
	se->members = NULL;
	se->vruntime = 0;
	se->deadline = 0;
	se->min_vruntime = 0;
	se->lag = 0;
	se->left_at = 0;
	fair_set_weight(se, FAIR_WEIGHT_UNIT);
}

uint32_t fair_weight_of_nice(int nice)
{
	ASSERT(nice >= NICE_MIN && nice <= NICE_MAX);
	return nice_weights[nice - NICE_MIN];
}

/* Real to virtual time. */
static uint64_t virtual_of(const struct fair_entity *se, uint64_t ns)
{
	return mul_shr(ns, se->inv_weight, 32);
}

static uint64_t slice_of(const struct fair_entity *se)
{
	return virtual_of(se, FAIR_SLICE_NS);
}

static int64_t clamp_lag(const struct fair_entity *se, int64_t lag)
{
	int64_t limit = (int64_t)slice_of(se);

	return lag > limit ? limit : lag < -limit ? -limit : lag;
}

void fair_set_weight(struct fair_entity *se, uint32_t weight)
{
	ASSERT(weight >= FAIR_WEIGHT_MIN && weight <= FAIR_WEIGHT_MAX);
	/* The same real time is owed, in the new measure. */
	if (se->lag)
		se->lag = se->lag * (int64_t)se->weight / (int64_t)weight;
	se->weight = weight;
	se->inv_weight = ((uint64_t)FAIR_WEIGHT_UNIT << 32) / weight;
}

uint64_t fair_average(const struct fair_queue *fq)
{
	int64_t sum = fq->weighted_sum;
	int64_t weight = (int64_t)fq->weight;

	if (weight == 0)
		return fq->origin;
	/* Rounded down, so that a thread placed at the average is eligible. */
	if (sum < 0)
		sum -= weight - 1;
	return fq->origin + (uint64_t)(sum / weight);
}

static bool is_eligible(const struct fair_queue *fq, uint64_t vruntime)
{
	return fq->weighted_sum >= (int64_t)(vruntime - fq->origin) * (int64_t)fq->weight;
}

static int64_t weighted_offset(const struct fair_queue *fq, const struct fair_entity *se)
{
	return (int64_t)(se->vruntime - fq->origin) * (int64_t)se->weight;
}

/* The virtual time at which an entity joins. */
static uint64_t place(const struct fair_queue *fq, const struct fair_entity *se, ktime_t now)
{
	int64_t total = (int64_t)(fq->weight + se->weight);
	int64_t lag = se->lag;
	int64_t pardon;

	if (fq->weight == 0 || lag == 0)
		return fair_average(fq);
	if (lag < 0) {
		pardon = MIN(now - se->left_at, CHARGE_MAX_NS * 10) * FAIR_WEIGHT_UNIT / total;
		lag = MIN(lag + MAX(pardon, 0), 0);
	}
	return fair_average(fq) - (uint64_t)(lag * total / (int64_t)fq->weight);
}

void fair_enqueue(struct fair_queue *fq, struct fair_entity *se, ktime_t now)
{
	DEBUG_ASSERT(!rb_is_linked(&se->node) && fq->current != se);
	se->vruntime = place(fq, se, now);
	se->deadline = se->vruntime + slice_of(se);
	se->lag = 0;
	fq->weighted_sum += weighted_offset(fq, se);
	fq->weight += se->weight;
	fq->count++;
	se->min_vruntime = se->vruntime;
	rb_insert(&fq->tree, &se->node, deadline_less);
}

void fair_dequeue(struct fair_queue *fq, struct fair_entity *se, ktime_t now)
{
	uint64_t average = fair_average(fq);

	if (fq->current == se)
		fq->current = NULL;
	else
		rb_erase(&fq->tree, &se->node);
	se->lag = clamp_lag(se, (int64_t)(average - se->vruntime));
	se->left_at = now;
	fq->weighted_sum -= weighted_offset(fq, se);
	fq->weight -= se->weight;
	fq->count--;
	if (fq->count == 0) {
		DEBUG_ASSERT(fq->weighted_sum == 0 && fq->weight == 0);
		fq->origin = average;
	}
}

static void move_origin(struct fair_queue *fq)
{
	uint64_t average = fair_average(fq);

	fq->weighted_sum -= (int64_t)(average - fq->origin) * (int64_t)fq->weight;
	fq->origin = average;
}

bool fair_charge(struct fair_queue *fq, ktime_t delta)
{
	struct fair_entity *se = fq->current;
	uint64_t spent;

	if (!se || delta <= 0)
		return false;
	spent = virtual_of(se, (uint64_t)MIN(delta, CHARGE_MAX_NS));
	se->vruntime += spent;
	fq->weighted_sum += (int64_t)spent * (int64_t)se->weight;
	if ((int64_t)(se->vruntime - fq->origin) > ORIGIN_SLACK)
		move_origin(fq);
	if (is_before(se->vruntime, se->deadline))
		return false;
	se->deadline = se->vruntime + slice_of(se);
	return true;
}

/* The eligible member of the tree with the earliest deadline, or NULL. */
static struct fair_entity *pick_in_tree(const struct fair_queue *fq)
{
	struct rb_node *node = fq->tree.top;
	struct fair_entity *se = NULL;

	/* The first in order is the usual answer. */
	if (fq->tree.first && is_eligible(fq, entity_of(fq->tree.first)->vruntime))
		return entity_of(fq->tree.first);
	while (node) {
		if (node->left && is_eligible(fq, entity_of(node->left)->min_vruntime)) {
			node = node->left;
			continue;
		}
		se = entity_of(node);
		if (is_eligible(fq, se->vruntime))
			return se;
		node = node->right;
	}
	return NULL;
}

struct fair_entity *fair_pick(const struct fair_queue *fq)
{
	struct fair_entity *current = fq->current;
	struct fair_entity *se;

	if (fq->count == 1 && current)
		return current;
	se = pick_in_tree(fq);
	if (!current)
		return se;
	if (!se ||
	    (is_eligible(fq, current->vruntime) && !is_before(se->deadline, current->deadline)))
		return current;
	return se;
}

void fair_set_current(struct fair_queue *fq, struct fair_entity *se)
{
	struct fair_entity *old = fq->current;

	if (old == se)
		return;
	if (old) {
		old->min_vruntime = old->vruntime;
		rb_insert(&fq->tree, &old->node, deadline_less);
	}
	if (se)
		rb_erase(&fq->tree, &se->node);
	fq->current = se;
}

/*
 * The average does not change, and neither does anything that depends on it. The
 * lag goes with the place, so that calling back and forth neither gains nor loses.
 */
void fair_hand_over(struct fair_queue *fq, struct fair_entity *se, ktime_t now)
{
	struct fair_entity *old = fq->current;

	DEBUG_ASSERT(old && old->weight == se->weight && !rb_is_linked(&se->node));
	se->vruntime = old->vruntime;
	se->min_vruntime = old->vruntime;
	se->deadline = old->deadline;
	se->lag = 0;
	old->lag = 0;
	old->left_at = now;
	fq->current = se;
}

void fair_yield(struct fair_queue *fq)
{
	struct fair_entity *se = fq->current;

	/* Not eligible threads stay behind, so a deadline further off is enough. */
	if (se)
		se->deadline += slice_of(se);
}

bool fair_preempts(const struct fair_queue *fq, const struct fair_entity *se)
{
	if (!is_eligible(fq, se->vruntime))
		return false;
	return !fq->current || is_before(se->deadline, fq->current->deadline);
}

ktime_t fair_time_left(const struct fair_queue *fq)
{
	const struct fair_entity *se = fq->current;
	int64_t left;

	if (!se)
		return FAIR_SLICE_NS;
	left = (int64_t)(se->deadline - se->vruntime) * (int64_t)se->weight / FAIR_WEIGHT_UNIT + 1;
	return left < 1 ? 1 : MIN(left, FAIR_SLICE_NS);
}

bool fair_check(struct fair_queue *fq)
{
	int64_t sum = 0;
	uint64_t weight = 0;
	uint32_t count = 0;

	rb_for_each (node, &fq->tree) {
		sum += weighted_offset(fq, entity_of(node));
		weight += entity_of(node)->weight;
		count++;
	}
	if (fq->current) {
		sum += weighted_offset(fq, fq->current);
		weight += fq->current->weight;
		count++;
	}
	return sum == fq->weighted_sum && weight == fq->weight && count == fq->count &&
	       rb_check(&fq->tree, deadline_less);
}
