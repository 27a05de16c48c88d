/* Deliberate faults, to prove that each is reported for what it is. */
#ifndef KERNEL_INIT_FAULT_H
#define KERNEL_INIT_FAULT_H

/* Commits the fault that themelios.fault names; returns when it names none. */
void fault_run_requested(void);

#endif
