/* What a handler finds and leaves: rt_sigreturn, sigaltstack, exceptions, registers. */
#include "tests/guest/linux/test.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* An address that the compiler does not know. */
static uintptr_t hide(uintptr_t addr)
{
	__asm__("" : "+r"(addr));
	return addr;
}

static sigjmp_buf escape;
static siginfo_t last;
static volatile uintptr_t handler_sp;
static volatile long trap_number, trap_error;

static void run_away(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	last = *info;
	trap_number = uc->uc_mcontext.gregs[REG_TRAPNO];
	trap_error = uc->uc_mcontext.gregs[REG_ERR];
	siglongjmp(escape, sig);
}

static void catch (int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

static void a_wild_access_is_segv_maperr(void)
{
	catch (SIGSEGV, run_away, 0);
	if (sigsetjmp(escape, 1) == 0) {
		*(volatile int *)hide(0x1230) = 1;
		CHECK(!"reached");
	}
	CHECK_EQ(last.si_signo, SIGSEGV);
	CHECK_EQ(last.si_code, SEGV_MAPERR);
	CHECK_EQ((uintptr_t)last.si_addr, 0x1230);
	CHECK_EQ(trap_number, 14);
	CHECK_EQ(trap_error & 2, 2);
}

static void a_forbidden_access_is_segv_accerr(void)
{
	volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	catch (SIGSEGV, run_away, 0);
	CHECK_EQ(page[5], 0);
	if (sigsetjmp(escape, 1) == 0) {
		page[5] = 1;
		CHECK(!"reached");
	}
	CHECK_EQ(last.si_code, SEGV_ACCERR);
	CHECK(last.si_addr == (void *)(uintptr_t)&page[5]);
	munmap((void *)(uintptr_t)page, 4096);
}

static void a_wild_address_is_segv_by_the_kernel(void)
{
	catch (SIGSEGV, run_away, 0);
	if (sigsetjmp(escape, 1) == 0) {
		*(volatile int *)hide(0x8000000000000000) = 1;
		CHECK(!"reached");
	}
	CHECK_EQ(last.si_code, SI_KERNEL);
	CHECK_EQ(trap_number, 13);
}

static void a_division_by_zero_is_fpe_intdiv(void)
{
	catch (SIGFPE, run_away, 0);
	if (sigsetjmp(escape, 1) == 0) {
		__asm__ volatile("xorl %%ecx, %%ecx\n\tidivl %%ecx" ::"a"(1), "d"(0) : "ecx");
		CHECK(!"reached");
	}
	CHECK_EQ(last.si_signo, SIGFPE);
	CHECK_EQ(last.si_code, FPE_INTDIV);
}

static void a_float_division_by_zero_is_fpe_fltdiv(void)
{
	unsigned short open = 0x37f & ~4;

	catch (SIGFPE, run_away, 0);
	if (sigsetjmp(escape, 1) == 0) {
		__asm__ volatile(
			"fnclex\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" ::"m"(open));
		CHECK(!"reached");
	}
	__asm__ volatile("fninit");
	CHECK_EQ(last.si_code, FPE_FLTDIV);
}

static void an_unknown_instruction_is_ill_illopn(void)
{
	catch (SIGILL, run_away, 0);
	if (sigsetjmp(escape, 1) == 0) {
		__asm__ volatile("ud2");
		CHECK(!"reached");
	}
	CHECK_EQ(last.si_signo, SIGILL);
	CHECK_EQ(last.si_code, ILL_ILLOPN);
}

static volatile int traps;

static void count_trap(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	last = *info;
	traps++;
}

static void a_breakpoint_is_trap_and_goes_on(void)
{
	traps = 0;
	catch (SIGTRAP, count_trap, 0);
	__asm__ volatile("int3");
	CHECK_EQ(traps, 1);
	CHECK_EQ(last.si_code, SI_KERNEL);
}

static void step_off(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	last = *info;
	if (++traps == 3)
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100l;
}

static void a_single_step_is_trap_trace(void)
{
	traps = 0;
	catch (SIGTRAP, step_off, 0);
	__asm__ volatile("subq $128, %%rsp\n\tpushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\t"
			 "nop\n\tnop\n\tnop\n\taddq $128, %%rsp" ::
				 : "memory", "cc");
	CHECK_EQ(traps, 3);
	CHECK_EQ(last.si_code, TRAP_TRACE);
}

static void a_blocked_fault_ends_the_process(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t set;

		catch (SIGSEGV, run_away, 0);
		sigfillset(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
		*(volatile int *)hide(8) = 1;
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

/* --- Registers --- */

static void spoil(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	__asm__ volatile("xorl %%ecx, %%ecx\n\tpxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\t"
			 "pxor %%xmm15, %%xmm15\n\tfninit\n\tfldz\n\tfldz" ::
				 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "rbx",
				   "r12", "r13", "r14", "r15", "xmm0", "xmm7", "xmm15");
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroall");
}

static void registers_survive_a_handler(void)
{
	double in[2] = {1.5, -2.25}, out[2] = {0, 0};
	long pid = getpid(), rbx = 0, r12 = 0, rdx = 0;

	catch (SIGUSR1, spoil, 0);
	__asm__ volatile("movupd (%[in]), %%xmm7\n\t"
			 "movq $0x1111, %%rbx\n\tmovq $0x2222, %%r12\n\tmovq $0x3333, %%rdx\n\t"
			 "movq $62, %%rax\n\tmovq %[pid], %%rdi\n\tmovq $10, %%rsi\n\tsyscall\n\t"
			 "movupd %%xmm7, (%[out])\n\t"
			 "movq %%rbx, %[rbx]\n\tmovq %%r12, %[r12]\n\tmovq %%rdx, %[rdx]"
			 : [rbx] "=m"(rbx), [r12] "=m"(r12), [rdx] "=m"(rdx)
			 : [in] "r"(in), [out] "r"(out), [pid] "m"(pid)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r11", "r12", "xmm7",
			   "memory");
	CHECK_EQ(rbx, 0x1111);
	CHECK_EQ(r12, 0x2222);
	CHECK_EQ(rdx, 0x3333);
	CHECK_EQ(memcmp(in, out, sizeof(in)), 0);
}

static void avx_registers_survive_a_handler(void)
{
	unsigned char in[32], out[32];
	long pid = getpid();

	if (!__builtin_cpu_supports("avx"))
		return;
	for (int i = 0; i < 32; i++)
		in[i] = (unsigned char)(i * 7 + 1);
	catch (SIGUSR1, spoil, 0);
	__asm__ volatile("vmovdqu (%[in]), %%ymm7\n\t"
			 "movq $62, %%rax\n\tmovq %[pid], %%rdi\n\tmovq $10, %%rsi\n\tsyscall\n\t"
			 "vmovdqu %%ymm7, (%[out])\n\tvzeroupper"
			 :
			 : [in] "r"(in), [out] "r"(out), [pid] "m"(pid)
			 : "rax", "rcx", "rsi", "rdi", "r11", "xmm7", "memory");
	CHECK_EQ(memcmp(in, out, sizeof(in)), 0);
}

static void change_result(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RAX] = 4711;
}

static void a_handler_may_change_registers(void)
{
	catch (SIGUSR1, change_result, 0);
	CHECK_EQ(syscall(SYS_kill, getpid(), SIGUSR1), 4711);
}

static void wreck(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	/* Privileged flags, kernel addresses, a broken vector state: for the kernel to refuse. */
	uc->uc_mcontext.gregs[REG_EFL] |= 0x3000;
	uc->uc_mcontext.fpregs->mxcsr = 0xffffffff;
	memset((char *)uc->uc_mcontext.fpregs + 512, 0xff, 64);
}

static void a_wrecked_frame_ends_nobody_else(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		catch (SIGUSR1, wreck, 0);
		raise(SIGUSR1);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	/* Some kernels repair it, others end the program. */
	CHECK(WIFEXITED(status) || WTERMSIG(status) == SIGSEGV);
}

static void a_return_without_a_frame_ends_the_process(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		__asm__ volatile("xorl %%esp, %%esp\n\tmovl $15, %%eax\n\tsyscall" ::: "memory");
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

/* --- The alternate stack --- */

static void note_sp(int sig, siginfo_t *info, void *context)
{
	stack_t now;

	(void)sig;
	(void)info;
	(void)context;
	handler_sp = (uintptr_t)&now;
	traps = sigaltstack(NULL, &now) == 0 ? now.ss_flags : -1;
}

static void a_handler_runs_on_the_alternate_stack(void)
{
	stack_t stack = {.ss_size = 65536}, now;

	stack.ss_sp = malloc(stack.ss_size);
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	catch (SIGUSR1, note_sp, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK(handler_sp > (uintptr_t)stack.ss_sp);
	CHECK(handler_sp < (uintptr_t)stack.ss_sp + stack.ss_size);
	CHECK_EQ(traps, SS_ONSTACK);
	CHECK_EQ(sigaltstack(NULL, &now), 0);
	CHECK_EQ(now.ss_flags, 0);
	catch (SIGUSR1, note_sp, 0);
	raise(SIGUSR1);
	CHECK(handler_sp < (uintptr_t)stack.ss_sp ||
	      handler_sp > (uintptr_t)stack.ss_sp + stack.ss_size);
	stack.ss_flags = SS_DISABLE;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	free(stack.ss_sp);
}

static void bad_stacks_are_refused(void)
{
	char memory[512];
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};

	CHECK_ERR(sigaltstack(&stack, NULL), ENOMEM);
	stack.ss_size = 65536;
	stack.ss_flags = 64;
	CHECK_ERR(syscall(SYS_sigaltstack, &stack, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_sigaltstack, (void *)8, NULL), EFAULT);
}

/* rt_sigreturn: all of the above go through it. */
int main(void)
{
	static const struct test tests[] = {
		{a_wild_access_is_segv_maperr, "a wild access is SIGSEGV, SEGV_MAPERR"},
		{a_forbidden_access_is_segv_accerr, "a forbidden access is SIGSEGV, SEGV_ACCERR"},
		{a_wild_address_is_segv_by_the_kernel,
		 "an impossible address is SIGSEGV, SI_KERNEL"},
		{a_division_by_zero_is_fpe_intdiv, "a division by zero is SIGFPE, FPE_INTDIV"},
		{a_float_division_by_zero_is_fpe_fltdiv, "one of floats is SIGFPE, FPE_FLTDIV"},
		{an_unknown_instruction_is_ill_illopn, "an unknown instruction is SIGILL"},
		{a_breakpoint_is_trap_and_goes_on, "a breakpoint is SIGTRAP, and goes on"},
		{a_single_step_is_trap_trace, "a single step is SIGTRAP, TRAP_TRACE"},
		{a_blocked_fault_ends_the_process, "a fault that is blocked ends the process"},
		{registers_survive_a_handler, "registers survive a handler"},
		{avx_registers_survive_a_handler, "AVX registers survive a handler"},
		{a_handler_may_change_registers, "a handler may change registers"},
		{a_wrecked_frame_ends_nobody_else, "a wrecked frame ends nobody else"},
		{a_return_without_a_frame_ends_the_process,
		 "a return without a frame ends the process"},
		{a_handler_runs_on_the_alternate_stack, "a handler runs on the alternate stack"},
		{bad_stacks_are_refused, "bad stacks are refused"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
