/*
 * Traps: what entry.S calls.
 *
 * Interrupts go to their controller or to core/irq.c. An exception in user mode
 * goes to the hook. A page fault goes to the hook first; what nobody resolves
 * ends at the exception table when the faulting instruction was a user copy, and
 * otherwise it is the kernel's own fault: panic, with a cause in words.
 */
#include "kernel/core/trap.h"

#include "kernel/arch/trap.h"
#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/frame.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/trap_impl.h"
#include "kernel/core/irq.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/kstack.h"

#define PF_PRESENT (1u << 0)
#define PF_WRITE (1u << 1)
#define PF_USER (1u << 2)
#define PF_RESERVED (1u << 3)
#define PF_FETCH (1u << 4)

/* What may go wrong at an instruction of the exception table (uaccess.S). */
enum extable_kind {
	EXTABLE_USER,  /* a fault on a user address */
	EXTABLE_PROBE, /* any fault */
};

struct extable_entry {
	uint64_t insn;
	uint64_t fixup;
	uint64_t kind;
};

static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "frame.h");
static_assert(offsetof(struct trap_frame, rbp) == FRAME_RBP, "frame.h");
static_assert(offsetof(struct trap_frame, rip) == FRAME_RIP, "frame.h");
static_assert(offsetof(struct trap_frame, cs) == FRAME_CS, "frame.h");

extern const struct extable_entry __extable_start[], __extable_end[];

static const char *const trap_names[] = {
	[TRAP_DE] = "divide error",
	[TRAP_DB] = "debug exception",
	[TRAP_NMI] = "non-maskable interrupt",
	[TRAP_BP] = "breakpoint",
	[TRAP_OF] = "overflow",
	[TRAP_BR] = "bound range exceeded",
	[TRAP_UD] = "invalid opcode",
	[TRAP_NM] = "device not available",
	[TRAP_DF] = "double fault",
	[TRAP_TS] = "invalid TSS",
	[TRAP_NP] = "segment not present",
	[TRAP_SS] = "stack-segment fault",
	[TRAP_GP] = "general protection fault",
	[TRAP_PF] = "page fault",
	[TRAP_MF] = "x87 floating-point error",
	[TRAP_AC] = "alignment check",
	[TRAP_MC] = "machine check",
	[TRAP_XM] = "SIMD floating-point error",
	[TRAP_CP] = "control protection exception",
};

static const char *trap_name(uint64_t vector)
{
	if (vector < ARRAY_SIZE(trap_names) && trap_names[vector])
		return trap_names[vector];
	return "unknown exception";
}

vaddr_t trap_frame_pc(const struct trap_frame *frame)
{
	return frame->rip;
}

vaddr_t trap_frame_sp(const struct trap_frame *frame)
{
	return frame->rsp;
}

vaddr_t trap_frame_fp(const struct trap_frame *frame)
{
	return frame->rbp;
}

void trap_frame_set_pc(struct trap_frame *frame, vaddr_t pc)
{
	frame->rip = pc;
}

bool trap_frame_is_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) != 0;
}

bool trap_frame_had_irqs(const struct trap_frame *frame)
{
	return (frame->rflags & RFLAGS_IF) != 0;
}

void trap_frame_print(const struct trap_frame *frame)
{
	log_print(LOG_LEVEL_PANIC, "  rip %016lx cs %04lx  rflags %08lx", frame->rip, frame->cs,
		  frame->rflags);
	log_print(LOG_LEVEL_PANIC, "  rsp %016lx ss %04lx  trap %lu error %lx", frame->rsp,
		  frame->ss, frame->vector, frame->error_code);
	log_print(LOG_LEVEL_PANIC, "  rax %016lx rbx %016lx rcx %016lx", frame->rax, frame->rbx,
		  frame->rcx);
	log_print(LOG_LEVEL_PANIC, "  rdx %016lx rsi %016lx rdi %016lx", frame->rdx, frame->rsi,
		  frame->rdi);
	log_print(LOG_LEVEL_PANIC, "  rbp %016lx r8  %016lx r9  %016lx", frame->rbp, frame->r8,
		  frame->r9);
	log_print(LOG_LEVEL_PANIC, "  r10 %016lx r11 %016lx r12 %016lx", frame->r10, frame->r11,
		  frame->r12);
	log_print(LOG_LEVEL_PANIC, "  r13 %016lx r14 %016lx r15 %016lx", frame->r13, frame->r14,
		  frame->r15);
	log_print(LOG_LEVEL_PANIC, "  cr2 %016lx cr3 %016lx cr4 %08lx", read_cr2(), read_cr3(),
		  read_cr4());
}

static bool is_stack_guard(vaddr_t addr)
{
	return kstack_is_guard(addr) || paging_is_boot_stack_guard(addr);
}

/* What a fatal page fault in the kernel was, in a few words. */
static const char *page_fault_cause(vaddr_t addr, uint64_t code)
{
	bool is_user_addr = addr < ARCH_USER_END;

	if (code & PF_RESERVED)
		return "reserved bit set in a page table";
	if (is_stack_guard(addr))
		return "kernel stack overflow into the guard page";
	if (!(code & PF_PRESENT))
		return code & PF_FETCH ? "execution of an unmapped address" : "address not mapped";
	if (code & PF_FETCH)
		return is_user_addr ? "execution of a user page (SMEP)"
				    : "execution of a page that is not executable";
	if (is_user_addr)
		return "user page touched outside of the user-access gate (SMAP)";
	if (code & PF_WRITE)
		return "write to a read-only page";
	return "read of a protected page";
}

NORETURN static void die_of_page_fault(const struct trap_frame *frame, vaddr_t addr, uint64_t code)
{
	const char *what = code & PF_FETCH ? "fetch" : code & PF_WRITE ? "write" : "read";

	panic_at(frame, "page fault: %s at 0x%lx: %s", what, addr, page_fault_cause(addr, code));
}

NORETURN static void die_of_double_fault(const struct trap_frame *frame)
{
	vaddr_t addr = read_cr2();

	/* The processor could not push the page fault's frame onto the stack. */
	if (is_stack_guard(addr) && frame->rsp - addr < PAGE_SIZE)
		panic_at(frame, "double fault: kernel stack overflow into the guard page at 0x%lx",
			 addr);
	panic_at(frame, "double fault: stack pointer 0x%lx, last page fault at 0x%lx", frame->rsp,
		 addr);
}

/* The entry for a faulting instruction that was known to be doubtful, or NULL. */
static const struct extable_entry *find_fixup(uint64_t insn, bool is_user_addr)
{
	for (const struct extable_entry *entry = __extable_start; entry < __extable_end; entry++) {
		if (entry->insn == insn)
			return entry->kind == EXTABLE_USER && !is_user_addr ? NULL : entry;
	}
	return NULL;
}

/* Whether execution can go on at a fixup. */
static bool fix_access(struct trap_frame *frame, bool is_user_addr)
{
	const struct extable_entry *entry = find_fixup(frame->rip, is_user_addr);

	if (entry)
		frame->rip = entry->fixup;
	return entry;
}

/*
 * Whether the access may be one that the handler has to make possible: by a user
 * program, or through the gate. Anything else in the kernel that touches a user
 * address is a bug, and would fault for ever once the page is there (SMAP).
 */
static bool may_fault_in(const struct trap_frame *frame)
{
	const struct extable_entry *entry;

	if (trap_frame_is_user(frame))
		return true;
	entry = find_fixup(frame->rip, true);
	return entry && entry->kind == EXTABLE_USER;
}

static uint32_t fault_access(uint64_t code)
{
	uint32_t access = 0;

	if (code & PF_WRITE)
		access |= FAULT_WRITE;
	if (code & PF_FETCH)
		access |= FAULT_EXEC;
	if (code & PF_USER)
		access |= FAULT_USER;
	if (code & PF_PRESENT)
		access |= FAULT_PRESENT;
	return access;
}

/* False: there is nobody to tell. */
static bool report_user_fault(struct trap_frame *frame, const struct trap_info *info)
{
	bool is_told;

	if (!trap_hooks.user_fault)
		return false;
	arch_irq_enable();
	is_told = trap_hooks.user_fault(frame, info);
	arch_irq_disable();
	return is_told;
}

static enum trap_cause user_cause(uint64_t vector)
{
	static const uint8_t causes[] = {
		[TRAP_DE] = TRAP_CAUSE_DIVIDE,	       [TRAP_DB] = TRAP_CAUSE_SINGLE_STEP,
		[TRAP_BP] = TRAP_CAUSE_BREAKPOINT,     [TRAP_OF] = TRAP_CAUSE_OVERFLOW,
		[TRAP_BR] = TRAP_CAUSE_BOUND,	       [TRAP_UD] = TRAP_CAUSE_ILLEGAL_INSTRUCTION,
		[TRAP_SS] = TRAP_CAUSE_STACK,	       [TRAP_MF] = TRAP_CAUSE_FLOATING_POINT,
		[TRAP_AC] = TRAP_CAUSE_ALIGNMENT,      [TRAP_MC] = TRAP_CAUSE_MACHINE_CHECK,
		[TRAP_XM] = TRAP_CAUSE_FLOATING_POINT,
	};

	/* Entry 0 of the enum is the page fault, which does not come here. */
	if (vector < ARRAY_SIZE(causes) && causes[vector])
		return (enum trap_cause)causes[vector];
	return TRAP_CAUSE_PROTECTION;
}

static void handle_page_fault(struct trap_frame *frame)
{
	vaddr_t addr = read_cr2();
	uint64_t code = frame->error_code;
	bool had_irqs = (frame->rflags & RFLAGS_IF) != 0;
	int err = -EFAULT;

	/* Only user addresses are ever faulted in; the handler may sleep. */
	if (addr < ARCH_USER_END && had_irqs && trap_hooks.page_fault && may_fault_in(frame)) {
		arch_irq_enable();
		err = trap_hooks.page_fault(frame, addr, fault_access(code));
		arch_irq_disable();
	}
	if (err == 0)
		return;
	if (trap_frame_is_user(frame)) {
		struct trap_info info = {
			.cause = TRAP_CAUSE_PAGE_FAULT,
			.vector = TRAP_PF,
			.error_code = code,
			.addr = addr,
			.access = fault_access(code),
			.err = err,
		};

		if (report_user_fault(frame, &info))
			return;
	}
	if (!(code & PF_USER) && fix_access(frame, addr < ARCH_USER_END))
		return;
	die_of_page_fault(frame, addr, code);
}

DEFINE_PER_CPU(struct trap_entry_counts, trap_entry_counts);

/* Whether a trap came between the kernel's entry and its SWAPGS, or after the last one. */
static bool is_before_swapgs(const struct trap_frame *frame)
{
	return frame->rip == (uint64_t)&syscall_entry || frame->rip == (uint64_t)&syscall_sysret;
}

/* NMIs stop this CPU when another one panics; the only other source is the self-tests. */
static void handle_nmi(struct trap_frame *frame)
{
	struct trap_entry_counts *counts;

	this_cpu_add(preempt_count, PREEMPT_NMI);
	apic_nmi_check_stop();
	counts = this_cpu_ptr(trap_entry_counts);
	counts->nmi++;
	counts->nmi_at_entry += is_before_swapgs(frame);
	if (!counts->expects_nmi)
		log_print(LOG_LEVEL_WARN, "arch: unexpected NMI at 0x%lx", frame->rip);
	this_cpu_add(preempt_count, -PREEMPT_NMI);
}

/*
 * A debug trap in the kernel. Breakpoints are a program's (Intel SDM vol. 3B 18.2),
 * set through its debugger, and hit here when the kernel touches the program's memory
 * or when it came in by MOV SS and SYSCALL: they mean nothing. A single step that got
 * this far ends. Anything else is a bug.
 */
static bool ignore_debug_trap(struct trap_frame *frame, uint64_t dr6)
{
	struct trap_entry_counts *counts = this_cpu_ptr(trap_entry_counts);

	if (!(dr6 & (DR6_BREAKPOINTS | DR6_STEP)))
		return false;
	counts->debug++;
	counts->debug_at_entry += is_before_swapgs(frame);
	frame->rflags = (frame->rflags & ~(uint64_t)RFLAGS_TF) | RFLAGS_RF;
	return true;
}

/* What the processor leaves in DR6 stays until it is cleared; it becomes the error code. */
static bool handle_debug(struct trap_frame *frame)
{
	uint64_t dr6 = read_dr6();

	write_dr6(DR6_RESET);
	frame->error_code = dr6 & (DR6_BREAKPOINTS | DR6_STEP);
	return !trap_frame_is_user(frame) && ignore_debug_trap(frame, dr6);
}

static void handle_exception(struct trap_frame *frame)
{
	switch (frame->vector) {
	case TRAP_PF:
		handle_page_fault(frame);
		return;
	case TRAP_NMI:
		handle_nmi(frame);
		return;
	case TRAP_DB:
		if (handle_debug(frame))
			return;
		break;
	case TRAP_DF:
		die_of_double_fault(frame);
	default:
		break;
	}
	if (trap_frame_is_user(frame)) {
		struct trap_info info = {
			.cause = user_cause(frame->vector),
			.vector = (uint32_t)frame->vector,
			.error_code = frame->error_code,
		};

		if (report_user_fault(frame, &info))
			return;
	}
	/* An address that is not canonical gives no page fault. */
	if (frame->vector == TRAP_GP && !trap_frame_is_user(frame) && fix_access(frame, false))
		return;
	panic_at(frame, "%s%s, error code 0x%lx", trap_name(frame->vector),
		 trap_frame_is_user(frame) ? " in user mode" : "", frame->error_code);
}

static void handle_interrupt(struct trap_frame *frame)
{
	uint32_t vector = (uint32_t)frame->vector;

	this_cpu_add(preempt_count, PREEMPT_IRQ);
	this_cpu_write(trap_interrupted, frame);
	if (vector >= VECTOR_LOCAL_FIRST)
		apic_interrupt(vector);
	else if (vector <= VECTOR_PIC_LAST)
		pic_spurious_interrupt(vector);
	else
		irq_dispatch(vector);
	this_cpu_add(preempt_count, -PREEMPT_IRQ);

	if (this_cpu_read(preempt_need_resched) && this_cpu_read(preempt_count) == 0)
		sched_irq_exit();
}

/* Work that has come up meanwhile, until there is none. True: the frame was changed. */
static bool do_user_work(struct trap_frame *frame)
{
	bool has_changed = false;

	while (trap_hooks.has_user_work()) {
		arch_irq_enable();
		has_changed |= trap_hooks.return_to_user(frame);
		arch_irq_disable();
	}
	return has_changed;
}

/* IRET would fault in the kernel, with the program's GS base loaded: it faults here. */
static void report_bad_pc(struct trap_frame *frame)
{
	struct trap_info info = {.cause = TRAP_CAUSE_PROTECTION, .vector = TRAP_GP};

	if (!report_user_fault(frame, &info))
		panic_at(frame, "user mode was to begin at 0x%lx", frame->rip);
}

void trap_make_frame_safe(struct trap_frame *frame)
{
	arch_user_frame_check(frame);
	while (frame->rip >= ARCH_USER_END) {
		report_bad_pc(frame);
		(void)do_user_work(frame);
		arch_user_frame_check(frame);
	}
}

/* Interrupts stay off when it returns, so that no work can come up before user mode. */
bool trap_finish_user_work(struct trap_frame *frame)
{
	bool has_changed;

	arch_irq_disable();
	has_changed = do_user_work(frame);
	if (UNLIKELY(has_changed))
		trap_make_frame_safe(frame);
	return has_changed;
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector < VECTOR_PIC_BASE)
		handle_exception(frame);
	else
		handle_interrupt(frame);
	if (trap_frame_is_user(frame) && trap_hooks.has_user_work)
		(void)trap_finish_user_work(frame);
}

/*
 * SYSRET reproduces the frame only if rcx and r11 may be lost. On entry rcx was the
 * program counter too; who changed it since did not tell, or said so in vector.
 */
static bool can_sysret(const struct trap_frame *frame)
{
	return frame->rip == frame->rcx && frame->vector == VECTOR_SYSCALL &&
	       !(frame->rflags & (RFLAGS_TF | RFLAGS_RF));
}

NOINLINE COLD static bool finish_slowly(struct trap_frame *frame)
{
	if (trap_finish_user_work(frame))
		return false;
	if (can_sysret(frame))
		return true;
	trap_make_frame_safe(frame);
	return false;
}

bool trap_syscall(struct trap_frame *frame)
{
	trap_hooks.syscall(frame);
	arch_irq_disable();
	if (LIKELY(!trap_hooks.has_user_work() && can_sysret(frame)))
		return true;
	return finish_slowly(frame);
}
