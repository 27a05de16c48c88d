/*
 * Futexes: waiting on a word of memory, and waking who waits (futex(2)).
 *
 * Waiters stand in buckets, by a hash of the word that they wait on. That nobody sleeps
 * who was to be woken follows from the lock of the bucket:
 *
 *	waiter				waker
 *	lock the bucket
 *	read the word: as expected
 *	stand in the bucket
 *	unlock, sleep
 *					change the word
 *					lock the bucket
 *					find the waiter, wake it
 *					unlock
 *
 * If the waker changes the word before the waiter reads it, the waiter does not sleep; if
 * after, the waiter is in the bucket before the waker can look. The word is read with
 * preemption off, where a page fault is an error and not a sleep: then the lock is let go,
 * the page brought in, and all begins again.
 *
 * A waiter may be moved to another bucket (requeue.c) and so cannot sleep under the
 * bucket's lock: it has a lock of its own. Who takes it out of its bucket wakes it, under
 * both. It leaves only after it has had the lock of its bucket once more, so the waker is
 * done with its storage by then. Whether it still stands there decides what it returns.
 *
 * Lock order: bucket (two: by address) -> waiter -> run queue.
 */
#include "compat/linux/futex/futex_impl.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/time/ltime.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

#define BUCKETS 1024u

static struct futex_bucket buckets[BUCKETS];

void lfutex_init(void)
{
	for (uint32_t i = 0; i < BUCKETS; i++) {
		spin_lock_init(&buckets[i].lock, LOCK_LINUX_FUTEX);
		list_init(&buckets[i].waiters);
	}
}

/* --- Keys --- */

/* Shared memory is known by its object, so that all who map it meet. */
static int shared_key(struct user_ptr word, struct futex_key *out)
{
	struct vm_mapping_info info;
	int err = vmspace_query(thread_current()->vmspace, word.addr, &info);

	if (err)
		return -EFAULT;
	if (info.start <= word.addr && info.object && (info.flags & VM_MAP_SHARED)) {
		out->owner = info.object;
		out->object = info.object;
		out->offset = info.offset + (word.addr - info.start);
		return 0;
	}
	if (info.object)
		vmobj_put(info.object);
	return info.start <= word.addr ? 0 : -EFAULT;
}

int futex_key_get(struct user_ptr word, bool is_private, struct futex_key *out)
{
	if (!IS_ALIGNED(word.addr, sizeof(uint32_t)))
		return -EINVAL;
	if (!user_range_ok(word, sizeof(uint32_t)))
		return -EFAULT;
	*out = (struct futex_key){.owner = thread_current()->vmspace, .offset = word.addr};
	return is_private ? 0 : shared_key(word, out);
}

void futex_key_put(struct futex_key *key)
{
	if (key->object)
		vmobj_put(key->object);
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	uint64_t mixed = hash_u64((uint64_t)(uintptr_t)key->owner ^ hash_u64(key->offset));

	return &buckets[mixed % BUCKETS];
}

int futex_fault_in(struct user_ptr word, uint32_t access)
{
	int err = vm_fault(thread_current()->vmspace, word.addr, FAULT_USER | access);

	return err == -ENOMEM ? -ENOMEM : err ? -EFAULT : 0;
}

/* --- Waking --- */

void futex_wake_locked(struct futex_waiter *waiter)
{
	list_remove(&waiter->node);
	spin_lock(&waiter->lock);
	waiter->is_woken = true;
	(void)waitq_wake_all(&waiter->wait);
	spin_unlock(&waiter->lock);
}

uint32_t futex_wake_some_locked(struct futex_bucket *bucket, const struct futex_key *key,
				uint32_t mask, uint32_t count)
{
	uint32_t woken = 0;

	if (count == 0)
		return 0;
	list_for_each_safe (node, &bucket->waiters) {
		struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);

		if (!futex_key_equal(&waiter->key, key) || !(waiter->mask & mask))
			continue;
		futex_wake_locked(waiter);
		if (++woken >= count)
			break;
	}
	return woken;
}

int64_t futex_wake(struct user_ptr word, bool is_private, uint32_t mask, uint32_t count)
{
	struct futex_bucket *bucket;
	struct futex_key key;
	uint32_t woken;
	int err;

	if (mask == 0)
		return -EINVAL;
	err = futex_key_get(word, is_private, &key);
	if (err)
		return err;
	bucket = futex_bucket_of(&key);
	spin_lock(&bucket->lock);
	woken = futex_wake_some_locked(bucket, &key, mask, count);
	spin_unlock(&bucket->lock);
	futex_key_put(&key);
	return woken;
}

void lfutex_wake_one(struct user_ptr word)
{
	/* The word may be of both kinds: who waits does not know that it will be cleared. */
	if (futex_wake(word, false, LINUX_FUTEX_BITSET_MATCH_ANY, 1) <= 0)
		(void)futex_wake(word, true, LINUX_FUTEX_BITSET_MATCH_ANY, 1);
}

/* --- Waiting --- */

static void waiter_set_up(struct futex_waiter *waiter, const struct futex_key *key, uint32_t mask)
{
	*waiter = (struct futex_waiter){.key = *key, .mask = mask};
	list_init(&waiter->node);
	spin_lock_init(&waiter->lock, LOCK_LINUX_FUTEX_WAIT);
	waitq_init(&waiter->wait);
}

/* Stands in the bucket if the word is as expected: 0, -EAGAIN, -EFAULT. */
static int stand(struct futex_waiter *waiter, struct user_ptr word, uint32_t expected)
{
	struct futex_bucket *bucket = futex_bucket_of(&waiter->key);
	uint32_t value;
	int err;

	waiter->bucket = bucket;
	do {
		spin_lock(&bucket->lock);
		err = load_user_u32(word, &value);
		if (!err && value == expected)
			list_push_back(&bucket->waiters, &waiter->node);
		spin_unlock(&bucket->lock);
		if (!err)
			return value == expected ? 0 : -EAGAIN;
		err = futex_fault_in(word, 0);
	} while (!err && !thread_pending_interrupts(thread_current()));
	return err ? err : -EINTR;
}

/* The bucket that it is in now, or was in last, locked. */
static struct futex_bucket *lock_bucket(struct futex_waiter *waiter) NO_THREAD_SAFETY_ANALYSIS
{
	for (;;) {
		struct futex_bucket *bucket = READ_ONCE(waiter->bucket);

		spin_lock(&bucket->lock);
		if (bucket == READ_ONCE(waiter->bucket))
			return bucket;
		spin_unlock(&bucket->lock);
	}
}

/* True when somebody took it out before. */
static bool leave(struct futex_waiter *waiter) NO_THREAD_SAFETY_ANALYSIS
{
	struct futex_bucket *bucket = lock_bucket(waiter);
	bool was_woken = !list_is_linked(&waiter->node);

	if (!was_woken)
		list_remove(&waiter->node);
	spin_unlock(&bucket->lock);
	return was_woken;
}

static int sleep(struct futex_waiter *waiter, ktime_t deadline)
{
	int err = 0;

	spin_lock(&waiter->lock);
	while (!waiter->is_woken && !err)
		err = waitq_sleep(&waiter->wait, &waiter->lock, deadline);
	spin_unlock(&waiter->lock);
	if (leave(waiter))
		return 0;
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

struct futex_wait {
	struct user_ptr word;
	bool is_private;
	uint32_t expected;
	uint32_t mask;
	ktime_t deadline;
};

static int wait_once(const struct futex_wait *wait)
{
	struct futex_waiter waiter;
	struct futex_key key;
	int err;

	if (wait->mask == 0)
		return -EINVAL;
	err = futex_key_get(wait->word, wait->is_private, &key);
	if (err)
		return err;
	waiter_set_up(&waiter, &key, wait->mask);
	err = stand(&waiter, wait->word, wait->expected);
	if (!err)
		err = sleep(&waiter, wait->deadline);
	futex_key_put(&key);
	return err;
}

static int64_t wait_with_restart(struct lthread *lt, const struct futex_wait *wait);

static int64_t wait_again(struct lthread *lt, struct restart_block *block)
{
	struct futex_wait wait = {
		.word = user_ptr(block->words[0]),
		.expected = (uint32_t)block->words[1],
		.mask = (uint32_t)block->words[2],
		.is_private = block->words[3] != 0,
		.deadline = block->deadline,
	};

	return wait_with_restart(lt, &wait);
}

/* Without a deadline the call is simply made again. */
static int64_t wait_with_restart(struct lthread *lt, const struct futex_wait *wait)
{
	struct restart_block *block = &lt->call.restart;
	int err = wait_once(wait);

	if (err != -EINTR || wait->deadline == KTIME_FOREVER)
		return restart_result(err, RESTART_IF_ASKED);
	block->again = wait_again;
	block->deadline = wait->deadline;
	block->words[0] = wait->word.addr;
	block->words[1] = wait->expected;
	block->words[2] = wait->mask;
	block->words[3] = wait->is_private;
	return restart_result(-EINTR, RESTART_BY_BLOCK);
}

/* --- The call --- */

/* FUTEX_WAIT has a relative time, FUTEX_WAIT_BITSET a point in time. 0 or an error. */
static int get_deadline(struct user_ptr timeout, int32_t command, bool is_wall, ktime_t *out)
{
	int64_t ns;
	int err;

	*out = KTIME_FOREVER;
	if (user_ptr_is_null(timeout))
		return 0;
	err = ltime_get_timespec(timeout, &ns);
	if (err)
		return err;
	if (command == LINUX_FUTEX_WAIT)
		*out = time_after(ns);
	else
		*out = ltime_deadline(is_wall ? LINUX_CLOCK_REALTIME : LINUX_CLOCK_MONOTONIC, ns);
	return 0;
}

static int64_t call_wait(struct lthread *lt, int32_t op, struct futex_wait *wait,
			 struct user_ptr timeout)
{
	bool is_wall = (op & LINUX_FUTEX_CLOCK_REALTIME) != 0;
	int err = get_deadline(timeout, op & LINUX_FUTEX_CMD_MASK, is_wall, &wait->deadline);

	return err ? err : wait_with_restart(lt, wait);
}

/* NOLINTNEXTLINE(readability-function-size): six arguments and the thread */
int64_t linux_futex(struct lthread *lt, struct user_ptr word, int32_t op, uint32_t value,
		    struct user_ptr timeout, struct user_ptr word2, uint32_t value3)
{
	bool is_private = (op & LINUX_FUTEX_PRIVATE_FLAG) != 0;
	int32_t command = op & LINUX_FUTEX_CMD_MASK;
	struct futex_wait wait = {.word = word, .is_private = is_private, .expected = value};
	struct futex_pair pair = {word, word2, is_private, value, (uint32_t)timeout.addr};

	if ((op & LINUX_FUTEX_CLOCK_REALTIME) && command != LINUX_FUTEX_WAIT_BITSET &&
	    command != LINUX_FUTEX_WAIT)
		return -ENOSYS;
	switch (command) {
	case LINUX_FUTEX_WAIT:
		wait.mask = LINUX_FUTEX_BITSET_MATCH_ANY;
		return call_wait(lt, op, &wait, timeout);
	case LINUX_FUTEX_WAIT_BITSET:
		wait.mask = value3;
		return call_wait(lt, op, &wait, timeout);
	case LINUX_FUTEX_WAKE:
		return futex_wake(word, is_private, LINUX_FUTEX_BITSET_MATCH_ANY, MAX(value, 1u));
	case LINUX_FUTEX_WAKE_BITSET:
		return futex_wake(word, is_private, value3, MAX(value, 1u));
	case LINUX_FUTEX_REQUEUE:
		return futex_requeue(&pair, NULL);
	case LINUX_FUTEX_CMP_REQUEUE:
		return futex_requeue(&pair, &value3);
	case LINUX_FUTEX_WAKE_OP:
		return futex_wake_op(&pair, value3);
	default:
		return -ENOSYS;
	}
}
