/* i8042: the PS/2 controller of a PC, with a keyboard on its first port. */
#ifndef KERNEL_DEV_PS2_I8042_H
#define KERNEL_DEV_PS2_I8042_H

#include <stdbool.h>

#include "kernel/lib/compiler.h"

/*
 * Tests the controller and its first port, turns the keyboard on and hands what
 * is typed to console_input(). is_expected is what the firmware says (FADT boot
 * flags; true when it says nothing): false leaves the ports alone.
 *
 * 0; -ENODEV: no controller or no keyboard; -EIO: a test failed; -ETIMEDOUT: it
 * stopped answering; or what irq_request_isa() said. Takes at most 0.5 s.
 */
MUST_CHECK int i8042_init(bool is_expected);

#endif
