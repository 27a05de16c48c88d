#include "compat/linux/pty/termios.h"

#include "kernel/lib/string.h"

/* In the order of the codes 0 to 15 and CBAUDEX | 1 to 15. */
static const uint32_t speeds[] = {
	0,	 50,	  75,	   110,	    134,     150,     200,     300,
	600,	 1200,	  1800,	   2400,    4800,    9600,    19200,   38400,
	57600,	 115200,  230400,  460800,  500000,  576000,  921600,  1000000,
	1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

#define INPUT_SPEED_SHIFT 16 /* CIBAUD is CBAUD for the other direction */

void termios_init(struct linux_termios2 *t)
{
	*t = (struct linux_termios2){
		.iflag = LINUX_ICRNL | LINUX_IXON,
		.oflag = LINUX_OPOST | LINUX_ONLCR,
		.cflag = LINUX_B38400 | LINUX_CS8 | LINUX_CREAD,
		.lflag = LINUX_ISIG | LINUX_ICANON | LINUX_ECHO | LINUX_ECHOE | LINUX_ECHOK |
			 LINUX_ECHOCTL | LINUX_ECHOKE | LINUX_IEXTEN,
		.cc =
			{
				[LINUX_VINTR] = 0x03,
				[LINUX_VQUIT] = 0x1c,
				[LINUX_VERASE] = 0x7f,
				[LINUX_VKILL] = 0x15,
				[LINUX_VEOF] = 0x04,
				[LINUX_VMIN] = 1,
				[LINUX_VSTART] = 0x11,
				[LINUX_VSTOP] = 0x13,
				[LINUX_VSUSP] = 0x1a,
				[LINUX_VREPRINT] = 0x12,
				[LINUX_VDISCARD] = 0x0f,
				[LINUX_VWERASE] = 0x17,
				[LINUX_VLNEXT] = 0x16,
			},
		.ispeed = 38400,
		.ospeed = 38400,
	};
}

/* What a code stands for; other for BOTHER, and for a code that stands for nothing. */
static uint32_t speed_of(uint32_t code, uint32_t other)
{
	uint32_t index = code & 15;

	if ((code & LINUX_CBAUD) == LINUX_BOTHER)
		return other;
	if (code & LINUX_BOTHER)
		index += 15;
	return index < ARRAY_SIZE(speeds) ? speeds[index] : other;
}

void termios_fix_speed(struct linux_termios2 *t)
{
	uint32_t input = t->cflag >> INPUT_SPEED_SHIFT & LINUX_CBAUD;

	t->ospeed = speed_of(t->cflag, t->ospeed);
	/* B0 as the input speed: the same as the output. */
	t->ispeed = input == LINUX_B0 ? t->ospeed : speed_of(input, t->ispeed);
}

void termios_from_old(struct linux_termios2 *t, const struct linux_termios *old)
{
	memcpy(t, old, sizeof(*old));
	termios_fix_speed(t);
}

void termios_to_old(const struct linux_termios2 *t, struct linux_termios *old)
{
	memcpy(old, t, sizeof(*old));
}

static uint32_t lower_half(uint32_t flags, uint16_t half)
{
	return (flags & 0xffff0000) | half;
}

void termios_from_termio(struct linux_termios2 *t, const struct linux_termio *old)
{
	t->iflag = lower_half(t->iflag, old->iflag);
	t->oflag = lower_half(t->oflag, old->oflag);
	t->cflag = lower_half(t->cflag, old->cflag);
	t->lflag = lower_half(t->lflag, old->lflag);
	t->line = old->line;
	memcpy(t->cc, old->cc, sizeof(old->cc));
	termios_fix_speed(t);
}

void termios_to_termio(const struct linux_termios2 *t, struct linux_termio *old)
{
	memset(old, 0, sizeof(*old));
	old->iflag = (uint16_t)t->iflag;
	old->oflag = (uint16_t)t->oflag;
	old->cflag = (uint16_t)t->cflag;
	old->lflag = (uint16_t)t->lflag;
	old->line = t->line;
	memcpy(old->cc, t->cc, sizeof(old->cc));
}
