/* Among this directory's files: keys, buckets and those who wait in them. */
#ifndef COMPAT_LINUX_FUTEX_FUTEX_IMPL_H
#define COMPAT_LINUX_FUTEX_FUTEX_IMPL_H

#include "compat/linux/futex/lfutex.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/uapi/futex.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/sched/waitq.h"

struct vmobj;
struct vmspace;

/* Which word: of an address space, or of a memory object that several may map. */
struct futex_key {
	const void *owner;    /* the struct vmspace or struct vmobj */
	uint64_t offset;      /* address, or offset in the object */
	struct vmobj *object; /* a reference, or NULL */
};

struct futex_bucket {
	struct spinlock lock;	  /* rank LINUX_FUTEX; two of them: the lower address first */
	struct list_node waiters; /* of struct futex_waiter, longest waiting first */
};

/* On the stack of the thread that waits. */
struct futex_waiter {
	struct list_node node;	     /* under the lock of bucket */
	struct futex_bucket *bucket; /* changed with both buckets' locks held */
	struct futex_key key;	     /* the same; no reference of its own after a requeue */
	uint32_t mask;		     /* const */
	struct spinlock lock;	     /* rank LINUX_FUTEX_WAIT */
	bool is_woken GUARDED_BY(&lock);
	struct waitq wait GUARDED_BY(&lock);
};

/*
 * The key of a word of the running thread's: 0, -EINVAL when it is not aligned, -EFAULT
 * when nothing is mapped there. The caller puts it.
 */
MUST_CHECK int futex_key_get(struct user_ptr word, bool is_private, struct futex_key *out);
void futex_key_put(struct futex_key *key);
struct futex_bucket *futex_bucket_of(const struct futex_key *key);

static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->owner == b->owner && a->offset == b->offset;
}

/* Takes the waiter out and wakes it. Its storage may be gone once the bucket is unlocked. */
void futex_wake_locked(struct futex_waiter *waiter);

/* Up to count of those that wait on key for a bit of mask. */
uint32_t futex_wake_some_locked(struct futex_bucket *bucket, const struct futex_key *key,
				uint32_t mask, uint32_t count) REQUIRES(&bucket->lock);

/* Both locks, once if they are one. */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b) NO_THREAD_SAFETY_ANALYSIS;
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b) NO_THREAD_SAFETY_ANALYSIS;

/* Brings the word in after an access under a lock has failed: 0, or -EFAULT for good. */
MUST_CHECK int futex_fault_in(struct user_ptr word, uint32_t access);

/* --- futex.c --- */
int64_t futex_wake(struct user_ptr word, bool is_private, uint32_t mask, uint32_t count);

/* --- requeue.c --- */

struct futex_pair {
	struct user_ptr from;
	struct user_ptr to;
	bool is_private;
	uint32_t wake_count;
	uint32_t move_count;
};

/* expected: what *from must be, or NULL. The number woken and, if asked for, moved. */
int64_t futex_requeue(const struct futex_pair *pair, const uint32_t *expected);
int64_t futex_wake_op(const struct futex_pair *pair, uint32_t op);

#endif
