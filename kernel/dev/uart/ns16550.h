/* 16550 UART: the serial ports COM1 and COM2 of a PC. */
#ifndef KERNEL_DEV_UART_NS16550_H
#define KERNEL_DEV_UART_NS16550_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/core/log.h"
#include "kernel/lib/compiler.h"

#define NS16550_COM1 0u
#define NS16550_COM2 1u
#define NS16550_COUNT 2u

/*
 * Finds the port and sets it to 115200 baud, 8 data bits, no parity, FIFOs on,
 * interrupts off. 0 or -ENODEV. Needs nothing but port I/O, so it may be the
 * first thing a boot does; not while others use the port.
 */
MUST_CHECK int ns16550_init(unsigned int index);

bool ns16550_is_present(unsigned int index);

/*
 * Sends len bytes as they are, waiting by polling where there is no room; what
 * was queued before goes out first. Nothing happens on a port that is absent.
 * Any context, panic included; a port that stops taking bytes loses them after
 * a bounded wait instead of hanging the caller.
 */
void ns16550_write(unsigned int index, const char *text, size_t len);

/* Waits (bounded) until everything queued has left the transmitter. */
void ns16550_flush(unsigned int index);

/*
 * The port as a sink of the log and of the console: '\n' becomes CR LF. Set up
 * by the first call; the storage is the driver's.
 */
struct log_sink *ns16550_log_sink(unsigned int index);

/*
 * From now on the port sends in the background and hands what it receives to
 * console_input(). 0, -ENODEV, or what irq_request_isa() said; the port then
 * still sends by polling. Once, after interrupts work.
 */
MUST_CHECK int ns16550_enable_interrupts(unsigned int index);

/*
 * Connects the transmitter to the receiver inside the chip and passes bytes
 * through: 0, -ENODEV, -ETIMEDOUT, or -EIO when a byte came out changed.
 * Received bytes that nobody took are lost.
 */
MUST_CHECK int ns16550_loopback_test(unsigned int index);

#endif
