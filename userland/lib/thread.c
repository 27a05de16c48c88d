#include "userland/lib/native.h"

/* At the top of a thread's stack. */
struct thread_begin {
	void (*fn)(void *arg);
	void *arg;
};

void native_thread_entry(void);
_Noreturn void native_thread_run(struct thread_begin *begin);

_Noreturn void native_thread_run(struct thread_begin *begin)
{
	begin->fn(begin->arg);
	for (;;)
		(void)native_thread_exit();
}

int64_t native_thread_start(void (*fn)(void *arg), void *arg)
{
	struct thread_begin *begin;
	int64_t stack;
	int64_t err;

	stack = native_mem_map(NATIVE_NO_SLOT, 0, NATIVE_STACK_SIZE, 0,
			       NATIVE_PROT_READ | NATIVE_PROT_WRITE, 0);
	if (stack < 0)
		return stack;
	begin = (struct thread_begin *)(stack + NATIVE_STACK_SIZE) - 1;
	begin->fn = fn;
	begin->arg = arg;
	err = native_thread_create((uint64_t)native_thread_entry, (uint64_t)begin, (uint64_t)begin);
	if (err)
		(void)native_mem_unmap((uint64_t)stack, NATIVE_STACK_SIZE);
	return err;
}
