/*
 * Two words at once: FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP (futex(2)).
 *
 * A condition variable that wakes everybody wakes one, and moves the rest to the mutex
 * that they would all wait for next. A waiter that is moved keeps its storage and its
 * own lock; its bucket and key change while both buckets are locked.
 *
 * A moved waiter has no reference on the object of its new key. It needs none: the key is
 * only compared, with those of callers who have the object; and the worst that another
 * object at the same place in memory can do is to wake it for nothing.
 */
#include "compat/linux/futex/futex_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/fault.h"

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&a->lock);
	spin_unlock(&b->lock);
}

struct two {
	struct futex_key from_key, to_key;
	struct futex_bucket *from, *to;
};

static int get_two(const struct futex_pair *pair, struct two *two)
{
	int err = futex_key_get(pair->from, pair->is_private, &two->from_key);

	if (err)
		return err;
	err = futex_key_get(pair->to, pair->is_private, &two->to_key);
	if (err) {
		futex_key_put(&two->from_key);
		return err;
	}
	two->from = futex_bucket_of(&two->from_key);
	two->to = futex_bucket_of(&two->to_key);
	return 0;
}

static void put_two(struct two *two)
{
	futex_key_put(&two->to_key);
	futex_key_put(&two->from_key);
}

static uint32_t move_locked(struct two *two, uint32_t count)
{
	uint32_t moved = 0;

	/* Those that are moved within a bucket come last and are not met again. */
	if (futex_key_equal(&two->from_key, &two->to_key))
		return 0;
	list_for_each_safe (node, &two->from->waiters) {
		struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);

		if (moved >= count)
			break;
		if (!futex_key_equal(&waiter->key, &two->from_key))
			continue;
		list_remove(&waiter->node);
		waiter->key = two->to_key;
		waiter->bucket = two->to;
		list_push_back(&two->to->waiters, &waiter->node);
		moved++;
	}
	return moved;
}

/* What the call gives, or -EFAULT when the word has to be brought in first. */
static int64_t requeue_once(const struct futex_pair *pair, const uint32_t *expected,
			    struct two *two) NO_THREAD_SAFETY_ANALYSIS
{
	int64_t result = 0;
	uint32_t value;

	futex_lock_two(two->from, two->to);
	if (expected) {
		result = load_user_u32(pair->from, &value);
		if (!result && value != *expected)
			result = -EAGAIN;
	}
	if (!result) {
		result = futex_wake_some_locked(two->from, &two->from_key,
						LINUX_FUTEX_BITSET_MATCH_ANY, pair->wake_count);
		result += move_locked(two, pair->move_count);
	}
	futex_unlock_two(two->from, two->to);
	return result;
}

int64_t futex_requeue(const struct futex_pair *pair, const uint32_t *expected)
{
	int64_t result = -EINVAL;
	struct two two;
	int err;

	if ((int32_t)pair->wake_count < 0 || (int32_t)pair->move_count < 0)
		return -EINVAL;
	err = get_two(pair, &two);
	while (!err) {
		result = requeue_once(pair, expected, &two);
		if (result != -EFAULT)
			break;
		err = futex_fault_in(pair->from, 0);
		/* Memory that comes and goes keeps nobody here who is to go. */
		if (!err && thread_pending_interrupts(thread_current()))
			err = -EINTR;
		if (err)
			put_two(&two);
	}
	if (err)
		return err;
	put_two(&two);
	return result;
}

/* --- FUTEX_WAKE_OP --- */

struct wake_op {
	uint32_t op;
	uint32_t cmp;
	uint32_t op_arg;
	int32_t cmp_arg;
};

/* Twelve bits with a sign. */
static int32_t signed_12(uint32_t bits)
{
	return (int32_t)(bits << 20) >> 20;
}

static int decode_op(uint32_t word, struct wake_op *out)
{
	out->op = (word >> 28) & 7;
	out->cmp = (word >> 24) & 15;
	out->op_arg = (uint32_t)signed_12((word >> 12) & 0xfff);
	out->cmp_arg = signed_12(word & 0xfff);
	if (out->op > LINUX_FUTEX_OP_XOR || out->cmp > LINUX_FUTEX_OP_CMP_GE)
		return -ENOSYS;
	if ((word >> 28) & LINUX_FUTEX_OP_OPARG_SHIFT)
		out->op_arg = 1u << (out->op_arg & 31);
	return 0;
}

static uint32_t apply(const struct wake_op *op, uint32_t old)
{
	switch (op->op) {
	case LINUX_FUTEX_OP_SET:
		return op->op_arg;
	case LINUX_FUTEX_OP_ADD:
		return old + op->op_arg;
	case LINUX_FUTEX_OP_OR:
		return old | op->op_arg;
	case LINUX_FUTEX_OP_ANDN:
		return old & ~op->op_arg;
	default:
		return old ^ op->op_arg;
	}
}

static bool holds(const struct wake_op *op, int32_t old)
{
	switch (op->cmp) {
	case LINUX_FUTEX_OP_CMP_EQ:
		return old == op->cmp_arg;
	case LINUX_FUTEX_OP_CMP_NE:
		return old != op->cmp_arg;
	case LINUX_FUTEX_OP_CMP_LT:
		return old < op->cmp_arg;
	case LINUX_FUTEX_OP_CMP_LE:
		return old <= op->cmp_arg;
	case LINUX_FUTEX_OP_CMP_GT:
		return old > op->cmp_arg;
	default:
		return old >= op->cmp_arg;
	}
}

#define CHANGE_TRIES 64u

/* Changes the word: 0 and what it was, -EFAULT, or -EAGAIN when others always come first. */
static int change_word(struct user_ptr word, const struct wake_op *op, uint32_t *old_out)
{
	uint32_t expected;
	int err = load_user_u32(word, &expected);

	for (uint32_t i = 0; i < CHANGE_TRIES && !err; i++) {
		err = cmpxchg_user_u32(word, expected, apply(op, expected), old_out);
		if (err || *old_out == expected)
			return err;
		expected = *old_out;
	}
	return err ? err : -EAGAIN;
}

static int64_t wake_op_once(const struct futex_pair *pair, const struct wake_op *op,
			    struct two *two) NO_THREAD_SAFETY_ANALYSIS
{
	int64_t result;
	uint32_t old;

	futex_lock_two(two->from, two->to);
	result = change_word(pair->to, op, &old);
	if (!result) {
		result = futex_wake_some_locked(two->from, &two->from_key,
						LINUX_FUTEX_BITSET_MATCH_ANY,
						MAX(pair->wake_count, 1u));
		if (holds(op, (int32_t)old))
			result += futex_wake_some_locked(two->to, &two->to_key,
							 LINUX_FUTEX_BITSET_MATCH_ANY,
							 MAX(pair->move_count, 1u));
	}
	futex_unlock_two(two->from, two->to);
	return result;
}

int64_t futex_wake_op(const struct futex_pair *pair, uint32_t op_word)
{
	int64_t result = 0;
	struct wake_op op;
	struct two two;
	int err = decode_op(op_word, &op);

	if (!err)
		err = get_two(pair, &two);
	if (err)
		return err;
	do {
		result = wake_op_once(pair, &op, &two);
		if (result == -EFAULT)
			err = futex_fault_in(pair->to, FAULT_WRITE);
		if (!err && thread_pending_interrupts(thread_current()))
			break;
	} while (!err && (result == -EFAULT || result == -EAGAIN));
	put_two(&two);
	return err ? err : result;
}
