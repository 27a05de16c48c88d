/*
 * Settings of a terminal: defaults, speeds, and the older forms in which programs hand
 * them over (termios(3), ioctl_tty(2)).
 */
#ifndef COMPAT_LINUX_PTY_TERMIOS_H
#define COMPAT_LINUX_PTY_TERMIOS_H

#include "compat/linux/uapi/termios.h"

/* As a terminal is when it is made: canonical, with echo, 38400 baud. */
void termios_init(struct linux_termios2 *t);

/* TCSETS, TCGETS: the speeds follow from cflag. */
void termios_from_old(struct linux_termios2 *t, const struct linux_termios *old);
void termios_to_old(const struct linux_termios2 *t, struct linux_termios *old);

/* TCSETA, TCGETA: only the lower half of the flags and eight characters are set. */
void termios_from_termio(struct linux_termios2 *t, const struct linux_termio *old);
void termios_to_termio(const struct linux_termios2 *t, struct linux_termio *old);

/* Makes the speeds agree with cflag, for TCSETS2: those of BOTHER stay. */
void termios_fix_speed(struct linux_termios2 *t);

#endif
