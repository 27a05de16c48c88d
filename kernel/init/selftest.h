/* Self-tests: choosing and running them, and the report. */
#ifndef KERNEL_INIT_SELFTEST_H
#define KERNEL_INIT_SELFTEST_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/*
 * Runs what themelios.selftest names and ends the machine with the result;
 * returns at once when it names nothing.
 */
void selftest_run_requested(void);

/*
 * Runs the tests whose names match the list (see matches() in selftest.c) and
 * reports in TAP on the console. Returns how many failed; *run_out how many ran.
 */
uint32_t selftest_run(const char *list, uint32_t *run_out);

#endif
