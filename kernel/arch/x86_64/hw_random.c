/*
 * RDSEED and RDRAND (Intel SDM volume 1, 7.3.17).
 *
 * Both clear the carry flag when they have nothing to give. RDSEED reaches the
 * entropy source itself and runs dry often, so a few failures are normal;
 * RDRAND that fails ten times in a row is broken.
 */
#include "kernel/arch/cpu.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/lib/errno.h"

#define RETRIES 10

static bool read_seed(uint64_t *out)
{
	bool is_valid;

	__asm__ volatile("rdseed %0" : "=r"(*out), "=@ccc"(is_valid));
	return is_valid;
}

static bool read_rand(uint64_t *out)
{
	bool is_valid;

	__asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(is_valid));
	return is_valid;
}

static bool retry(bool (*read)(uint64_t *), uint64_t *out)
{
	uint64_t value;

	for (int i = 0; i < RETRIES; i++) {
		/* Some processors came out of sleep answering all ones for ever. */
		if (read(&value) && value != UINT64_MAX) {
			*out = value;
			return true;
		}
		arch_cpu_relax();
	}
	return false;
}

int arch_hw_random(uint64_t *out)
{
	if (cpu_features.has_rdseed && retry(read_seed, out))
		return 0;
	if (cpu_features.has_rdrand && retry(read_rand, out))
		return 0;
	return -ENODEV;
}
