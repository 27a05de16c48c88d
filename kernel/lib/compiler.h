/*
 * Compiler: the only header that spells __attribute__, so that the rest of the
 * tree reads as C. Works with gcc and clang, in the kernel and in host tests.
 */
#ifndef KERNEL_LIB_COMPILER_H
#define KERNEL_LIB_COMPILER_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define COLD __attribute__((cold))
#define USED __attribute__((used))
#define UNUSED __attribute__((unused))
#define WEAK __attribute__((weak))
#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))
#define SECTION(name) __attribute__((section(name)))
/* For objects that the linker gathers into an array: no gaps between them. */
#define TABLE_ENTRY ALIGNED(8)
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define FALLTHROUGH __attribute__((fallthrough))
#define NO_SANITIZE __attribute__((no_sanitize("undefined")))
#define NO_SANITIZE_ADDRESS __attribute__((no_sanitize("address")))
/* A type whose accesses may touch an object of any other type. */
#define MAY_ALIAS __attribute__((may_alias))

/* Code and data that only the boot uses; freed when boot is over. */
#define INIT_TEXT COLD SECTION(".init.text")
#define INIT_DATA SECTION(".init.data")
#define INIT_BSS SECTION(".bss.init")
/* Data that never changes after boot; mapped read-only then. */
#define AFTER_BOOT_CONST SECTION(".data.after_boot_const")

/* <assert.h> is no header of a freestanding C. */
#ifndef static_assert
#define static_assert _Static_assert
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The same address, writable: for functions that, like strchr, must not ask. */
static inline void *drop_const(const void *p)
{
	union {
		const void *from;
		void *to;
	} u = {.from = p};

	return u.to;
}

/*
 * The object of the given type that contains member at address ptr; const if
 * ptr points to const.
 */
#define container_of(ptr, type, member)                                                            \
	_Generic((ptr), const __typeof__(((type *)NULL)->member) *                                 \
		 : (const type *)container_base(ptr, offsetof(type, member)), default              \
		 : (type *)container_base(ptr, offsetof(type, member)))

static inline void *container_base(const void *member, size_t offset)
{
	return (char *)drop_const(member) - offset;
}

/* Usable in constants, and so they evaluate an argument twice: no calls in it. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* n must be a power of two for all three. */
#define ALIGN_DOWN(x, n) ((x) & ~((__typeof__(x))(n)-1))
#define ALIGN_UP(x, n) ALIGN_DOWN((x) + ((__typeof__(x))(n)-1), n)
#define IS_ALIGNED(x, n) (((x) & ((__typeof__(x))(n)-1)) == 0)

/* Keeps the compiler, not the processor, from moving memory accesses across. */
#define COMPILER_BARRIER() __asm__ volatile("" ::: "memory")

/*
 * Makes the compiler forget what it knows of x, an integer or pointer variable:
 * a loop that steps x is not replaced by a call, a dead store is not dropped.
 */
#define HIDE_VALUE(x) __asm__("" : "+r"(x))

/*
 * One access of the stated size, for a value that other CPUs or interrupts
 * change without a lock. No ordering: see kernel/lib/atomic.h for that.
 */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/*
 * Clang's thread-safety analysis (make lint runs it with clang 19). A lock type
 * is declared with CAPABILITY; fields say GUARDED_BY(&lock) after the lock, and
 * prototypes of functions that need the lock say REQUIRES(&lock).
 */
#if defined(__clang__) && __clang_major__ >= 19 /* earlier ones fail at fields */
#define THREAD_ANNOTATION(x) __attribute__((x))
#else
#define THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(name) THREAD_ANNOTATION(capability(name))
#define GUARDED_BY(lock) THREAD_ANNOTATION(guarded_by(lock))
#define PT_GUARDED_BY(lock) THREAD_ANNOTATION(pt_guarded_by(lock))
#define ACQUIRES(...) THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define ACQUIRES_SHARED(...) THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define RELEASES(...) THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define RELEASES_SHARED(...) THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define TRY_ACQUIRES(result, ...) THREAD_ANNOTATION(try_acquire_capability(result, __VA_ARGS__))
#define TRY_ACQUIRES_SHARED(result, ...)                                                           \
	THREAD_ANNOTATION(try_acquire_shared_capability(result, __VA_ARGS__))
#define REQUIRES(...) THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define EXCLUDES(...) THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
/* After this call the analysis takes the lock as held: initialisation, asserts. */
#define ASSUMES_HELD(...) THREAD_ANNOTATION(assert_capability(__VA_ARGS__))
#define ASSUMES_HELD_SHARED(...) THREAD_ANNOTATION(assert_shared_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS THREAD_ANNOTATION(no_thread_safety_analysis)

#endif
