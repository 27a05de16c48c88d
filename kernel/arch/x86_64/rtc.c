/*
 * The battery clock (Motorola MC146818A data sheet).
 *
 * The date is in registers that the chip updates once a second. While it does,
 * they read as anything, so they are read when no update is announced, twice,
 * until two readings agree: an update that came between would show.
 */
#include "kernel/arch/clock.h"
#include "kernel/arch/io.h"
#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71
#define NMI_DISABLED 0x80 /* in the index; left clear */

#define REG_SECONDS 0x00
#define REG_MINUTES 0x02
#define REG_HOURS 0x04
#define REG_DAY 0x07
#define REG_MONTH 0x08
#define REG_YEAR 0x09
#define REG_STATUS_A 0x0a
#define STATUS_A_UPDATING 0x80
#define REG_STATUS_B 0x0b
#define STATUS_B_24H 0x02
#define STATUS_B_BINARY 0x04
#define HOUR_PM 0x80

#define READ_TRIES 16
#define UPDATE_TIMEOUT_NS (NSEC_PER_SEC / 10) /* an update takes 2 ms */

struct rtc_date {
	uint8_t second, minute, hour, day, month, year, century;
};

/* The index and the data register are one access. */
static struct spinlock cmos_lock = SPINLOCK_INIT(LOCK_DEVICE);

static uint8_t cmos_read(uint8_t reg)
{
	irqflags_t flags = spin_lock_irqsave(&cmos_lock);
	uint8_t value;

	arch_io_write8(CMOS_INDEX, (uint8_t)(reg & ~NMI_DISABLED));
	value = arch_io_read8(CMOS_DATA);
	spin_unlock_irqrestore(&cmos_lock, flags);
	return value;
}

static int wait_no_update(void)
{
	ktime_t limit = arch_clock_now() + UPDATE_TIMEOUT_NS;

	while (cmos_read(REG_STATUS_A) & STATUS_A_UPDATING) {
		if (arch_clock_now() > limit)
			return -EIO;
		arch_cpu_relax();
	}
	return 0;
}

static void read_once(struct rtc_date *date)
{
	uint8_t century_reg = acpi_platform.has_fadt ? acpi_platform.fadt.century_reg : 0;

	date->second = cmos_read(REG_SECONDS);
	date->minute = cmos_read(REG_MINUTES);
	date->hour = cmos_read(REG_HOURS);
	date->day = cmos_read(REG_DAY);
	date->month = cmos_read(REG_MONTH);
	date->year = cmos_read(REG_YEAR);
	date->century = century_reg ? cmos_read(century_reg) : 0;
}

static int read_stable(struct rtc_date *out)
{
	struct rtc_date again;

	for (int i = 0; i < READ_TRIES; i++) {
		if (wait_no_update() != 0)
			return -EIO;
		read_once(out);
		if (wait_no_update() != 0)
			return -EIO;
		read_once(&again);
		if (memcmp(out, &again, sizeof(again)) == 0)
			return 0;
	}
	return -EIO;
}

static uint8_t from_bcd(uint8_t value)
{
	return (uint8_t)((value >> 4) * 10 + (value & 15));
}

/* Binary, 24 hours. */
static void decode(struct rtc_date *date, uint8_t status_b)
{
	bool is_pm = !(status_b & STATUS_B_24H) && (date->hour & HOUR_PM);

	if (!(status_b & STATUS_B_24H))
		date->hour &= (uint8_t)~HOUR_PM;
	if (!(status_b & STATUS_B_BINARY)) {
		date->second = from_bcd(date->second);
		date->minute = from_bcd(date->minute);
		date->hour = from_bcd(date->hour);
		date->day = from_bcd(date->day);
		date->month = from_bcd(date->month);
		date->year = from_bcd(date->year);
		date->century = from_bcd(date->century);
	}
	if (!(status_b & STATUS_B_24H))
		date->hour = (uint8_t)(date->hour % 12 + (is_pm ? 12 : 0));
}

/*
 * Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted
 * from March, so that the leap day is the last of its year.
 */
static int64_t days_since_1970(int64_t year, uint32_t month, uint32_t day)
{
	int64_t march_year = month > 2 ? year : year - 1;
	uint32_t march_month = month > 2 ? month - 3 : month + 9;
	int64_t leap_days = march_year / 4 - march_year / 100 + march_year / 400;
	uint32_t day_of_year = (153 * march_month + 2) / 5 + day - 1;

	return march_year * 365 + leap_days + day_of_year - 719468;
}

int arch_rtc_read(int64_t *seconds_out)
{
	struct rtc_date date;
	int64_t year, days;

	if (acpi_platform.has_fadt && !acpi_platform.fadt.has_cmos_rtc)
		return -EIO;
	if (read_stable(&date) != 0)
		return -EIO;
	decode(&date, cmos_read(REG_STATUS_B));
	/* An absent chip reads as all ones, a dead battery as anything. */
	if (date.second > 60 || date.minute > 59 || date.hour > 23 || date.day < 1 ||
	    date.day > 31 || date.month < 1 || date.month > 12 || date.year > 99)
		return -EIO;

	if (date.century >= 19 && date.century <= 29)
		year = date.century * 100l + date.year;
	else
		year = date.year + (date.year < 70 ? 2000 : 1900);
	days = days_since_1970(year, date.month, date.day);
	*seconds_out = ((days * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
	return 0;
}
