/*
 * Timers of Linux processes: setitimer(2), timer_create(2).
 *
 * A process has none until it makes one. All may sleep and want no lock held.
 */
#ifndef COMPAT_LINUX_TIME_LTIMER_H
#define COMPAT_LINUX_TIME_LTIMER_H

struct lprocess;
struct lthread;

/* For the signal part, which has lsignal_process.timers. */
void ltimers_delete_posix(struct lprocess *lp); /* at an exec */
void ltimers_delete_all(struct lprocess *lp);	/* no thread is left */
void ltimers_free(struct lprocess *lp);

#endif
