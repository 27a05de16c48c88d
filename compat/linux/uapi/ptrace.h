/* Debugging: ptrace(2). */
#ifndef COMPAT_LINUX_UAPI_PTRACE_H
#define COMPAT_LINUX_UAPI_PTRACE_H

#include "compat/linux/uapi/abi.h"

struct linux_user_regs {
	uint64_t r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	uint64_t ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
	uint64_t fs_base, gs_base, ds, es, fs, gs;
};

/* The image of FXSAVE (Intel SDM vol. 1, 10.5.1). */
struct linux_user_fpregs {
	uint16_t cwd;
	uint16_t swd;
	uint16_t ftw;
	uint16_t fop;
	uint64_t rip;
	uint64_t rdp;
	uint32_t mxcsr;
	uint32_t mxcr_mask;
	uint32_t st_space[32];
	uint32_t xmm_space[64];
	uint32_t pad0[24];
};

struct linux_ptrace_peeksiginfo_args {
	uint64_t off;
	uint32_t flags;
	int32_t nr;
};

#define LINUX_PTRACE_TRACEME 0
#define LINUX_PTRACE_PEEKTEXT 1
#define LINUX_PTRACE_PEEKDATA 2
#define LINUX_PTRACE_PEEKUSR 3
#define LINUX_PTRACE_POKETEXT 4
#define LINUX_PTRACE_POKEDATA 5
#define LINUX_PTRACE_POKEUSR 6
#define LINUX_PTRACE_CONT 7
#define LINUX_PTRACE_KILL 8
#define LINUX_PTRACE_SINGLESTEP 9
#define LINUX_PTRACE_GETREGS 12
#define LINUX_PTRACE_SETREGS 13
#define LINUX_PTRACE_GETFPREGS 14
#define LINUX_PTRACE_SETFPREGS 15
#define LINUX_PTRACE_ATTACH 16
#define LINUX_PTRACE_DETACH 17
#define LINUX_PTRACE_SYSCALL 24
#define LINUX_PTRACE_ARCH_PRCTL 30
#define LINUX_PTRACE_SYSEMU 31
#define LINUX_PTRACE_SYSEMU_SINGLESTEP 32
#define LINUX_PTRACE_SETOPTIONS 0x4200
#define LINUX_PTRACE_GETEVENTMSG 0x4201
#define LINUX_PTRACE_GETSIGINFO 0x4202
#define LINUX_PTRACE_SETSIGINFO 0x4203
#define LINUX_PTRACE_GETREGSET 0x4204
#define LINUX_PTRACE_SETREGSET 0x4205
#define LINUX_PTRACE_SEIZE 0x4206
#define LINUX_PTRACE_INTERRUPT 0x4207
#define LINUX_PTRACE_LISTEN 0x4208
#define LINUX_PTRACE_PEEKSIGINFO 0x4209
#define LINUX_PTRACE_GETSIGMASK 0x420a
#define LINUX_PTRACE_SETSIGMASK 0x420b
#define LINUX_PTRACE_GET_SYSCALL_INFO 0x420e
#define LINUX_PTRACE_EVENT_FORK 1
#define LINUX_PTRACE_EVENT_VFORK 2
#define LINUX_PTRACE_EVENT_CLONE 3
#define LINUX_PTRACE_EVENT_EXEC 4
#define LINUX_PTRACE_EVENT_VFORK_DONE 5
#define LINUX_PTRACE_EVENT_EXIT 6
#define LINUX_PTRACE_EVENT_SECCOMP 7
#define LINUX_PTRACE_EVENT_STOP 128
#define LINUX_PTRACE_O_TRACESYSGOOD 1
#define LINUX_PTRACE_O_TRACEFORK (1 << 1)
#define LINUX_PTRACE_O_TRACEVFORK (1 << 2)
#define LINUX_PTRACE_O_TRACECLONE (1 << 3)
#define LINUX_PTRACE_O_TRACEEXEC (1 << 4)
#define LINUX_PTRACE_O_TRACEVFORKDONE (1 << 5)
#define LINUX_PTRACE_O_TRACEEXIT (1 << 6)
#define LINUX_PTRACE_O_TRACESECCOMP (1 << 7)
#define LINUX_PTRACE_O_EXITKILL (1 << 20)
#define LINUX_PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#define LINUX_NT_PRSTATUS 1
#define LINUX_NT_PRFPREG 2
#define LINUX_NT_X86_XSTATE 0x202

ABI_SIZE(linux_user_regs, 216);
ABI_FIELD(linux_user_regs, r15, 0);
ABI_FIELD(linux_user_regs, r14, 8);
ABI_FIELD(linux_user_regs, r13, 16);
ABI_FIELD(linux_user_regs, r12, 24);
ABI_FIELD(linux_user_regs, bp, 32);
ABI_FIELD(linux_user_regs, bx, 40);
ABI_FIELD(linux_user_regs, r11, 48);
ABI_FIELD(linux_user_regs, r10, 56);
ABI_FIELD(linux_user_regs, r9, 64);
ABI_FIELD(linux_user_regs, r8, 72);
ABI_FIELD(linux_user_regs, ax, 80);
ABI_FIELD(linux_user_regs, cx, 88);
ABI_FIELD(linux_user_regs, dx, 96);
ABI_FIELD(linux_user_regs, si, 104);
ABI_FIELD(linux_user_regs, di, 112);
ABI_FIELD(linux_user_regs, orig_ax, 120);
ABI_FIELD(linux_user_regs, ip, 128);
ABI_FIELD(linux_user_regs, cs, 136);
ABI_FIELD(linux_user_regs, flags, 144);
ABI_FIELD(linux_user_regs, sp, 152);
ABI_FIELD(linux_user_regs, ss, 160);
ABI_FIELD(linux_user_regs, fs_base, 168);
ABI_FIELD(linux_user_regs, gs_base, 176);
ABI_FIELD(linux_user_regs, ds, 184);
ABI_FIELD(linux_user_regs, es, 192);
ABI_FIELD(linux_user_regs, fs, 200);
ABI_FIELD(linux_user_regs, gs, 208);
ABI_SIZE(linux_user_fpregs, 512);
ABI_FIELD(linux_user_fpregs, cwd, 0);
ABI_FIELD(linux_user_fpregs, swd, 2);
ABI_FIELD(linux_user_fpregs, ftw, 4);
ABI_FIELD(linux_user_fpregs, fop, 6);
ABI_FIELD(linux_user_fpregs, rip, 8);
ABI_FIELD(linux_user_fpregs, rdp, 16);
ABI_FIELD(linux_user_fpregs, mxcsr, 24);
ABI_FIELD(linux_user_fpregs, mxcr_mask, 28);
ABI_FIELD(linux_user_fpregs, st_space, 32);
ABI_FIELD(linux_user_fpregs, xmm_space, 160);
ABI_SIZE(linux_ptrace_peeksiginfo_args, 16);
ABI_FIELD(linux_ptrace_peeksiginfo_args, off, 0);
ABI_FIELD(linux_ptrace_peeksiginfo_args, flags, 8);
ABI_FIELD(linux_ptrace_peeksiginfo_args, nr, 12);

#endif
