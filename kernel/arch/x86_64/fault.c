#include "kernel/arch/fault.h"

#include "kernel/arch/x86_64/gdt.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/lib/string.h"

void arch_fault_double(void)
{
	/* Unmapped, and no stack's guard page: between the areas of the layout. */
	__asm__ volatile("movq %0, %%rsp\n\tpushq $0" ::"r"(ARCH_KMAP_END + 0x100000) : "memory");
}

void arch_fault_user_peek(vaddr_t page, void *frame_vaddr)
{
	/* sgdt -16(%rip), which UMIP refuses before it would write; then int3. */
	static const uint8_t code[] = {0x0f, 0x01, 0x05, 0xf0, 0xff, 0xff, 0xff, 0xcc};
	vaddr_t here = (vaddr_t)__builtin_frame_address(0);

	memcpy(frame_vaddr, code, sizeof(code));
	arch_irq_disable();
	/* Traps come in below this frame, which is never returned to. */
	gdt_set_kernel_stack(ALIGN_DOWN(here - 1024, 16));
	__asm__ volatile("swapgs\n\t"
			 "pushq %0\n\t" /* ss */
			 "pushq $0\n\t" /* rsp */
			 "pushq $2\n\t" /* rflags: interrupts off */
			 "pushq %1\n\t" /* cs */
			 "pushq %2\n\t" /* rip */
			 "iretq"
			 :
			 : "i"(SEL_USER_DATA), "i"(SEL_USER_CODE), "r"(page)
			 : "memory");
}
