/* Signals: signal(7), sigaction(2), sigaltstack(2), sigevent(7), signalfd(2). */
#ifndef COMPAT_LINUX_UAPI_SIGNAL_H
#define COMPAT_LINUX_UAPI_SIGNAL_H

#include "compat/linux/uapi/abi.h"

/* Bit n - 1 is signal n. */
typedef uint64_t linux_sigset_t;

struct linux_sigaction {
	linux_addr_t handler;
	uint64_t flags;
	linux_addr_t restorer;
	linux_sigset_t mask;
};

struct linux_stack {
	linux_addr_t sp;
	int32_t flags;
	uint32_t pad0;
	uint64_t size;
};

union linux_sigval {
	int32_t sival_int;
	linux_addr_t sival_ptr;
};

/* Which member counts follows from signo and code: see compat/linux/signal/queue.h. */
struct linux_siginfo {
	int32_t signo;
	int32_t err;
	int32_t code;
	uint32_t pad0;
	union {
		struct {
			int32_t pid;
			uint32_t uid;
		} kill;
		struct {
			int32_t id;
			int32_t overrun;
			union linux_sigval value;
			int32_t sys_private;
		} timer;
		struct {
			int32_t pid;
			uint32_t uid;
			union linux_sigval value;
		} rt;
		struct {
			int32_t pid;
			uint32_t uid;
			int32_t status;
			uint32_t pad;
			int64_t utime; /* in clock ticks of 1/100 s */
			int64_t stime;
		} child;
		struct {
			linux_addr_t addr;
			int16_t addr_lsb;
			int16_t pad[3];
			linux_addr_t lower;
			linux_addr_t upper;
		} fault;
		struct {
			int64_t band;
			int32_t fd;
		} poll;
		struct {
			linux_addr_t call_addr;
			int32_t nr;
			uint32_t arch;
		} sys;
		uint8_t bytes[112];
	};
};

struct linux_sigevent {
	union linux_sigval value;
	int32_t signo;
	int32_t notify;
	int32_t tid; /* of SIGEV_THREAD_ID */
	int32_t pad0[11];
};

struct linux_signalfd_siginfo {
	uint32_t signo;
	int32_t err;
	int32_t code;
	uint32_t pid;
	uint32_t uid;
	int32_t fd;
	uint32_t tid;
	uint32_t band;
	uint32_t overrun;
	uint32_t trapno;
	int32_t status;
	int32_t sival_int;
	uint64_t sival_ptr;
	uint64_t utime;
	uint64_t stime;
	uint64_t addr;
	uint16_t addr_lsb;
	uint16_t pad0;
	int32_t syscall;
	uint64_t call_addr;
	uint32_t arch;
	uint8_t pad1[28];
};

#define LINUX_SIGHUP 1
#define LINUX_SIGINT 2
#define LINUX_SIGQUIT 3
#define LINUX_SIGILL 4
#define LINUX_SIGTRAP 5
#define LINUX_SIGABRT 6
#define LINUX_SIGBUS 7
#define LINUX_SIGFPE 8
#define LINUX_SIGKILL 9
#define LINUX_SIGUSR1 10
#define LINUX_SIGSEGV 11
#define LINUX_SIGUSR2 12
#define LINUX_SIGPIPE 13
#define LINUX_SIGALRM 14
#define LINUX_SIGTERM 15
#define LINUX_SIGSTKFLT 16
#define LINUX_SIGCHLD 17
#define LINUX_SIGCONT 18
#define LINUX_SIGSTOP 19
#define LINUX_SIGTSTP 20
#define LINUX_SIGTTIN 21
#define LINUX_SIGTTOU 22
#define LINUX_SIGURG 23
#define LINUX_SIGXCPU 24
#define LINUX_SIGXFSZ 25
#define LINUX_SIGVTALRM 26
#define LINUX_SIGPROF 27
#define LINUX_SIGWINCH 28
#define LINUX_SIGIO 29
#define LINUX_SIGPWR 30
#define LINUX_SIGSYS 31
#define LINUX_SIGRTMIN 32
#define LINUX_SIGRTMAX 64

#define LINUX_SIG_BLOCK 0
#define LINUX_SIG_UNBLOCK 1
#define LINUX_SIG_SETMASK 2
/* As a handler's address. */
#define LINUX_HANDLER_DEFAULT 0
#define LINUX_HANDLER_IGNORE 1

#define LINUX_SA_NOCLDSTOP 0x00000001u
#define LINUX_SA_NOCLDWAIT 0x00000002u
#define LINUX_SA_SIGINFO 0x00000004u
#define LINUX_SA_UNSUPPORTED 0x00000400u
#define LINUX_SA_EXPOSE_TAGBITS 0x00000800u
#define LINUX_SA_RESTORER 0x04000000u
#define LINUX_SA_ONSTACK 0x08000000u
#define LINUX_SA_RESTART 0x10000000u
#define LINUX_SA_NODEFER 0x40000000u
#define LINUX_SA_RESETHAND 0x80000000u

#define LINUX_SS_ONSTACK 1
#define LINUX_SS_DISABLE 2
#define LINUX_SS_AUTODISARM (1u << 31)
#define LINUX_MINSIGSTKSZ 2048

#define LINUX_SI_USER 0
#define LINUX_SI_KERNEL 0x80
#define LINUX_SI_QUEUE (-1)
#define LINUX_SI_TIMER (-2)
#define LINUX_SI_MESGQ (-3)
#define LINUX_SI_ASYNCIO (-4)
#define LINUX_SI_SIGIO (-5)
#define LINUX_SI_TKILL (-6)
#define LINUX_ILL_ILLOPC 1
#define LINUX_ILL_ILLOPN 2
#define LINUX_ILL_ILLADR 3
#define LINUX_ILL_ILLTRP 4
#define LINUX_ILL_PRVOPC 5
#define LINUX_ILL_PRVREG 6
#define LINUX_ILL_COPROC 7
#define LINUX_ILL_BADSTK 8
#define LINUX_FPE_INTDIV 1
#define LINUX_FPE_INTOVF 2
#define LINUX_FPE_FLTDIV 3
#define LINUX_FPE_FLTOVF 4
#define LINUX_FPE_FLTUND 5
#define LINUX_FPE_FLTRES 6
#define LINUX_FPE_FLTINV 7
#define LINUX_FPE_FLTSUB 8
#define LINUX_SEGV_MAPERR 1
#define LINUX_SEGV_ACCERR 2
#define LINUX_SEGV_BNDERR 3
#define LINUX_SEGV_PKUERR 4
#define LINUX_BUS_ADRALN 1
#define LINUX_BUS_ADRERR 2
#define LINUX_BUS_OBJERR 3
#define LINUX_TRAP_BRKPT 1
#define LINUX_TRAP_TRACE 2
#define LINUX_TRAP_BRANCH 3
#define LINUX_TRAP_HWBKPT 4
#define LINUX_TRAP_UNK 5
#define LINUX_CLD_EXITED 1
#define LINUX_CLD_KILLED 2
#define LINUX_CLD_DUMPED 3
#define LINUX_CLD_TRAPPED 4
#define LINUX_CLD_STOPPED 5
#define LINUX_CLD_CONTINUED 6
#define LINUX_POLL_IN 1
#define LINUX_POLL_OUT 2
#define LINUX_POLL_MSG 3
#define LINUX_POLL_ERR 4
#define LINUX_POLL_PRI 5
#define LINUX_POLL_HUP 6
#define LINUX_SYS_SECCOMP 1

#define LINUX_SIGEV_SIGNAL 0
#define LINUX_SIGEV_NONE 1
#define LINUX_SIGEV_THREAD 2
#define LINUX_SIGEV_THREAD_ID 4

#define LINUX_SFD_CLOEXEC 02000000
#define LINUX_SFD_NONBLOCK 04000

ABI_SIZE(linux_sigaction, 32);
ABI_FIELD(linux_sigaction, handler, 0);
ABI_FIELD(linux_sigaction, flags, 8);
ABI_FIELD(linux_sigaction, restorer, 16);
ABI_FIELD(linux_sigaction, mask, 24);
ABI_SIZE(linux_stack, 24);
ABI_FIELD(linux_stack, sp, 0);
ABI_FIELD(linux_stack, flags, 8);
ABI_FIELD(linux_stack, size, 16);
ABI_SIZE(linux_siginfo, 128);
ABI_FIELD(linux_siginfo, signo, 0);
ABI_FIELD(linux_siginfo, err, 4);
ABI_FIELD(linux_siginfo, code, 8);
ABI_FIELD(linux_siginfo, kill, 16);
ABI_FIELD(linux_siginfo, timer, 16);
ABI_FIELD(linux_siginfo, rt, 16);
ABI_FIELD(linux_siginfo, child, 16);
ABI_FIELD(linux_siginfo, fault, 16);
ABI_FIELD(linux_siginfo, poll, 16);
ABI_FIELD(linux_siginfo, sys, 16);
ABI_SIZE(linux_sigevent, 64);
ABI_FIELD(linux_sigevent, value, 0);
ABI_FIELD(linux_sigevent, signo, 8);
ABI_FIELD(linux_sigevent, notify, 12);
ABI_FIELD(linux_sigevent, tid, 16);
ABI_SIZE(linux_signalfd_siginfo, 128);
ABI_FIELD(linux_signalfd_siginfo, signo, 0);
ABI_FIELD(linux_signalfd_siginfo, err, 4);
ABI_FIELD(linux_signalfd_siginfo, code, 8);
ABI_FIELD(linux_signalfd_siginfo, pid, 12);
ABI_FIELD(linux_signalfd_siginfo, uid, 16);
ABI_FIELD(linux_signalfd_siginfo, fd, 20);
ABI_FIELD(linux_signalfd_siginfo, tid, 24);
ABI_FIELD(linux_signalfd_siginfo, band, 28);
ABI_FIELD(linux_signalfd_siginfo, overrun, 32);
ABI_FIELD(linux_signalfd_siginfo, trapno, 36);
ABI_FIELD(linux_signalfd_siginfo, status, 40);
ABI_FIELD(linux_signalfd_siginfo, sival_int, 44);
ABI_FIELD(linux_signalfd_siginfo, sival_ptr, 48);
ABI_FIELD(linux_signalfd_siginfo, utime, 56);
ABI_FIELD(linux_signalfd_siginfo, stime, 64);
ABI_FIELD(linux_signalfd_siginfo, addr, 72);
ABI_FIELD(linux_signalfd_siginfo, addr_lsb, 80);
ABI_FIELD(linux_signalfd_siginfo, syscall, 84);
ABI_FIELD(linux_signalfd_siginfo, call_addr, 88);
ABI_FIELD(linux_signalfd_siginfo, arch, 96);

#endif
