/* Self-tests of the log, the symbol table and per-CPU data. */
#include "kernel/arch/cpu.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/ksym.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/selftest.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static uint64_t last_seq(struct log_record *record)
{
	uint64_t seq = 0;

	while (log_read(seq, record) == 0)
		seq = record->seq + 1;
	return seq;
}

SELFTEST(log_reads_back, "core.log", "records come back in order with level and CPU")
{
	static struct log_record buffer;
	struct log_record *record = &buffer;
	uint64_t seq = last_seq(record);

	log_print(LOG_LEVEL_INFO, "selftest: first %d", 1);
	log_print(LOG_LEVEL_WARN, "selftest: second");
	SELFTEST_CHECK_EQ(log_read(seq, record), 0);
	SELFTEST_CHECK_EQ(record->level, LOG_LEVEL_INFO);
	SELFTEST_CHECK_EQ(record->len, strlen("selftest: first 1"));
	SELFTEST_CHECK(memcmp(record->text, "selftest: first 1", record->len) == 0);
	SELFTEST_CHECK(record->cpu < cpu_online_count());
	SELFTEST_CHECK_EQ(log_read(record->seq + 1, record), 0);
	SELFTEST_CHECK_EQ(record->level, LOG_LEVEL_WARN);
	SELFTEST_CHECK_EQ(log_read(UINT64_MAX, record), -EAGAIN);
}

SELFTEST(symbols_are_found, "core.ksym", "an address in a function is found under its name")
{
	const char *name = "";
	uint64_t offset = 0;

	SELFTEST_CHECK_EQ(ksym_lookup((vaddr_t)&cmdline_parse + 4, &name, &offset), 0);
	SELFTEST_CHECK(strcmp(name, "cmdline_parse") == 0);
	SELFTEST_CHECK_EQ(offset, 4);
	SELFTEST_CHECK_EQ(ksym_lookup(0, &name, &offset), -ENOENT);
	SELFTEST_CHECK_EQ(ksym_lookup((vaddr_t)&name, &name, &offset), -ENOENT);
}

static DEFINE_PER_CPU(uint32_t, probe_counter);

SELFTEST(percpu_is_separate, "core.percpu", "each CPU has its own copy of per-CPU data")
{
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		*cpu_ptr(probe_counter, cpu) = cpu + 100;
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		SELFTEST_CHECK_EQ(*cpu_ptr(probe_counter, cpu), cpu + 100);
		SELFTEST_CHECK_EQ(*cpu_ptr(percpu_cpu_id, cpu), cpu);
	}
	preempt_disable();
	SELFTEST_CHECK_EQ(this_cpu_read(probe_counter), cpu_current() + 100);
	this_cpu_add(probe_counter, 1);
	SELFTEST_CHECK_EQ(*this_cpu_ptr(probe_counter), cpu_current() + 101);
	preempt_enable();
}

static struct spinlock try_lock = SPINLOCK_INIT(LOCK_SELFTEST_INNER);

/* For the analysis this lock is held already, which is the point of the test. */
static bool try_again(void) NO_THREAD_SAFETY_ANALYSIS
{
	if (!spin_trylock(&try_lock))
		return false;
	spin_unlock(&try_lock);
	return true;
}

SELFTEST(trylock, "core.spinlock", "a held spinlock cannot be taken, a released one can")
{
	SELFTEST_REQUIRE(spin_trylock(&try_lock));
	SELFTEST_CHECK(!preempt_can_sleep());
	SELFTEST_CHECK(!try_again());
	spin_unlock(&try_lock);
	SELFTEST_CHECK(try_again());
	SELFTEST_CHECK(preempt_can_sleep());
}
