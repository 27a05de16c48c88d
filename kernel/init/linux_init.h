/* themelios.linux-init: a Linux program from the root file system as the first process. */
#ifndef KERNEL_INIT_LINUX_INIT_H
#define KERNEL_INIT_LINUX_INIT_H

/*
 * Runs what the command line asks for, and stops the machine with its status when it
 * ends; returns at once when nothing is asked for.
 */
void linux_init_requested(void);

#endif
