/*
 * The library of native programs: system calls, messages, start-up, text.
 *
 * A program has no C library. It begins at main(), with the strings it was given
 * (up to one that says "--") as arguments; strings after that name the memory
 * objects in its first slots, in order. What main() returns is its exit code.
 */
#ifndef USERLAND_LIB_NATIVE_H
#define USERLAND_LIB_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/cap/rights.h"
#include "kernel/lib/errno.h"
#include "kernel/native/native_abi.h"
#include "kernel/native/native_numbers.h"

#define NATIVE_FOREVER INT64_MAX
#define NATIVE_POLL ((int64_t)0)

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers of authority slots and of object types, as the kernel's lists count them. */
enum native_authority_slot {
#define AUTHORITY(name, text) NATIVE_AUTHORITY_##name,
#include "kernel/cap/authority.def"
#undef AUTHORITY
	NATIVE_AUTHORITY_COUNT,
};

enum native_type {
#define TYPE(name, string, rights, text) NATIVE_TYPE_##name,
#include "kernel/cap/types.def"
#undef TYPE
	NATIVE_TYPE_COUNT,
};

/* --- System calls: native_NAME() for each in native.tbl --- */

static inline int64_t native_call6(uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
				   uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	int64_t result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"((uint64_t)number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define native_call5(number, a, b, c, d, e) native_call6(number, a, b, c, d, e, 0)
#define native_call4(number, a, b, c, d) native_call6(number, a, b, c, d, 0, 0)
#define native_call3(number, a, b, c) native_call6(number, a, b, c, 0, 0, 0)
#define native_call2(number, a, b) native_call6(number, a, b, 0, 0, 0, 0)
#define native_call1(number, a) native_call6(number, a, 0, 0, 0, 0, 0)
#define native_call0(number) native_call6(number, 0, 0, 0, 0, 0, 0)

#include "userland/lib/native_stubs.h"

/* --- Messages --- */

/* What the registers of a message call hold, before and after. */
struct native_message {
	uint64_t words[NATIVE_MESSAGE_WORDS];
	uint64_t badge; /* received */
	uint64_t info;	/* received */
};

/* In message.S. */
int64_t native_message_call(uint32_t number, uint64_t slot, uint64_t info, int64_t deadline,
			    struct native_buffer *buffer, struct native_message *message);

/* info: NATIVE_INFO(...) or 0; buffer may be NULL with 0. */
static inline int64_t native_ep_call(uint32_t slot, struct native_message *message, uint64_t info,
				     struct native_buffer *buffer, int64_t deadline)
{
	return native_message_call(NATIVE_EP_CALL, slot, info, deadline, buffer, message);
}

static inline int64_t native_ep_recv(uint32_t slot, struct native_message *message, uint64_t info,
				     struct native_buffer *buffer, int64_t deadline)
{
	return native_message_call(NATIVE_EP_RECV, slot, info, deadline, buffer, message);
}

static inline int64_t native_ep_reply(uint32_t slot, struct native_message *message, uint64_t info,
				      struct native_buffer *buffer)
{
	return native_message_call(NATIVE_EP_REPLY, slot, info, NATIVE_POLL, buffer, message);
}

static inline int64_t native_ep_reply_recv(uint32_t slot, struct native_message *message,
					   uint64_t info, struct native_buffer *buffer,
					   int64_t deadline)
{
	return native_message_call(NATIVE_EP_REPLY_RECV, slot, info, deadline, buffer, message);
}

/* --- Start-up (start.c) --- */

int main(int argc, char **argv);

/* The first of the program's strings, "" when it was given none. */
extern const char *native_program_name;

/* The slot of the module of that name, or NATIVE_NO_SLOT. */
uint32_t native_find_module(const char *name);
/* Names of the modules; the slot is the index. NULL at the end. */
extern char **native_modules;
extern uint32_t native_module_count;
/* Capabilities that the program was given: slots 0 to count - 1. */
extern uint32_t native_cap_count;

/* Capabilities and authority for native_spawn_program(). */
struct native_hand {
	const struct native_cap *caps;
	uint32_t cap_count;
	const struct native_authority *authority;
	uint32_t authority_count;
	uint32_t job; /* slot; NATIVE_NO_SLOT: JOB of the own authority */
};

/*
 * Runs the image in a slot with these strings, argv[0] being its name and NULL the
 * end. The slot of the process or an error.
 */
int64_t native_spawn_program(uint32_t image, const char *const *argv,
			     const struct native_hand *hand);

/* --- Threads (thread.c) --- */

#define NATIVE_STACK_SIZE 65536u

/* Runs fn(arg) in another thread, on a stack of its own that stays mapped: 0 or an error. */
int64_t native_thread_start(void (*fn)(void *arg), void *arg);

/* --- Text (print.c, string.c) --- */

/* %d %u %x with l, %s %c %%: to the console, and what it wrote is dropped on error. */
__attribute__((format(printf, 1, 2))) void print(const char *fmt, ...);
/* The same as one line of the kernel's log. */
__attribute__((format(printf, 1, 2))) void log_line(const char *fmt, ...);

size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Nanoseconds since boot; deadlines from now. */
static inline int64_t now_ns(void)
{
	return native_clock_get(NATIVE_CLOCK_BOOT);
}

static inline int64_t in_ms(int64_t ms)
{
	return now_ns() + ms * 1000000;
}

#endif
