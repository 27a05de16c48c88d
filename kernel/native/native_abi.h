/*
 * What native calls and their callers agree on: the structures that cross, and
 * how messages lie in registers. Included by the kernel and by user programs, so
 * there is nothing here that only one of them has.
 *
 * A system call's number is in rax, its arguments in rdi, rsi, rdx, r10, r8, r9;
 * the result, or an error as a negative number, comes back in rax. rcx and r11 are
 * lost.
 *
 * Message calls use more:
 *
 *			in				out
 *	rdi		slot				ep_recv, ep_reply_recv: badge
 *	rsi		NATIVE_INFO(...)		bytes and capabilities received
 *	rdx r10 r8 r9	words 0-3			words 0-3
 *	rbx rbp r12 r13	words 4-7			words 4-7
 *	r14		deadline, as type time		unchanged
 *	r15		struct native_buffer, or 0	unchanged
 *
 * The words always pass. Bytes and capabilities are taken from the buffer, and put
 * there when the other side sends some. NATIVE_INFO says how many are sent and how
 * many of either there is room for; who sends more to somebody gets -EMSGSIZE.
 */
#ifndef KERNEL_NATIVE_NATIVE_ABI_H
#define KERNEL_NATIVE_NATIVE_ABI_H

#include <stdint.h>

/* Where a call takes a slot or something else instead. */
#define NATIVE_NO_SLOT 0xffffffffu

/* cap_revoke */
#define NATIVE_REVOKE_SELF 0u
#define NATIVE_REVOKE_DESCENDANTS 1u

/* event_take */
#define NATIVE_TAKE_ALL 0u
#define NATIVE_TAKE_ONE 1u

/* mem_map, mem_protect: protection */
#define NATIVE_PROT_READ 1u
#define NATIVE_PROT_WRITE 2u
#define NATIVE_PROT_EXEC 4u

/* mem_map: flags. Without ADDR_FIXED addr is a hint, or 0. */
#define NATIVE_MAP_SHARED 1u /* writes go to the object, else to private copies */
#define NATIVE_MAP_FIXED 2u  /* at addr, -EEXIST if something is there */

/* clock_get */
#define NATIVE_CLOCK_BOOT 0u
#define NATIVE_CLOCK_WALL 1u

/* power */
#define NATIVE_POWER_OFF 0u
#define NATIVE_POWER_RESTART 1u

/* debug_fault */
#define NATIVE_FAULT_ASSERT 0u
#define NATIVE_FAULT_NULL 1u

/* job_set; NATIVE_UNLIMITED takes a limit away */
#define NATIVE_JOB_MEMORY_MAX 0u  /* bytes */
#define NATIVE_JOB_MEMORY_HIGH 1u /* bytes */
#define NATIVE_JOB_PROCESSES 2u
#define NATIVE_JOB_THREADS 3u
#define NATIVE_JOB_CPU_WEIGHT 4u /* 1..10000, 100 is usual */
#define NATIVE_JOB_CPU_QUOTA 5u	 /* nanoseconds of CPU time a period */
#define NATIVE_JOB_CPU_PERIOD 6u /* nanoseconds */
#define NATIVE_UNLIMITED UINT64_MAX

/* --- Messages --- */

#define NATIVE_MESSAGE_WORDS 8
#define NATIVE_MESSAGE_BYTES 4096u
#define NATIVE_MESSAGE_CAPS 8u

/* All other bits are 0, or the call is -EINVAL. */
#define NATIVE_INFO(len, caps, accept_len, accept_caps)                                            \
	((uint64_t)(len) | (uint64_t)(caps) << 16 | (uint64_t)(accept_len) << 32 |                 \
	 (uint64_t)(accept_caps) << 48)
#define NATIVE_INFO_LEN(info) ((uint32_t)((info)&0xffff))
#define NATIVE_INFO_CAPS(info) ((uint32_t)((info) >> 16 & 0xffff))
#define NATIVE_INFO_ACCEPT_LEN(info) ((uint32_t)((info) >> 32 & 0xffff))
#define NATIVE_INFO_ACCEPT_CAPS(info) ((uint32_t)((info) >> 48 & 0xffff))

/* Sent: slot, and the rights that shall go along. Received: the new slot and its rights. */
struct native_cap {
	uint32_t slot;
	uint32_t rights;
};

struct native_buffer {
	struct native_cap caps[NATIVE_MESSAGE_CAPS];
	uint8_t data[NATIVE_MESSAGE_BYTES];
};

/* --- Capabilities --- */

struct native_cap_info {
	uint32_t type;	 /* number in kernel/cap/types.def, from 0 */
	uint32_t rights; /* kernel/cap/rights.def */
	uint64_t grant_id;
	uint64_t parent_id; /* of the grant; 0: a root */
	uint64_t object_id; /* the same for all capabilities to one object */
	uint64_t badge;
	uint8_t is_dead;
	uint8_t owns_grant;
	uint8_t closes_on_exec;
	uint8_t zero[5];
};

#define NATIVE_AUDIT_GRANT 0u
#define NATIVE_AUDIT_SPACE 1u	  /* a capability in a process's space */
#define NATIVE_AUDIT_AUTHORITY 2u /* a capability in a process's authority */
#define NATIVE_ORIGIN_LEN 24

struct native_audit {
	uint32_t kind;
	uint32_t slot;
	uint64_t owner; /* process */
	uint64_t object_id;
	uint32_t type;
	uint32_t rights;
	uint64_t grant_id;
	uint64_t parent_id;
	uint64_t badge;
	uint32_t depth; /* of the grant below its root */
	uint8_t is_dead;
	uint8_t owns_grant;
	uint8_t zero[2];
	char origin[NATIVE_ORIGIN_LEN];
};

/* --- Processes and jobs --- */

#define NATIVE_NAME_LEN 32
#define NATIVE_SPAWN_MAX_CAPS 64u
#define NATIVE_SPAWN_MAX_ARGS 16384u

/* For the new process's authority; slot NATIVE_NO_SLOT: from the caller's own. */
struct native_authority {
	uint32_t authority; /* number in kernel/cap/authority.def, from 0 */
	uint32_t slot;
	uint32_t rights;
	uint32_t zero;
};

/*
 * The new process finds its capabilities in slots 0, 1, ... in the order given, and
 * begins with args' address in rdi, args_len in rsi and cap_count in rdx. args are
 * any bytes; by custom strings, each with its NUL, the first the program's name.
 */
struct native_spawn {
	uint32_t image; /* slot of a memory object: an ELF executable */
	uint32_t job;	/* slot; NATIVE_NO_SLOT: JOB of the own authority */
	uint64_t image_len;
	uint64_t caps;	    /* address of cap_count struct native_cap */
	uint64_t authority; /* address of authority_count struct native_authority */
	uint64_t args;
	uint32_t cap_count;
	uint32_t authority_count;
	uint32_t args_len;
	uint32_t zero;
	char name[NATIVE_NAME_LEN]; /* with its NUL */
};

#define NATIVE_END_EXITED 0u
#define NATIVE_END_KILLED 1u
#define NATIVE_END_FAULTED 2u
#define NATIVE_END_OUT_OF_MEMORY 3u
#define NATIVE_END_CONTAINED 4u

struct native_status {
	uint32_t end;
	int32_t code;
};

#define NATIVE_PROCESS_RUNNING 0u
#define NATIVE_PROCESS_EXITING 1u
#define NATIVE_PROCESS_DEAD 2u

struct native_process_info {
	uint64_t id;
	uint64_t job_id;
	uint32_t state;
	uint32_t thread_count;
	struct native_status status; /* unless it is running */
	uint64_t resident_pages;
	int64_t run_ns;
	char name[NATIVE_NAME_LEN];
};

struct native_job_stat {
	uint64_t id;
	uint64_t memory_used;
	uint64_t memory_own;
	uint64_t memory_kernel;
	uint64_t memory_peak;
	uint32_t process_count;
	uint32_t thread_count;
	uint32_t parked_count;
	uint32_t job_count;
	uint8_t is_frozen;
	uint8_t is_killed;
	uint8_t zero[6];
	uint64_t events_high;
	uint64_t events_max;
	uint64_t events_oom;
	uint64_t events_oom_kill;
	uint64_t events_process_max;
	uint64_t events_contained;
	int64_t cpu_ns;
	uint64_t cpu_periods;
	uint64_t cpu_throttled;
	int64_t cpu_throttled_ns;
};

#endif
