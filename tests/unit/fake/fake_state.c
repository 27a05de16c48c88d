/*
 * What the fakes remember. It refers to no stand-in for a function of the kernel,
 * so that a test may link the real file instead of any of them.
 */
#include "tests/unit/fake/fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/spinlock.h"

jmp_buf fake_panic_jump;
bool fake_panic_expected;
char fake_panic_text[256];
char fake_log_text[512];
uint32_t fake_log_count;

struct spinlock *fake_locks[FAKE_LOCKS_MAX];
uint32_t fake_locks_held;

uint64_t fake_random_state;

ktime_t fake_now;
ktime_t fake_now_step;
ktime_t fake_timer_deadline[MAX_CPUS];
uint32_t fake_timer_sets;

size_t fake_bytes_allocated;
uint32_t fake_allocations;
static uint32_t fail_in;

static uint32_t locks_before;
static uint32_t preempt_before;
static bool irqs_before;

void fake_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fake_panic_text, sizeof(fake_panic_text), fmt, args);
	va_end(args);
	fake_panic_finished();
}

void fake_panic_finished(void)
{
	if (fake_panic_expected)
		longjmp(fake_panic_jump, 1);
	fprintf(stderr, "panic: %s\n", fake_panic_text);
	abort();
}

void fake_panic_prepare(void)
{
	fake_panic_expected = true;
	fake_panic_text[0] = '\0';
	locks_before = fake_locks_held;
	preempt_before = this_cpu_read(preempt_count);
	irqs_before = arch_irqs_are_enabled();
}

void fake_panic_finish(bool panicked)
{
	fake_panic_expected = false;
	if (!panicked)
		return;
	while (fake_locks_held > locks_before) {
		struct spinlock *lock = fake_locks[--fake_locks_held];

		lock->owner = lock->next;
	}
	this_cpu_write(preempt_count, preempt_before);
	arch_irq_restore(irqs_before);
}

void fake_fail_alloc(uint32_t n)
{
	fail_in = n;
}

bool fake_alloc_fails(void)
{
	return fail_in && --fail_in == 0;
}

/* In front of each block; the sanitizer watches everything behind it. */
struct header {
	size_t size;
	size_t mark;
};

#define MARK_ALIVE 0x600df00du

void *fake_alloc(size_t size)
{
	struct header *header;

	if (fake_alloc_fails())
		return NULL;
	header = malloc(sizeof(*header) + size);
	if (!header)
		abort();
	header->size = size;
	header->mark = MARK_ALIVE;
	memset(header + 1, 0xa5, size);
	fake_bytes_allocated += size;
	fake_allocations++;
	return header + 1;
}

void fake_free(void *mem, size_t size)
{
	struct header *header = (struct header *)mem - 1;

	if (header->mark != MARK_ALIVE)
		fake_panic("freed what was not allocated");
	if (header->size != size)
		fake_panic("allocated %zu bytes, freed %zu", header->size, size);
	fake_bytes_allocated -= size;
	fake_allocations--;
	free(header);
}

void fake_random_seed(uint64_t seed)
{
	fake_random_state = seed;
}

void fake_reset(void)
{
	if (fake_locks_held)
		fake_panic("%u locks are held", fake_locks_held);
	if (fake_allocations)
		fake_panic("%u allocations are not freed", fake_allocations);

	fake_cpus_init(1);
	fake_irqs_on = true;
	fake_reschedules = 0;
	fake_on_relax = NULL;
	fake_on_wait = NULL;
	fake_on_schedule = NULL;
	fake_io_read = NULL;
	fake_io_write = NULL;
	fake_now = 0;
	fake_now_step = 0;
	fake_timer_sets = 0;
	for (cpu_id_t cpu = 0; cpu < MAX_CPUS; cpu++)
		fake_timer_deadline[cpu] = KTIME_FOREVER;
	fake_log_count = 0;
	fake_log_text[0] = '\0';
	fake_fail_alloc(0);
	fake_random_seed(0);
}
