/* The personality that the self-tests' programs run under. */
#ifndef KERNEL_TASK_SELFTEST_PERSONALITY_H
#define KERNEL_TASK_SELFTEST_PERSONALITY_H

#include "kernel/core/time.h"
#include "kernel/task/personality.h"
#include "kernel/task/selftest_impl.h"

extern const struct personality_ops test_personality;

/* What the next process without a parent will be told. */
void test_personality_prepare(struct test_run *run);

#endif
