/*
 * Atomics: words that stand alone, shared without a lock.
 *
 * The orderings are those of C11, by the suffix of the name:
 *
 *	load store add sub or and inc dec	none, only atomic (counters, flags)
 *	..._acquire				later accesses stay after it
 *	..._release				earlier accesses stay before it
 *	..._return fetch_... xchg cmpxchg	full: nothing crosses in either way
 *	..._relaxed				none, where the plain name is ordered
 *
 * An ordering does nothing alone. A release is answered by an acquire of the
 * same word, a fence by another fence; each use that is not relaxed says in a
 * comment which access its partner is. A value that must change together with
 * a second one belongs under a lock, not here.
 *
 * cmpxchg stores value and returns true when the word equals *expected; else
 * it writes what it found to *expected and returns false, with no ordering.
 */
#ifndef KERNEL_LIB_ATOMIC_H
#define KERNEL_LIB_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

struct atomic32 {
	uint32_t value;
};

struct atomic64 {
	uint64_t value;
};

#define ATOMIC_INIT(initial)                                                                       \
	{                                                                                          \
		.value = (initial)                                                                 \
	}

/* The same two for a plain word or pointer; p is its address. */
#define load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store_release(p, word) __atomic_store_n(p, word, __ATOMIC_RELEASE)

/* Orders all accesses before it against all after it, on every CPU. */
static inline void atomic_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Earlier loads stay before later loads and stores. */
static inline void atomic_fence_acquire(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

/* Earlier loads and stores stay before later stores. */
static inline void atomic_fence_release(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline uint32_t atomic32_load(const struct atomic32 *a)
{
	return __atomic_load_n(&a->value, __ATOMIC_RELAXED);
}

static inline uint32_t atomic32_load_acquire(const struct atomic32 *a)
{
	return __atomic_load_n(&a->value, __ATOMIC_ACQUIRE);
}

static inline void atomic32_store(struct atomic32 *a, uint32_t value)
{
	__atomic_store_n(&a->value, value, __ATOMIC_RELAXED);
}

static inline void atomic32_store_release(struct atomic32 *a, uint32_t value)
{
	__atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}

static inline void atomic32_add(struct atomic32 *a, uint32_t operand)
{
	(void)__atomic_fetch_add(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic32_sub(struct atomic32 *a, uint32_t operand)
{
	(void)__atomic_fetch_sub(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic32_or(struct atomic32 *a, uint32_t operand)
{
	(void)__atomic_fetch_or(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic32_and(struct atomic32 *a, uint32_t operand)
{
	(void)__atomic_fetch_and(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic32_inc(struct atomic32 *a)
{
	atomic32_add(a, 1);
}

static inline void atomic32_dec(struct atomic32 *a)
{
	atomic32_sub(a, 1);
}

static inline uint32_t atomic32_add_return(struct atomic32 *a, uint32_t operand)
{
	return __atomic_add_fetch(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic32_sub_return(struct atomic32 *a, uint32_t operand)
{
	return __atomic_sub_fetch(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic32_inc_return(struct atomic32 *a)
{
	return atomic32_add_return(a, 1);
}

static inline uint32_t atomic32_dec_return(struct atomic32 *a)
{
	return atomic32_sub_return(a, 1);
}

static inline uint32_t atomic32_fetch_add(struct atomic32 *a, uint32_t operand)
{
	return __atomic_fetch_add(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic32_fetch_sub(struct atomic32 *a, uint32_t operand)
{
	return __atomic_fetch_sub(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic32_fetch_or(struct atomic32 *a, uint32_t operand)
{
	return __atomic_fetch_or(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic32_fetch_and(struct atomic32 *a, uint32_t operand)
{
	return __atomic_fetch_and(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint32_t atomic32_xchg(struct atomic32 *a, uint32_t value)
{
	return __atomic_exchange_n(&a->value, value, __ATOMIC_SEQ_CST);
}

static inline bool atomic32_cmpxchg(struct atomic32 *a, uint32_t *expected, uint32_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static inline bool atomic32_cmpxchg_acquire(struct atomic32 *a, uint32_t *expected, uint32_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static inline bool atomic32_cmpxchg_release(struct atomic32 *a, uint32_t *expected, uint32_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_RELEASE,
					   __ATOMIC_RELAXED);
}

static inline bool atomic32_cmpxchg_relaxed(struct atomic32 *a, uint32_t *expected, uint32_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

static inline uint64_t atomic64_load(const struct atomic64 *a)
{
	return __atomic_load_n(&a->value, __ATOMIC_RELAXED);
}

static inline uint64_t atomic64_load_acquire(const struct atomic64 *a)
{
	return __atomic_load_n(&a->value, __ATOMIC_ACQUIRE);
}

static inline void atomic64_store(struct atomic64 *a, uint64_t value)
{
	__atomic_store_n(&a->value, value, __ATOMIC_RELAXED);
}

static inline void atomic64_store_release(struct atomic64 *a, uint64_t value)
{
	__atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}

static inline void atomic64_add(struct atomic64 *a, uint64_t operand)
{
	(void)__atomic_fetch_add(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic64_sub(struct atomic64 *a, uint64_t operand)
{
	(void)__atomic_fetch_sub(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic64_or(struct atomic64 *a, uint64_t operand)
{
	(void)__atomic_fetch_or(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic64_and(struct atomic64 *a, uint64_t operand)
{
	(void)__atomic_fetch_and(&a->value, operand, __ATOMIC_RELAXED);
}

static inline void atomic64_inc(struct atomic64 *a)
{
	atomic64_add(a, 1);
}

static inline void atomic64_dec(struct atomic64 *a)
{
	atomic64_sub(a, 1);
}

static inline uint64_t atomic64_add_return(struct atomic64 *a, uint64_t operand)
{
	return __atomic_add_fetch(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic64_sub_return(struct atomic64 *a, uint64_t operand)
{
	return __atomic_sub_fetch(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic64_inc_return(struct atomic64 *a)
{
	return atomic64_add_return(a, 1);
}

static inline uint64_t atomic64_dec_return(struct atomic64 *a)
{
	return atomic64_sub_return(a, 1);
}

static inline uint64_t atomic64_fetch_add(struct atomic64 *a, uint64_t operand)
{
	return __atomic_fetch_add(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic64_fetch_sub(struct atomic64 *a, uint64_t operand)
{
	return __atomic_fetch_sub(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic64_fetch_or(struct atomic64 *a, uint64_t operand)
{
	return __atomic_fetch_or(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic64_fetch_and(struct atomic64 *a, uint64_t operand)
{
	return __atomic_fetch_and(&a->value, operand, __ATOMIC_SEQ_CST);
}

static inline uint64_t atomic64_xchg(struct atomic64 *a, uint64_t value)
{
	return __atomic_exchange_n(&a->value, value, __ATOMIC_SEQ_CST);
}

static inline bool atomic64_cmpxchg(struct atomic64 *a, uint64_t *expected, uint64_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static inline bool atomic64_cmpxchg_acquire(struct atomic64 *a, uint64_t *expected, uint64_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static inline bool atomic64_cmpxchg_release(struct atomic64 *a, uint64_t *expected, uint64_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_RELEASE,
					   __ATOMIC_RELAXED);
}

static inline bool atomic64_cmpxchg_relaxed(struct atomic64 *a, uint64_t *expected, uint64_t value)
{
	return __atomic_compare_exchange_n(&a->value, expected, value, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

#endif
