/*
 * For the self-tests of user mode: small programs, and the events that only the
 * processor can arrange. The programs are position independent code that knows the
 * calls of kernel/task/selftest_personality.c and nothing else.
 */
#ifndef KERNEL_ARCH_USER_TEST_H
#define KERNEL_ARCH_USER_TEST_H

/* The calls; arguments as in the system call ABI. */
#define USER_TEST_NULL 0    /* gives 0 */
#define USER_TEST_EXIT 1    /* (code) */
#define USER_TEST_REPORT 2  /* (index, value): for the test to see */
#define USER_TEST_ARG 3	    /* (index): what the test said */
#define USER_TEST_SLEEP 4   /* (ns): interruptible */
#define USER_TEST_RESUME 5  /* (pc): where to go on after the next exception */
#define USER_TEST_MAP 6	    /* (len): zero-filled memory, its address */
#define USER_TEST_PROTECT 7 /* (addr, len, prot): enum vm_prot */
#define USER_TEST_JUMP 8    /* (pc): the kernel goes on there, whatever it is */
#define USER_TEST_THREAD 9  /* (pc, sp): another thread */
#define USER_TEST_BUG 10    /* (kind): the kernel has a bug, enum user_test_bug */
#define USER_TEST_YIELD 11
#define USER_TEST_SPAWN 12 /* a process like this one, that waits; -error */

#define USER_TEST_EXEC 13 /* the process becomes another program */

#define USER_TEST_BUG_ASSERT 1
#define USER_TEST_BUG_NULL 2
#define USER_TEST_BUG_LOCKED 3

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/cpu.h"
#include "kernel/lib/types.h"

/* A program's code: [start, end) of the kernel's image. */
struct user_test_program {
	const void *start;
	const void *end;
};

/* What each does is said at its code. */
struct user_test_programs {
	struct user_test_program null_loop, registers, single_step, bases, vectors;
	struct user_test_program faults, jump_away, touch, spin, sleep, threads, bug;
	struct user_test_program spawn, exec;
};

extern const struct user_test_programs user_test_programs;

/* The instruction that makes a system call, for the end of a page. */
extern const uint8_t user_test_syscall[];
extern const uint32_t user_test_syscall_len;

/* Traps that this kernel met so far on a CPU, and those of them where GS is not its own. */
struct user_test_counts {
	uint64_t nmi, nmi_at_entry;
	uint64_t debug, debug_at_entry;
};

void user_test_read_counts(cpu_id_t cpu, struct user_test_counts *out);

/* From now on, or no longer, an NMI is no surprise. */
void user_test_expect_nmi(bool is_expected);
void user_test_send_nmi(cpu_id_t cpu);

/* A breakpoint at the first instruction of the system call entry, on this CPU. */
void user_test_break_at_entry(bool is_set);

/* Whether the processor lets programs set their GS base. */
bool user_test_has_base_instructions(void);

/* In a system call: whether GS is this CPU's, as far as that can be told. */
bool user_test_is_gs_sane(void);

#endif
#endif
