#include "kernel/arch/clock.h"

#include "kernel/core/percpu.h"
#include "tests/unit/fake/fake.h"

ktime_t arch_clock_now(void)
{
	fake_now += fake_now_step;
	return fake_now;
}

void arch_timer_set(ktime_t deadline)
{
	fake_timer_deadline[cpu_current()] = deadline;
	fake_timer_sets++;
}

int arch_rtc_read(int64_t *seconds_out)
{
	*seconds_out = 1000000000;
	return 0;
}
