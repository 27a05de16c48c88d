/* The first process: from the module that is called init. */
#ifndef KERNEL_INIT_FIRST_H
#define KERNEL_INIT_FIRST_H

#include <stdbool.h>

/* Connects the native calls. Before the first process. */
void first_init(void);

/*
 * Starts it, with all modules, when there is one. When the command line asked for a
 * program to be run and it cannot be, the machine ends with an error.
 */
void first_start(void);

/* Whether themelios.console=com2 was given. */
bool first_uses_com2(void);

#endif
