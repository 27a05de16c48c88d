#include "kernel/core/selftest.h"
#include "kernel/dev/uart/ns16550.h"

/* COM2, not the console: what is typed must not get lost. */
SELFTEST(console_uart, "console.uart", "the serial port gives back in loopback what it was sent")
{
	if (!ns16550_is_present(NS16550_COM2))
		return;
	SELFTEST_CHECK_EQ(ns16550_loopback_test(NS16550_COM2), 0);
	/* And once more, so that the first run is known to have left it in order. */
	SELFTEST_CHECK_EQ(ns16550_loopback_test(NS16550_COM2), 0);
}
