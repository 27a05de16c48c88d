/*
 * Interrupts: registering handlers, by allocated vector. Handlers run with
 * interrupts off, on the interrupted thread's kernel stack, and must be short.
 */
#ifndef KERNEL_CORE_IRQ_H
#define KERNEL_CORE_IRQ_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

typedef void irq_handler_fn(void *ctx);

/*
 * Takes a free interrupt number for handler: 0 or -ENOSPC. The device side
 * (routing, MSI) is the caller's.
 */
MUST_CHECK int irq_alloc(irq_handler_fn *handler, void *ctx, const char *name, uint32_t *irq_out);

/* Allocates, routes and unmasks an ISA line to the boot CPU: 0 or an error. */
MUST_CHECK int irq_request_isa(uint32_t isa_line, irq_handler_fn *handler, void *ctx,
			       const char *name);

/* Called by the arch for a device interrupt. */
void irq_dispatch(uint32_t irq);

/* Interrupts of this number since boot, all CPUs; for /proc/interrupts. */
uint64_t irq_count(uint32_t irq);
const char *irq_name(uint32_t irq);

#endif
