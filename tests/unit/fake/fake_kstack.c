/* In place of kernel/mm/kstack.c. */
#include "kernel/mm/kstack.h"

#include "kernel/lib/errno.h"
#include "tests/unit/fake/fake.h"

int kstack_alloc(vaddr_t *top_out)
{
	void *stack = fake_alloc(KSTACK_SIZE);

	if (!stack)
		return -ENOMEM;
	*top_out = (vaddr_t)stack + KSTACK_SIZE;
	return 0;
}

void kstack_free(vaddr_t top)
{
	fake_free((void *)(top - KSTACK_SIZE), KSTACK_SIZE);
}

bool kstack_is_guard(vaddr_t vaddr)
{
	(void)vaddr;
	return false;
}

void kstack_reap_this_cpu(void)
{
}
