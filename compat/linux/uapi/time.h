/* Times, clocks and timers: time(7), clock_gettime(2), timer_settime(2), adjtimex(2). */
#ifndef COMPAT_LINUX_UAPI_TIME_H
#define COMPAT_LINUX_UAPI_TIME_H

#include "compat/linux/uapi/abi.h"

struct linux_timespec {
	int64_t sec;
	int64_t nsec;
};

struct linux_timeval {
	int64_t sec;
	int64_t usec;
};

struct linux_itimerspec {
	struct linux_timespec interval;
	struct linux_timespec value;
};

struct linux_itimerval {
	struct linux_timeval interval;
	struct linux_timeval value;
};

struct linux_timezone {
	int32_t minuteswest;
	int32_t dsttime;
};

struct linux_tms {
	int64_t utime;
	int64_t stime;
	int64_t cutime;
	int64_t cstime;
};

struct linux_utimbuf {
	int64_t actime;
	int64_t modtime;
};

struct linux_timex {
	uint32_t modes;
	uint32_t pad0;
	int64_t offset;
	int64_t freq;
	int64_t maxerror;
	int64_t esterror;
	int32_t status;
	uint32_t pad1;
	int64_t constant;
	int64_t precision;
	int64_t tolerance;
	struct linux_timeval time;
	int64_t tick;
	int64_t ppsfreq;
	int64_t jitter;
	int32_t shift;
	uint32_t pad2;
	int64_t stabil;
	int64_t jitcnt;
	int64_t calcnt;
	int64_t errcnt;
	int64_t stbcnt;
	int32_t tai;
	uint32_t pad3[11];
};

#define LINUX_CLOCK_REALTIME 0
#define LINUX_CLOCK_MONOTONIC 1
#define LINUX_CLOCK_PROCESS_CPUTIME_ID 2
#define LINUX_CLOCK_THREAD_CPUTIME_ID 3
#define LINUX_CLOCK_MONOTONIC_RAW 4
#define LINUX_CLOCK_REALTIME_COARSE 5
#define LINUX_CLOCK_MONOTONIC_COARSE 6
#define LINUX_CLOCK_BOOTTIME 7
#define LINUX_CLOCK_REALTIME_ALARM 8
#define LINUX_CLOCK_BOOTTIME_ALARM 9
#define LINUX_CLOCK_TAI 11

#define LINUX_TIMER_ABSTIME 1
#define LINUX_ITIMER_REAL 0
#define LINUX_ITIMER_VIRTUAL 1
#define LINUX_ITIMER_PROF 2

#define LINUX_TFD_TIMER_ABSTIME 1
#define LINUX_TFD_TIMER_CANCEL_ON_SET 2
#define LINUX_TFD_NONBLOCK 04000
#define LINUX_TFD_CLOEXEC 02000000

#define LINUX_UTIME_NOW 0x3fffffff
#define LINUX_UTIME_OMIT 0x3ffffffe

#define LINUX_ADJ_OFFSET 0x0001
#define LINUX_ADJ_FREQUENCY 0x0002
#define LINUX_ADJ_MAXERROR 0x0004
#define LINUX_ADJ_ESTERROR 0x0008
#define LINUX_ADJ_STATUS 0x0010
#define LINUX_ADJ_TIMECONST 0x0020
#define LINUX_ADJ_TAI 0x0080
#define LINUX_ADJ_SETOFFSET 0x0100
#define LINUX_ADJ_MICRO 0x1000
#define LINUX_ADJ_NANO 0x2000
#define LINUX_ADJ_TICK 0x4000
#define LINUX_ADJ_OFFSET_SINGLESHOT 0x8001
#define LINUX_ADJ_OFFSET_SS_READ 0xa001
#define LINUX_STA_PLL 0x0001
#define LINUX_STA_UNSYNC 0x0040
#define LINUX_STA_NANO 0x2000
#define LINUX_TIME_OK 0
#define LINUX_TIME_ERROR 5

ABI_SIZE(linux_timespec, 16);
ABI_FIELD(linux_timespec, sec, 0);
ABI_FIELD(linux_timespec, nsec, 8);
ABI_SIZE(linux_timeval, 16);
ABI_FIELD(linux_timeval, sec, 0);
ABI_FIELD(linux_timeval, usec, 8);
ABI_SIZE(linux_itimerspec, 32);
ABI_FIELD(linux_itimerspec, interval, 0);
ABI_FIELD(linux_itimerspec, value, 16);
ABI_SIZE(linux_itimerval, 32);
ABI_FIELD(linux_itimerval, interval, 0);
ABI_FIELD(linux_itimerval, value, 16);
ABI_SIZE(linux_timezone, 8);
ABI_FIELD(linux_timezone, minuteswest, 0);
ABI_FIELD(linux_timezone, dsttime, 4);
ABI_SIZE(linux_tms, 32);
ABI_FIELD(linux_tms, utime, 0);
ABI_FIELD(linux_tms, stime, 8);
ABI_FIELD(linux_tms, cutime, 16);
ABI_FIELD(linux_tms, cstime, 24);
ABI_SIZE(linux_utimbuf, 16);
ABI_FIELD(linux_utimbuf, actime, 0);
ABI_FIELD(linux_utimbuf, modtime, 8);
ABI_SIZE(linux_timex, 208);
ABI_FIELD(linux_timex, modes, 0);
ABI_FIELD(linux_timex, offset, 8);
ABI_FIELD(linux_timex, freq, 16);
ABI_FIELD(linux_timex, maxerror, 24);
ABI_FIELD(linux_timex, esterror, 32);
ABI_FIELD(linux_timex, status, 40);
ABI_FIELD(linux_timex, constant, 48);
ABI_FIELD(linux_timex, precision, 56);
ABI_FIELD(linux_timex, tolerance, 64);
ABI_FIELD(linux_timex, time, 72);
ABI_FIELD(linux_timex, tick, 88);
ABI_FIELD(linux_timex, ppsfreq, 96);
ABI_FIELD(linux_timex, jitter, 104);
ABI_FIELD(linux_timex, shift, 112);
ABI_FIELD(linux_timex, stabil, 120);
ABI_FIELD(linux_timex, jitcnt, 128);
ABI_FIELD(linux_timex, calcnt, 136);
ABI_FIELD(linux_timex, errcnt, 144);
ABI_FIELD(linux_timex, stbcnt, 152);
ABI_FIELD(linux_timex, tai, 160);

#endif
