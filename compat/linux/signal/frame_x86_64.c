/*
 * The frame of a signal handler on x86-64 (System V ABI; sigaction(2), sigreturn(2)).
 *
 *	high	fpstate		XSAVE area in the standard format, aligned to 64
 *		siginfo
 *		ucontext	registers, mask, alternate stack
 *	rsp	restorer	where the handler returns to: it calls rt_sigreturn
 *
 * rsp + 8 is a multiple of 16, as after a call. 128 bytes below the interrupted stack
 * pointer are left alone, for they may be in use (the red zone).
 *
 * Everything that comes back in rt_sigreturn is the program's own invention, as far as
 * the kernel knows: arch_user_frame_check() and arch_user_fpu_set() take out of it what
 * is not for a program to choose.
 */
#include "compat/linux/signal/signal_impl.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/ucontext.h"
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/fault.h"

#define RED_ZONE 128u
#define FXSAVE_SIZE 512u
#define FXSAVE_SW_BYTES 464u
#define FLAG_TF (1u << 8)
#define FLAG_DF (1u << 10)
#define FLAG_RF (1u << 16)

struct place {
	vaddr_t fpstate;
	vaddr_t frame;
};

/* Whether the state goes on after the FXSAVE area, and is followed by the magic word. */
static bool has_xsave(void)
{
	return arch_user_fpu_size() > FXSAVE_SIZE;
}

static size_t fpstate_size(void)
{
	return arch_user_fpu_size() + (has_xsave() ? sizeof(uint32_t) : 0);
}

/* --- Into the handler --- */

static int find_place(struct lsignal_thread *st, const struct trap_frame *frame,
		      const struct linux_sigaction *action, struct place *out)
{
	bool was_on_stack = lsignal_is_on_stack(st, frame->rsp);
	bool enters_stack =
		(action->flags & LINUX_SA_ONSTACK) && st->stack.size > 0 && !was_on_stack;
	vaddr_t sp = enters_stack ? st->stack.sp + st->stack.size : frame->rsp - RED_ZONE;

	out->fpstate = ALIGN_DOWN(sp - fpstate_size(), 64ul);
	out->frame = ALIGN_DOWN(out->fpstate - sizeof(struct linux_rt_sigframe), 16ul) - 8;
	if ((enters_stack || was_on_stack) && out->frame < st->stack.sp)
		return -EFAULT;
	/* What wrapped lies outside of user memory, and so does what ends there. */
	return user_range_ok(user_ptr(out->frame), sp - out->frame) ? 0 : -EFAULT;
}

static int put_fpstate(struct lthread *lt, vaddr_t at)
{
	const uint8_t *state = arch_user_fpu_get(&lt->ut->thread->arch);
	size_t size = arch_user_fpu_size();
	struct linux_fpx_sw_bytes sw = {
		.magic1 = has_xsave() ? LINUX_FP_XSTATE_MAGIC1 : 0,
		.extended_size = (uint32_t)fpstate_size(),
		.xfeatures = arch_user_fpu_components(),
		.xstate_size = (uint32_t)size,
	};
	uint32_t magic2 = LINUX_FP_XSTATE_MAGIC2;
	int err = copy_to_user(user_ptr(at), state, size);

	if (!err)
		err = copy_to_user(user_ptr(at + FXSAVE_SW_BYTES), &sw, sizeof(sw));
	if (!err && has_xsave())
		err = copy_to_user(user_ptr(at + size), &magic2, sizeof(magic2));
	return err;
}

static void put_registers(struct linux_sigcontext *sc, const struct trap_frame *frame)
{
	sc->r8 = frame->r8;
	sc->r9 = frame->r9;
	sc->r10 = frame->r10;
	sc->r11 = frame->r11;
	sc->r12 = frame->r12;
	sc->r13 = frame->r13;
	sc->r14 = frame->r14;
	sc->r15 = frame->r15;
	sc->di = frame->rdi;
	sc->si = frame->rsi;
	sc->bp = frame->rbp;
	sc->bx = frame->rbx;
	sc->dx = frame->rdx;
	sc->ax = frame->rax;
	sc->cx = frame->rcx;
	sc->sp = frame->rsp;
	sc->ip = frame->rip;
	sc->flags = frame->rflags;
	sc->cs = (uint16_t)frame->cs;
	sc->ss = (uint16_t)frame->ss;
}

static int put_frame(const struct lsignal_thread *st, const struct trap_frame *frame,
		     const struct linux_sigaction *action, const struct linux_siginfo *info,
		     const struct place *place)
{
	struct linux_rt_sigframe out;
	int32_t on_stack = lsignal_is_on_stack(st, frame->rsp) ? LINUX_SS_ONSTACK : 0;

	memset(&out, 0, sizeof(out));
	out.restorer = action->restorer;
	out.ucontext.flags = LINUX_UC_SIGCONTEXT_SS | LINUX_UC_STRICT_RESTORE_SS |
			     (has_xsave() ? LINUX_UC_FP_XSTATE : 0);
	out.ucontext.stack = st->stack;
	out.ucontext.stack.flags |= st->stack.size ? on_stack : LINUX_SS_DISABLE;
	put_registers(&out.ucontext.mcontext, frame);
	out.ucontext.mcontext.err = st->trap_error;
	out.ucontext.mcontext.trapno = st->trap_number;
	out.ucontext.mcontext.cr2 = st->trap_addr;
	out.ucontext.mcontext.fpstate = place->fpstate;
	out.info = *info;
	return copy_to_user(user_ptr(place->frame), &out, sizeof(out));
}

static void enter_handler(struct trap_frame *frame, const struct linux_sigaction *action,
			  int32_t sig, vaddr_t at)
{
	frame->rdi = (uint64_t)sig;
	frame->rsi = at + offsetof(struct linux_rt_sigframe, info);
	frame->rdx = at + offsetof(struct linux_rt_sigframe, ucontext);
	frame->rax = 0;
	frame->rsp = at;
	frame->rip = action->handler;
	frame->rflags &= ~(uint64_t)(FLAG_DF | FLAG_RF | FLAG_TF);
	arch_user_frame_check(frame);
}

int lsignal_push_frame(struct lthread *lt, struct trap_frame *frame,
		       const struct linux_sigaction *action, const struct linux_siginfo *info,
		       linux_sigset_t mask)
{
	struct lsignal_thread *st = lt->signal;
	struct place place = {0};
	int err = -EFAULT;

	/* There is no other way back out of a handler on this architecture. */
	if (action->flags & LINUX_SA_RESTORER)
		err = find_place(st, frame, action, &place);
	if (!err)
		err = put_fpstate(lt, place.fpstate);
	if (!err)
		err = put_frame(st, frame, action, info, &place);
	if (!err)
		err = copy_to_user(user_ptr(place.frame +
					    offsetof(struct linux_rt_sigframe, ucontext.sigmask)),
				   &mask, sizeof(mask));
	if (err)
		return err;
	if (st->stack.flags & (int32_t)LINUX_SS_AUTODISARM)
		st->stack = (struct linux_stack){0};
	enter_handler(frame, action, info->signo, place.frame);
	return 0;
}

/* --- And back --- */

static void take_registers(struct trap_frame *frame, const struct linux_sigcontext *sc)
{
	frame->r8 = sc->r8;
	frame->r9 = sc->r9;
	frame->r10 = sc->r10;
	frame->r11 = sc->r11;
	frame->r12 = sc->r12;
	frame->r13 = sc->r13;
	frame->r14 = sc->r14;
	frame->r15 = sc->r15;
	frame->rdi = sc->di;
	frame->rsi = sc->si;
	frame->rbp = sc->bp;
	frame->rbx = sc->bx;
	frame->rdx = sc->dx;
	frame->rax = sc->ax;
	frame->rcx = sc->cx;
	frame->rsp = sc->sp;
	frame->rip = sc->ip;
	frame->rflags = sc->flags;
	arch_user_frame_check(frame);
}

/* The bytes of the state that are there: all, or the FXSAVE area. 0 or -EFAULT. */
static int take_fpstate(uint8_t *state, vaddr_t at, size_t *size_out)
{
	size_t size = arch_user_fpu_size();
	struct linux_fpx_sw_bytes sw;
	uint32_t magic2 = 0;

	*size_out = FXSAVE_SIZE;
	if (copy_from_user(state, user_ptr(at), FXSAVE_SIZE))
		return -EFAULT;
	memcpy(&sw, state + FXSAVE_SW_BYTES, sizeof(sw));
	if (!has_xsave() || sw.magic1 != LINUX_FP_XSTATE_MAGIC1 || sw.xstate_size != size)
		return 0;
	if (copy_from_user(&magic2, user_ptr(at + size), sizeof(magic2)))
		return -EFAULT;
	if (magic2 != LINUX_FP_XSTATE_MAGIC2)
		return 0;
	if (copy_from_user(state + FXSAVE_SIZE, user_ptr(at + FXSAVE_SIZE), size - FXSAVE_SIZE))
		return -EFAULT;
	*size_out = size;
	return 0;
}

static int restore_fpstate(struct lthread *lt, vaddr_t at)
{
	size_t room = MAX(arch_user_fpu_size(), FXSAVE_SIZE);
	uint8_t *state;
	size_t size;
	int err;

	if (at == 0) {
		arch_user_fpu_set(&lt->ut->thread->arch, NULL, 0);
		return 0;
	}
	state = kmem_zalloc(room);
	if (!state)
		return -ENOMEM;
	err = take_fpstate(state, at, &size);
	if (!err)
		arch_user_fpu_set(&lt->ut->thread->arch, state, size);
	kmem_free(state, room);
	return err;
}

int64_t linux_rt_sigreturn(struct lthread *lt)
{
	struct trap_frame *frame = arch_user_frame(&lt->ut->thread->arch);
	struct linux_ucontext uc;
	struct linux_siginfo info;

	/* The handler's return has taken the restorer's address off the stack. */
	if (copy_from_user(&uc, user_ptr(frame->rsp), sizeof(uc)) ||
	    restore_fpstate(lt, uc.mcontext.fpstate)) {
		signal_info_kill(&info, LINUX_SIGSEGV, LINUX_SI_KERNEL, 0, 0);
		lsignal_force(lt, &info);
		return 0;
	}
	take_registers(frame, &uc.mcontext);
	lsignal_set_blocked(lt, uc.sigmask);
	uc.stack.flags &= ~LINUX_SS_ONSTACK;
	/* As on Linux a stack that cannot be set is no reason not to return. */
	(void)lsignal_set_stack(lt->signal, &uc.stack, frame->rsp);
	return (int64_t)frame->rax;
}

/* --- Exceptions --- */

/* Which of the exceptions that are not masked, by status and mask bits of x87 or SSE. */
static int32_t float_code(uint32_t raised)
{
	if (raised & 1u)
		return LINUX_FPE_FLTINV;
	if (raised & 4u)
		return LINUX_FPE_FLTDIV;
	if (raised & 8u)
		return LINUX_FPE_FLTOVF;
	if (raised & 0x12u)
		return LINUX_FPE_FLTUND;
	return raised & 0x20u ? LINUX_FPE_FLTRES : 0;
}

static int32_t float_code_of(struct lthread *lt, uint32_t vector)
{
	const uint8_t *state = arch_user_fpu_get(&lt->ut->thread->arch);
	uint16_t control, status;
	uint32_t mxcsr;

	if (vector == 16) {
		memcpy(&control, state, sizeof(control));
		memcpy(&status, state + 2, sizeof(status));
		return float_code(status & ~(uint32_t)control & 0x3fu);
	}
	memcpy(&mxcsr, state + 24, sizeof(mxcsr));
	return float_code(mxcsr & ~(mxcsr >> 7) & 0x3fu);
}

static void info_of_page_fault(const struct trap_info *info, struct linux_siginfo *out)
{
	if (info->err == -EACCES)
		signal_info_fault(out, LINUX_SIGSEGV, LINUX_SEGV_ACCERR, info->addr);
	else if (info->err == -EIO || info->err == -ENXIO)
		signal_info_fault(out, LINUX_SIGBUS, LINUX_BUS_ADRERR, info->addr);
	else
		signal_info_fault(out, LINUX_SIGSEGV, LINUX_SEGV_MAPERR, info->addr);
}

void lsignal_info_of_trap(struct lthread *lt, const struct trap_frame *frame,
			  const struct trap_info *info, struct linux_siginfo *out)
{
	struct lsignal_thread *st = lt->signal;

	st->trap_number = info->vector;
	st->trap_error = info->cause == TRAP_CAUSE_SINGLE_STEP ? 0 : info->error_code;
	switch (info->cause) {
	case TRAP_CAUSE_PAGE_FAULT:
		st->trap_addr = info->addr;
		info_of_page_fault(info, out);
		break;
	case TRAP_CAUSE_ILLEGAL_INSTRUCTION:
		signal_info_fault(out, LINUX_SIGILL, LINUX_ILL_ILLOPN, frame->rip);
		break;
	case TRAP_CAUSE_DIVIDE:
		signal_info_fault(out, LINUX_SIGFPE, LINUX_FPE_INTDIV, frame->rip);
		break;
	case TRAP_CAUSE_FLOATING_POINT:
		signal_info_fault(out, LINUX_SIGFPE, float_code_of(lt, info->vector), frame->rip);
		break;
	case TRAP_CAUSE_ALIGNMENT:
		signal_info_fault(out, LINUX_SIGBUS, LINUX_BUS_ADRALN, 0);
		break;
	case TRAP_CAUSE_SINGLE_STEP:
		signal_info_fault(out, LINUX_SIGTRAP, LINUX_TRAP_TRACE, frame->rip);
		break;
	case TRAP_CAUSE_BREAKPOINT:
		signal_info_kill(out, LINUX_SIGTRAP, LINUX_SI_KERNEL, 0, 0);
		break;
	case TRAP_CAUSE_STACK:
	case TRAP_CAUSE_MACHINE_CHECK:
		signal_info_kill(out, LINUX_SIGBUS, LINUX_SI_KERNEL, 0, 0);
		break;
	default:
		signal_info_kill(out, LINUX_SIGSEGV, LINUX_SI_KERNEL, 0, 0);
		break;
	}
}
