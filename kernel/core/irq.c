#include "kernel/core/irq.h"

#include "kernel/arch/irq.h"
#include "kernel/core/random.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"

struct irq {
	irq_handler_fn *handler; /* set last, read by irq_dispatch */
	void *ctx;
	const char *name;
	struct atomic64 count;
};

static struct spinlock table_lock = SPINLOCK_INIT(LOCK_IRQ_TABLE);
static struct irq irqs[ARCH_IRQ_COUNT]; /* entries change under table_lock */
static struct atomic64 unexpected_count;

int irq_alloc(irq_handler_fn *handler, void *ctx, const char *name, uint32_t *irq_out)
{
	irqflags_t flags = spin_lock_irqsave(&table_lock);
	int err = -ENOSPC;

	for (uint32_t i = ARCH_IRQ_FIRST; i <= ARCH_IRQ_LAST; i++) {
		if (irqs[i].handler)
			continue;
		irqs[i].ctx = ctx;
		irqs[i].name = name;
		/* Pairs with the load in irq_dispatch: ctx is there first. */
		store_release(&irqs[i].handler, handler);
		*irq_out = i;
		err = 0;
		break;
	}
	spin_unlock_irqrestore(&table_lock, flags);
	return err;
}

int irq_request_isa(uint32_t isa_line, irq_handler_fn *handler, void *ctx, const char *name)
{
	uint32_t irq;
	int err = irq_alloc(handler, ctx, name, &irq);

	if (err)
		return err;
	err = arch_irq_route_isa(isa_line, irq, 0);
	if (err) {
		store_release(&irqs[irq].handler, NULL);
		return err;
	}
	arch_irq_unmask_isa(isa_line);
	return 0;
}

void irq_dispatch(uint32_t irq)
{
	irq_handler_fn *handler = load_acquire(&irqs[irq].handler);

	if (handler) {
		atomic64_inc(&irqs[irq].count);
		random_add_event(irq);
		handler(irqs[irq].ctx);
	} else {
		atomic64_inc(&unexpected_count);
	}
	arch_irq_eoi();
}

uint64_t irq_count(uint32_t irq)
{
	return irq < ARCH_IRQ_COUNT ? atomic64_load(&irqs[irq].count) : 0;
}

const char *irq_name(uint32_t irq)
{
	return irq < ARCH_IRQ_COUNT && irqs[irq].handler ? irqs[irq].name : NULL;
}
