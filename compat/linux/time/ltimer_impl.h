/* Among this directory's files: a timer, and those of a process. */
#ifndef COMPAT_LINUX_TIME_LTIMER_IMPL_H
#define COMPAT_LINUX_TIME_LTIMER_IMPL_H

#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/signal/queue.h"
#include "compat/linux/time/ltime.h"
#include "compat/linux/time/ltimer.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/idmap.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/work.h"

struct ltimer {
	struct lprocess *lp;	  /* const */
	int32_t clock;		  /* const */
	struct delayed_work work; /* armed under ltimers.mutex, and by itself */

	struct spinlock lock; /* rank LINUX_TIMER */
	bool is_armed GUARDED_BY(&lock);
	int64_t expires GUARDED_BY(&lock);  /* in the clock's own time */
	int64_t interval GUARDED_BY(&lock); /* 0: once */

	/* count times, from the work: no lock held. Const. */
	void (*expired)(struct ltimer *timer, uint32_t count);

	/* Of timer_create(2). */
	int32_t id;
	struct lthread *target; /* const: a reference on its ut; NULL: the process */
	struct signal_entry entry;
};

struct ltimers {
	struct mutex mutex;	   /* rank LINUX_TIMERS: making, setting and deleting */
	struct ltimer interval[3]; /* LINUX_ITIMER_* */
	struct idmap posix;	   /* of struct ltimer */
};

struct ltimer_value {
	int64_t value; /* what is left, at least 1 if it is armed; 0: it is not */
	int64_t interval;
};

/* The process's timers, made at the first call: 0 or -ENOMEM. */
MUST_CHECK int ltimers_of(struct lprocess *lp, struct ltimers **out);

/* The same without making them: -ENOENT. */
MUST_CHECK int ltimers_find(struct lprocess *lp, struct ltimers **out);

void ltimer_init(struct ltimer *timer, struct lprocess *lp, int32_t clock,
		 void (*expired)(struct ltimer *timer, uint32_t count));

/* All with ltimers.mutex held. */
void ltimer_get(struct ltimer *timer, struct ltimer_value *out);
/* value: by the clock; 0 disarms. Nothing of the old setting happens any more. */
void ltimer_set(struct ltimer *timer, int64_t value, int64_t interval);
/* Now, by the timer's clock. */
int64_t ltimer_now(const struct ltimer *timer);

#endif
