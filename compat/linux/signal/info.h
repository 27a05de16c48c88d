/*
 * What a signal says besides its number: the forms of siginfo (sigaction(2)), sets of
 * signals, and what a signal does that nobody handles (signal(7)).
 */
#ifndef COMPAT_LINUX_SIGNAL_INFO_H
#define COMPAT_LINUX_SIGNAL_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/uapi/signal.h"

/* sig is 1 to LINUX_SIGRTMAX in all of this directory. */
static inline bool signal_is_valid(uint64_t sig)
{
	return sig >= 1 && sig <= LINUX_SIGRTMAX;
}

static inline linux_sigset_t signal_bit(uint32_t sig)
{
	return (linux_sigset_t)1 << (sig - 1);
}

static inline bool signal_is_realtime(uint32_t sig)
{
	return sig >= LINUX_SIGRTMIN;
}

#define SIGNALS_STOP                                                                               \
	(signal_bit(LINUX_SIGSTOP) | signal_bit(LINUX_SIGTSTP) | signal_bit(LINUX_SIGTTIN) |       \
	 signal_bit(LINUX_SIGTTOU))
/* Caused by the instruction that the thread is at. */
#define SIGNALS_FAULT                                                                              \
	(signal_bit(LINUX_SIGSEGV) | signal_bit(LINUX_SIGBUS) | signal_bit(LINUX_SIGILL) |         \
	 signal_bit(LINUX_SIGTRAP) | signal_bit(LINUX_SIGFPE) | signal_bit(LINUX_SIGSYS))
/* Can be neither blocked nor handled. */
#define SIGNALS_UNBLOCKABLE (signal_bit(LINUX_SIGKILL) | signal_bit(LINUX_SIGSTOP))

enum signal_default {
	SIGNAL_DEFAULT_END,
	SIGNAL_DEFAULT_CORE, /* ends, too; a parent sees that a core was to be dumped */
	SIGNAL_DEFAULT_IGNORE,
	SIGNAL_DEFAULT_STOP,
	SIGNAL_DEFAULT_CONTINUE,
};

enum signal_default signal_default_action(uint32_t sig);

/* Which member of the union in struct linux_siginfo counts. */
enum signal_form {
	SIGNAL_FORM_KILL,
	SIGNAL_FORM_TIMER,
	SIGNAL_FORM_RT,
	SIGNAL_FORM_CHILD,
	SIGNAL_FORM_FAULT,
	SIGNAL_FORM_POLL,
	SIGNAL_FORM_SYS,
};

enum signal_form signal_form_of(int32_t sig, int32_t code);

/* Each sets all of *info; what the form does not have is zero. */
void signal_info_kill(struct linux_siginfo *info, uint32_t sig, int32_t code, int32_t pid,
		      uint32_t uid);
void signal_info_fault(struct linux_siginfo *info, uint32_t sig, int32_t code, uint64_t addr);
/* code is LINUX_CLD_...; status the exit code or the signal; times in ticks of 1/100 s. */
void signal_info_child(struct linux_siginfo *info, int32_t code, int32_t pid, uint32_t uid,
		       int32_t status);
void signal_info_timer(struct linux_siginfo *info, uint32_t sig, int32_t id,
		       union linux_sigval value);

/* What read(2) of a signalfd gives. */
void signal_info_to_signalfd(const struct linux_siginfo *info, struct linux_signalfd_siginfo *out);

#endif
