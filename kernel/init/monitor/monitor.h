/* Kernel monitor: a command line on the console, for looking into a running kernel. */
#ifndef KERNEL_INIT_MONITOR_MONITOR_H
#define KERNEL_INIT_MONITOR_MONITOR_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

/* Runs the self-tests of a list, returns how many failed and in *run_out how many ran. */
typedef uint32_t monitor_selftest_fn(const char *list, uint32_t *run_out);

/*
 * Starts the monitor's thread in debug builds or with themelios.debug; returns
 * at once. docs/monitor.md describes the commands.
 */
void monitor_start(monitor_selftest_fn *run_selftests);

#endif
