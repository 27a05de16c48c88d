#define LOG_PREFIX "mm: "

#include "kernel/mm/fail.h"

#include "kernel/core/cmdline.h"
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"

uint32_t mm_fail_interval;

static uint32_t requested; /* by the command line, until mm_fail_start */
static struct atomic32 calls;
static struct atomic64 injected;

bool mm_fail_count_down(void)
{
	uint32_t interval = READ_ONCE(mm_fail_interval);

	if (interval == 0 || atomic32_inc_return(&calls) % interval != 0)
		return false;
	atomic64_inc(&injected);
	return true;
}

uint32_t mm_fail_every(uint32_t n)
{
	uint32_t before = READ_ONCE(mm_fail_interval);

	WRITE_ONCE(mm_fail_interval, n);
	return before;
}

void mm_fail_start(void)
{
	if (requested == 0)
		return;
	log_info("every %u-th allocation fails, as asked for", requested);
	mm_fail_every(requested);
}

uint64_t mm_fail_injected(void)
{
	return atomic64_load(&injected);
}

static int apply_fail_alloc(const char *value)
{
	uint64_t n;
	int err = cmdline_number(value, UINT32_MAX, &n);

	if (!err)
		requested = (uint32_t)n;
	return err;
}

BOOT_PARAM(fail_alloc, "fail-alloc", apply_fail_alloc,
	   "N: every N-th memory allocation fails once the scheduler runs");
