/*
 * The machine as objects: clock, power, console, log, random numbers. Each is there
 * once; a capability to it, in the slot of the authority that is named after it, is
 * the right to use it.
 */
#ifndef KERNEL_NATIVE_SYSTEM_H
#define KERNEL_NATIVE_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

struct kobject;

/* What the layer above does for these objects. Thread context, no lock held. */
struct system_hooks {
	void (*console_write)(const char *bytes, size_t len);
	/* Ends the machine; neither returns. */
	void (*power_off)(int32_t status);
	void (*restart)(void);
};

/* Once, before the first process. hooks stays the caller's. */
void system_init(const struct system_hooks *hooks);

/* The object for an authority slot (CLOCK, POWER, CONSOLE, KLOG, ENTROPY), or NULL. */
struct kobject *system_object(uint32_t authority_slot);

#endif
