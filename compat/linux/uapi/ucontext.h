/* What a signal handler finds on its stack: sigaction(2), sigreturn(2), getcontext(3). */
#ifndef COMPAT_LINUX_UAPI_UCONTEXT_H
#define COMPAT_LINUX_UAPI_UCONTEXT_H

#include "compat/linux/uapi/abi.h"
#include "compat/linux/uapi/signal.h"

struct linux_sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t di, si, bp, bx, dx, ax, cx, sp, ip;
	uint64_t flags;
	uint16_t cs, gs, fs, ss;
	uint64_t err;
	uint64_t trapno;
	uint64_t oldmask;
	uint64_t cr2;
	linux_addr_t fpstate;
	uint64_t reserved1[8];
};

struct linux_ucontext {
	uint64_t flags;
	linux_addr_t link;
	struct linux_stack stack;
	struct linux_sigcontext mcontext;
	linux_sigset_t sigmask;
};

/* In the last 48 bytes of the 512 of FXSAVE: that an XSAVE area goes on behind them. */
struct linux_fpx_sw_bytes {
	uint32_t magic1;
	uint32_t extended_size; /* of all, the closing magic included */
	uint64_t xfeatures;
	uint32_t xstate_size;
	uint32_t pad0[7];
};

/* What lies at the stack pointer of a handler with SA_SIGINFO and SA_RESTORER. */
struct linux_rt_sigframe {
	linux_addr_t restorer;
	struct linux_ucontext ucontext;
	struct linux_siginfo info;
};

#define LINUX_FP_XSTATE_MAGIC1 0x46505853u
#define LINUX_FP_XSTATE_MAGIC2 0x46505845u
#define LINUX_UC_FP_XSTATE 0x1
#define LINUX_UC_SIGCONTEXT_SS 0x2
#define LINUX_UC_STRICT_RESTORE_SS 0x4

ABI_SIZE(linux_sigcontext, 256);
ABI_FIELD(linux_sigcontext, r8, 0);
ABI_FIELD(linux_sigcontext, r9, 8);
ABI_FIELD(linux_sigcontext, r10, 16);
ABI_FIELD(linux_sigcontext, r11, 24);
ABI_FIELD(linux_sigcontext, r12, 32);
ABI_FIELD(linux_sigcontext, r13, 40);
ABI_FIELD(linux_sigcontext, r14, 48);
ABI_FIELD(linux_sigcontext, r15, 56);
ABI_FIELD(linux_sigcontext, di, 64);
ABI_FIELD(linux_sigcontext, si, 72);
ABI_FIELD(linux_sigcontext, bp, 80);
ABI_FIELD(linux_sigcontext, bx, 88);
ABI_FIELD(linux_sigcontext, dx, 96);
ABI_FIELD(linux_sigcontext, ax, 104);
ABI_FIELD(linux_sigcontext, cx, 112);
ABI_FIELD(linux_sigcontext, sp, 120);
ABI_FIELD(linux_sigcontext, ip, 128);
ABI_FIELD(linux_sigcontext, flags, 136);
ABI_FIELD(linux_sigcontext, cs, 144);
ABI_FIELD(linux_sigcontext, gs, 146);
ABI_FIELD(linux_sigcontext, fs, 148);
ABI_FIELD(linux_sigcontext, ss, 150);
ABI_FIELD(linux_sigcontext, err, 152);
ABI_FIELD(linux_sigcontext, trapno, 160);
ABI_FIELD(linux_sigcontext, oldmask, 168);
ABI_FIELD(linux_sigcontext, cr2, 176);
ABI_FIELD(linux_sigcontext, fpstate, 184);
ABI_FIELD(linux_sigcontext, reserved1, 192);
ABI_SIZE(linux_ucontext, 304);
ABI_FIELD(linux_ucontext, flags, 0);
ABI_FIELD(linux_ucontext, link, 8);
ABI_FIELD(linux_ucontext, stack, 16);
ABI_FIELD(linux_ucontext, mcontext, 40);
ABI_FIELD(linux_ucontext, sigmask, 296);
ABI_SIZE(linux_fpx_sw_bytes, 48);
ABI_FIELD(linux_fpx_sw_bytes, magic1, 0);
ABI_FIELD(linux_fpx_sw_bytes, extended_size, 4);
ABI_FIELD(linux_fpx_sw_bytes, xfeatures, 8);
ABI_FIELD(linux_fpx_sw_bytes, xstate_size, 16);
ABI_SIZE(linux_rt_sigframe, 440);
ABI_FIELD(linux_rt_sigframe, restorer, 0);
ABI_FIELD(linux_rt_sigframe, ucontext, 8);
ABI_FIELD(linux_rt_sigframe, info, 312);

#endif
