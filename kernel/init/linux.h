/* themelios.linux-run: one Linux program out of the modules, for tests. */
#ifndef KERNEL_INIT_LINUX_H
#define KERNEL_INIT_LINUX_H

/* Runs what the command line asks for and stops the machine with its status. */
void linux_run_requested(void);

#endif
