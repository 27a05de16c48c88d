/*
 * The line discipline against Linux's: the same settings, keys, reads and writes go to
 * our pseudo-terminal and to one of the Linux that runs this test, and what comes out
 * must be the same.
 *
 * Linux moves bytes between the ends in a worker; a read that finds nothing waits for
 * it. So every step ends with reads of both ends until there is nothing left. Where
 * that would take away what the test is about, the test waits until Linux has as much
 * to read as we have.
 */
#include "compat/linux/pty/ldisc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compat/linux/pty/termios.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/errno.h"

#include "tests/unit/fake/fake.h"
#include "tests/unit/linux/pty_pair.h"
#include "tests/unit/unit.h"

static bool has_host;
static struct log logs[2]; /* Linux's, ours */
static struct log script;  /* what was done */
static struct linux_termios2 settings;

void log_add(struct log *log, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(log->text + log->len, sizeof(log->text) - log->len, fmt, args);
	va_end(args);
	log->len += (size_t)len;
	assert_true(log->len < sizeof(log->text));
}

void log_bytes(struct log *log, const char *what, const uint8_t *bytes, size_t len)
{
	log_add(log, "%s %zu \"", what, len);
	for (size_t i = 0; i < len; i++)
		if (len > 300 && i == 60)
			i = len - 60;
		else if (isprint(bytes[i]) && bytes[i] != '\\' && bytes[i] < 0x80)
			log_add(log, "%c", bytes[i]);
		else
			log_add(log, "\\x%02x", bytes[i]);
	log_add(log, "\"\n");
}

static const struct pair_ops *pair(int i)
{
	return i == 0 ? &host_pair : &our_pair;
}

static void forget(void)
{
	for (int i = 0; i < 2; i++) {
		logs[i].len = 0;
		logs[i].text[0] = '\0';
	}
}

/* Compares what the last step did, and forgets it. */
static void compare(void)
{
	if (getenv("LDISC_LOG"))
		printf("%s--\n%s\n%s", script.text, logs[0].text, logs[1].text);
	if (strcmp(logs[0].text, logs[1].text) != 0)
		fail_msg("the script:\n%sLinux:\n%sours:\n%s", script.text, logs[0].text,
			 logs[1].text);
	forget();
}

static void log_signals(int i)
{
	static const uint8_t watched[] = {LINUX_SIGINT, LINUX_SIGQUIT, LINUX_SIGTSTP,
					  LINUX_SIGWINCH};

	for (size_t k = 0; k < ARRAY_SIZE(watched); k++) {
		uint32_t count = pair(i)->signals(watched[k]);

		if (count > 0)
			log_add(&logs[i], "signal %u x %u\n", watched[k], count);
	}
}

/* Lines are read one by one. Pieces of a stream say nothing: they are put together. */
static void drain_slave(int i, size_t size)
{
	bool is_raw = !(settings.lflag & LINUX_ICANON) || settings.lflag & LINUX_EXTPROC;
	uint8_t buf[16384];
	size_t len = 0;

	for (int k = 0; k < 10000; k++) {
		long n = pair(i)->slave_read(buf + len, size);

		if (n == -EAGAIN || (n == 0 && !(settings.lflag & LINUX_ICANON))) {
			if (len > 0)
				log_bytes(&logs[i], "stream", buf, len);
			return;
		}
		if (n < 0)
			log_add(&logs[i], "slave error %ld\n", n);
		else if (n == 0 || !is_raw)
			log_bytes(&logs[i], "slave reads", buf, (size_t)n);
		else
			len += (size_t)n;
		assert_true(len + size <= sizeof(buf));
	}
	fail_msg("the slave's input has no end");
}

static size_t drain_master(int i, bool is_packet)
{
	static uint8_t buf[65536];
	size_t len = 0;

	for (;;) {
		long n = pair(i)->master_read(buf + len, sizeof(buf) - len);

		if (n < 0) {
			if (n != -EAGAIN)
				log_add(&logs[i], "master error %ld\n", n);
			break;
		}
		if (is_packet)
			log_bytes(&logs[i], "packet", buf, (size_t)n);
		else
			len += (size_t)n;
	}
	if (len > 0)
		log_bytes(&logs[i], "screen", buf, len);
	return len;
}

static size_t read_size = 4096;
static bool packets;
/*
 * With ECHOPRT and without ECHOCTL, Linux 6.18 can lose count of its echo and show the
 * whole buffer of it. A random script that gets there ends.
 */
static bool has_host_lost_count;
#define MORE_THAN_A_STEP_SHOWS 2000
static bool is_random;

static void settle(void)
{
	for (int i = 0; i < 2; i++) {
		drain_slave(i, read_size);
		if (drain_master(i, packets) > MORE_THAN_A_STEP_SHOWS && i == 0)
			has_host_lost_count = is_random;
		log_signals(i);
		log_add(&logs[i], "writable %d\n", pair(i)->is_writable());
	}
	if (has_host_lost_count)
		forget();
	compare();
}

static void begin(void)
{
	script.len = 0;
	script.text[0] = '\0';
	packets = false;
	read_size = 4096;
	has_host_lost_count = false;
	fake_reset();
	for (int i = 0; i < 2; i++) {
		pair(i)->open();
		pair(i)->get_termios(&settings);
		log_bytes(&logs[i], "termios", (const uint8_t *)&settings, sizeof(settings));
	}
	compare();
}

static void end(void)
{
	for (int i = 0; i < 2; i++)
		pair(i)->close();
	fake_reset();
}

static void apply_how(bool flush)
{
	log_add(&script, "termios i %o o %o l %o min %u time %u%s\n", settings.iflag,
		settings.oflag, settings.lflag, settings.cc[LINUX_VMIN], settings.cc[LINUX_VTIME],
		flush ? " flush" : "");
	for (int i = 0; i < 2; i++) {
		struct linux_termios2 t;

		pair(i)->set_termios(&settings, flush);
		pair(i)->get_termios(&t);
		log_bytes(&logs[i], "termios", (const uint8_t *)&t, sizeof(t));
	}
	compare();
}

static void apply(uint32_t iflag, uint32_t oflag, uint32_t lflag)
{
	settings.iflag = iflag;
	settings.oflag = oflag;
	settings.lflag = lflag;
	apply_how(false);
}

static void key_in(const uint8_t *bytes, size_t len)
{
	log_bytes(&script, "type", bytes, len);
	for (int i = 0; i < 2; i++)
		for (size_t done = 0; done < len;) {
			long n = pair(i)->master_write(bytes + done, len - done);

			if (n < 0) {
				log_add(&logs[i], "master write %ld\n", n);
				break;
			}
			done += (size_t)n;
		}
}

static void type_bytes(const uint8_t *bytes, size_t len)
{
	key_in(bytes, len);
	settle();
}

static void type(const char *text)
{
	type_bytes((const uint8_t *)text, strlen(text));
}

/* Nothing is read: Linux gets the time it needs. */
static void type_unread(const char *text)
{
	key_in((const uint8_t *)text, strlen(text));
	for (int k = 0; k < 2000 && pair(0)->readable_count() != pair(1)->readable_count(); k++)
		usleep(1000);
	for (int i = 0; i < 2; i++)
		log_add(&logs[i], "count %u\n", pair(i)->readable_count());
	compare();
}

static void write_bytes(const uint8_t *bytes, size_t len)
{
	log_bytes(&script, "write", bytes, len);
	for (int i = 0; i < 2; i++)
		log_add(&logs[i], "wrote %ld\n", pair(i)->slave_write(bytes, len));
	settle();
}

static void print(const char *text)
{
	write_bytes((const uint8_t *)text, strlen(text));
}

static void read_timed(size_t len)
{
	uint8_t buf[4096];

	log_add(&script, "timed read of %zu\n", len);
	for (int i = 0; i < 2; i++) {
		long n = pair(i)->slave_read_timed(buf, len);

		log_bytes(&logs[i], "timed read", buf, n > 0 ? (size_t)n : 0);
	}
	compare();
}

static void read_once(size_t len)
{
	uint8_t buf[4096];

	log_add(&script, "read of %zu\n", len);
	for (int i = 0; i < 2; i++) {
		long n = pair(i)->slave_read(buf, len);

		log_add(&logs[i], "%ld ", n);
		log_bytes(&logs[i], "read", buf, n > 0 ? (size_t)n : 0);
		log_add(&logs[i], "count %u\n", pair(i)->readable_count());
	}
	compare();
}

#define COOKED_I (LINUX_ICRNL | LINUX_IXON)
#define COOKED_O (LINUX_OPOST | LINUX_ONLCR)
#define COOKED_L                                                                                   \
	(LINUX_ISIG | LINUX_ICANON | LINUX_ECHO | LINUX_ECHOE | LINUX_ECHOK | LINUX_ECHOCTL |      \
	 LINUX_ECHOKE | LINUX_IEXTEN)

/* --- Tests --- */

static void editing(void **state)
{
	static const uint32_t modes[] = {
		COOKED_L,
		COOKED_L & ~LINUX_ECHOE,
		COOKED_L & ~LINUX_ECHOKE,
		COOKED_L & ~(LINUX_ECHOKE | LINUX_ECHOK),
		COOKED_L & ~LINUX_ECHOCTL,
		COOKED_L | LINUX_ECHOPRT,
		COOKED_L & ~LINUX_ECHO,
		(COOKED_L & ~LINUX_ECHO) | LINUX_ECHONL,
		COOKED_L & ~LINUX_IEXTEN,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		begin();
		apply(COOKED_I, COOKED_O, modes[i]);
		type("hello\n");
		type("helo\x7f\x7flo\r");
		type("\x7fone two, three_4  \x17\x17x\n");
		type("gone\x15kept\n");
		type("\x01\x02\x7f\x7f\x7f\x7f!\n");
		type("a\tb\t\x7f\x7f\x7fz\n");
		type("12345678\t9\t\x7f\x7f\x7f\x7f\n");
		type("\x16\x03\x16\x7f\x16\n\n");
		type("abc\x12more\n");
		type("ab\x16");
		type("\x15"
		     "cd\n");
		type("\xc3\xa9\x7f\xe9\x7f\n");
		type("x\x04y\x04\x04\n");
		end();
	}
}

static void utf8(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		begin();
		apply(COOKED_I | LINUX_IUTF8, COOKED_O, COOKED_L | (i ? LINUX_ECHOPRT : 0));
		type("a\xc3\xa9\x7f"
		     "b\n");
		type("\xe2\x82\xac\xe2\x82\xac\t\x7f\x7fz\n");
		type("\x82\xac\x7f\x7f\n");
		type("gr\xc3\xbc\xc3\x9f e\x17!\n");
		end();
	}
}

static void line_ends(void **state)
{
	(void)state;
	begin();
	settings.cc[LINUX_VEOL] = 'x';
	settings.cc[LINUX_VEOL2] = 'y';
	apply(COOKED_I, COOKED_O, COOKED_L);
	type("oneatwoxthreeyfour\n");
	read_size = 3;
	type("abc\x04"
	     "abc\x04\x04"
	     "abcdef\x04\n");
	read_size = 1;
	type("ab\n\x04\n");
	apply(COOKED_I | LINUX_IGNCR, COOKED_O, COOKED_L);
	type("a\rb\n");
	apply(LINUX_INLCR, COOKED_O, COOKED_L);
	type("a\nb\rcx");
	apply(LINUX_ISTRIP | LINUX_ICRNL | LINUX_IUCLC, COOKED_O, COOKED_L);
	type("\xe1\xc2"
	     "AbC\x8a\r");
	apply(LINUX_PARMRK | LINUX_ICRNL, COOKED_O, COOKED_L);
	type("\xff\xff\x7fz\r");
	end();
}

static void signals(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		begin();
		apply(COOKED_I, COOKED_O, COOKED_L | (i ? LINUX_NOFLSH : 0));
		type("lost");
		type("\x03");
		type("kept\n");
		type("a\x04");
		type("more");
		type("\x1c");
		type("\n");
		type("\x1a"
		     "fg\n");
		apply(COOKED_I, COOKED_O, COOKED_L & ~LINUX_ISIG);
		type("\x03\x1c\x1a\n");
		apply(COOKED_I, COOKED_O, COOKED_L & ~LINUX_ECHO);
		type("\x03");
		type("x\n");
		end();
	}
}

static void raw_mode(void **state)
{
	(void)state;
	begin();
	apply(0, 0, 0);
	settings.cc[LINUX_VMIN] = 1;
	type("abc\r\n\x03\x04\x7f\x11\x13");
	print("a\tb\r\n");
	apply(LINUX_ICRNL, 0, LINUX_ECHO | LINUX_ECHOCTL);
	type("a\n\r\x01\x7f\t");
	apply(0, COOKED_O, LINUX_ECHO);
	type("a\n\r\x01\x7f\t");
	apply(LINUX_INLCR, COOKED_O, LINUX_ECHO | LINUX_ECHOCTL);
	type("a\n\r\x01\x7f\t");
	end();
}

static void output(void **state)
{
	static const uint32_t modes[] = {
		0,
		LINUX_OPOST,
		COOKED_O,
		COOKED_O | LINUX_XTABS,
		LINUX_OPOST | LINUX_OCRNL,
		LINUX_OPOST | LINUX_OCRNL | LINUX_ONLRET,
		LINUX_OPOST | LINUX_ONOCR,
		LINUX_OPOST | LINUX_ONOCR | LINUX_OCRNL | LINUX_ONLCR,
		LINUX_OPOST | LINUX_ONLRET,
		LINUX_OPOST | LINUX_OLCUC,
		COOKED_O | LINUX_XTABS | LINUX_ONLRET | LINUX_ONOCR,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		begin();
		apply(COOKED_I, modes[i], COOKED_L);
		print("a\tbc\td\n");
		print("\r\rxy\r\nz\b\b\b\tq\n\t\t1\n");
		print("\xe4\xf6\xfc\xdf\xff stra\xdf"
		      "e\x01\n");
		type("ab\tc\x7f\x7f\n");
		print("prompt> ");
		type("\tx\x7f\x7f\n");
		end();
	}
}

static void flow(void **state)
{
	(void)state;
	begin();
	print("one");
	type("\x13");
	print("two");
	type("typed\n");
	type("\x7f\x15\n");
	type("\x11");
	print("three");
	type("\x13");
	type("x");
	apply(COOKED_I | LINUX_IXANY, COOKED_O, COOKED_L);
	type("y\n");
	type("\x13"
	     "a");
	type("\x13");
	type("\x03");
	type("\x13");
	apply(LINUX_ICRNL, COOKED_O, COOKED_L);
	print("four");
	apply(COOKED_I, COOKED_O, COOKED_L);
	for (uint32_t action = 0; action < 4; action++) {
		log_add(&script, "flow %u\n", action);
		for (int i = 0; i < 2; i++)
			pair(i)->flow(action);
		settle();
		print("five");
		type("\x11");
		print("six");
		type("q\n");
	}
	type("\x13");
	for (int i = 0; i < 2; i++)
		pair(i)->flow(LINUX_TCOON);
	print("seven");
	end();
}

static void changes_with_pending_input(void **state)
{
	(void)state;
	begin();
	type("part");
	apply(0, COOKED_O, 0);
	settle();
	apply(COOKED_I, COOKED_O, COOKED_L);
	type("a\x04");
	type_unread("one\ntwo\nthr\x04tail");
	read_once(2);
	apply(0, COOKED_O, 0);
	for (int i = 0; i < 2; i++)
		log_add(&logs[i], "count %u\n", pair(i)->readable_count());
	settle();
	settings.cc[LINUX_VMIN] = 255;
	apply(0, COOKED_O, 0);
	type_unread("raw bytes, no line");
	read_once(3);
	apply(COOKED_I, COOKED_O, COOKED_L);
	read_once(4);
	settle();
	apply(0, COOKED_O, 0);
	type_unread("with\nlines\n");
	apply(COOKED_I, COOKED_O, COOKED_L);
	type("edit\x7f\x7f\n");
	type_unread("gone\n");
	settings.lflag &= ~LINUX_ECHO;
	apply_how(true);
	settle();
	type("\x16");
	apply(COOKED_I, COOKED_O, COOKED_L & ~LINUX_ICANON);
	type("\x03");
	end();
}

static void counts(void **state)
{
	(void)state;
	begin();
	type_unread("one\n");
	type_unread("two\nab\x04"
		    "cd");
	read_once(2);
	read_once(100);
	read_once(1);
	read_once(3);
	read_once(1);
	read_once(1);
	read_once(100);
	type_unread("\n");
	for (uint32_t queue = 0; queue < 3; queue++) {
		type_unread("flush me\n");
		for (int i = 0; i < 2; i++)
			pair(i)->flush(false, queue);
		for (int i = 0; i < 2; i++)
			log_add(&logs[i], "count %u\n", pair(i)->readable_count());
		compare();
		for (int i = 0; i < 2; i++)
			drain_slave(i, 4096);
		compare();
	}
	end();
}

static void fill(char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (char)('a' + i % 26);
	buf[len] = '\0';
}

static void limits(void **state)
{
	static const size_t sizes[] = {4094, 4095, 4096, 4097, 5000, 9000};
	static char text[10001];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		begin();
		apply(COOKED_I, COOKED_O, COOKED_L & ~LINUX_ECHO);
		fill(text, sizes[i]);
		type(text);
		type("\n");
		type("next\n");
		type(text);
		type("\x7f\x7f!\n");
		type("line\n");
		strcpy(text + sizes[i], "\nand\n");
		type(text);
		settings.cc[LINUX_VMIN] = 1;
		apply(0, 0, 0);
		read_size = 60;
		fill(text, sizes[i]);
		type(text);
		end();
	}
}

static void timed_reads(void **state)
{
	static const struct {
		uint8_t min, time;
		size_t typed, wanted;
	} cases[] = {
		{0, 0, 0, 10}, {0, 0, 3, 10}, {0, 1, 0, 10}, {0, 1, 3, 10}, {5, 1, 3, 10},
		{5, 0, 5, 10}, {5, 1, 7, 10}, {5, 0, 3, 3},  {5, 1, 3, 2},
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		apply(0, 0, 0);
		settings.cc[LINUX_VMIN] = cases[i].min;
		settings.cc[LINUX_VTIME] = cases[i].time;
		apply(0, 0, 0);
		fill(text, cases[i].typed);
		type_unread(text);
		read_timed(cases[i].wanted);
		settle();
		end();
	}
}

static void packet_mode(void **state)
{
	(void)state;
	begin();
	packets = true;
	for (int i = 0; i < 2; i++)
		pair(i)->set_packet(true);
	print("data\n");
	type("echo\n");
	type("\x13");
	type("\x11");
	type("\x03");
	apply(LINUX_ICRNL, COOKED_O, COOKED_L);
	settle();
	apply(COOKED_I, COOKED_O, COOKED_L);
	settle();
	apply(COOKED_I, COOKED_O, COOKED_L | LINUX_EXTPROC);
	settle();
	type("ab\x7f\n\x04");
	type("\x04");
	apply(COOKED_I, COOKED_O, COOKED_L);
	for (uint32_t queue = 0; queue < 3; queue++)
		for (int i = 0; i < 2; i++)
			pair(i)->flush(false, queue);
	settle();
	for (int i = 0; i < 2; i++)
		pair(i)->set_packet(false);
	packets = false;
	print("plain\n");
	end();
}

static void window_size(void **state)
{
	(void)state;
	begin();
	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < 2; i++)
			pair(i)->set_winsize(24, k == 1 ? 80 : 100);
		settle();
	}
	for (int i = 0; i < 2; i++)
		pair(i)->set_winsize(24, 100);
	settle();
	end();
}

/* --- At random --- */

static uint64_t seed;

static uint32_t some_of(const uint32_t *flags, size_t count, uint32_t one_in)
{
	uint32_t set = 0;

	for (size_t i = 0; i < count; i++)
		if (test_random(&seed, one_in) == 0)
			set |= flags[i];
	return set;
}

static void random_settings(void)
{
	static const uint32_t iflags[] = {LINUX_ISTRIP, LINUX_INLCR, LINUX_IGNCR,  LINUX_IUCLC,
					  LINUX_IXANY,	LINUX_IUTF8, LINUX_PARMRK, LINUX_IMAXBEL,
					  LINUX_ICRNL,	LINUX_IXON};
	static const uint32_t oflags[] = {LINUX_OLCUC, LINUX_OCRNL,  LINUX_ONOCR,
					  LINUX_XTABS, LINUX_ONLRET, LINUX_ONLCR};
	static const uint32_t lflags[] = {LINUX_ECHOPRT, LINUX_ECHONL, LINUX_NOFLSH, LINUX_ISIG,
					  LINUX_ICANON,	 LINUX_ECHO,   LINUX_ECHOE,  LINUX_ECHOK,
					  LINUX_ECHOCTL, LINUX_ECHOKE, LINUX_IEXTEN};

	settings.iflag = COOKED_I ^ some_of(iflags, ARRAY_SIZE(iflags), 4);
	settings.oflag = COOKED_O ^ some_of(oflags, ARRAY_SIZE(oflags), 4);
	if (test_random(&seed, 6) == 0)
		settings.oflag &= ~LINUX_OPOST;
	settings.lflag = COOKED_L ^ some_of(lflags, ARRAY_SIZE(lflags), 5);
	if (test_random(&seed, 20) == 0)
		settings.lflag |= LINUX_EXTPROC;
	settings.cc[LINUX_VEOL] = test_random(&seed, 2) ? 'x' : 0;
	settings.cc[LINUX_VEOL2] = test_random(&seed, 2) ? 'y' : 0;
	settings.cc[LINUX_VMIN] = (uint8_t)test_random(&seed, 3);
	apply_how(test_random(&seed, 8) == 0);
}

static bool is_signal_key(uint8_t c)
{
	return c == 0x03 || c == 0x1c || c == 0x1a;
}

/*
 * A key that sends a signal begins a piece: what it drops of the echo of earlier keys
 * of the same piece depends on how far Linux's worker is.
 */
static size_t random_text(uint8_t *buf, size_t max)
{
	static const char keys[] =
		"abcde _-19\t\n\r\x7f\x7f\x7f\x15\x17\x12\x16\x16\x04\x13\x11xyAZ"
		"\x08\x01\x1b\xff\xe9\xc9\x85\xd7\xc3\xa9\xe2\x82\xac"
		"\x03\x1c\x1a";
	size_t len = 1 + test_random(&seed, max);

	for (size_t i = 0; i < len; i++) {
		/* The NUL that ends the string is a key, too. */
		buf[i] = (uint8_t)keys[test_random(&seed, sizeof(keys))];
		if (i > 0 && is_signal_key(buf[i]))
			buf[i] = 'c';
	}
	return len;
}

static void random_step(void)
{
	uint8_t buf[64];
	size_t len;

	switch (test_random(&seed, 8)) {
	case 0:
		random_settings();
		settle();
		break;
	case 1:
	case 2:
		len = random_text(buf, 24);
		write_bytes(buf, len);
		break;
	case 3:
		read_size = 1 + test_random(&seed, 12);
		break;
	default:
		len = random_text(buf, 16);
		type_bytes(buf, len);
		break;
	}
}

static void at_random(void **state)
{
	const char *rounds = getenv("LDISC_ROUNDS");
	uint64_t count = rounds ? strtoull(rounds, NULL, 10) : 1500;

	(void)state;
	is_random = true;
	for (uint64_t round = 0; round < count; round++) {
		seed = round * 1000003;
		begin();
		log_add(&script, "round %llu\n", (unsigned long long)round);
		if (round % 2)
			random_settings();
		for (int step = 0; step < 16 && !has_host_lost_count; step++)
			random_step();
		end();
	}
}

#define HOST_TEST(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = needs_host              \
	}

static int needs_host(void **state)
{
	(void)state;
	if (has_host)
		return 0;
	print_message("# no pseudo-terminal on this host\n");
	return -1;
}

static const struct CMUnitTest tests[] = {
	HOST_TEST(editing, "editing of a line and its echo are Linux's"),
	HOST_TEST(utf8, "with IUTF8 characters are erased whole, as on Linux"),
	HOST_TEST(line_ends, "ends of line and of file and translations are Linux's"),
	HOST_TEST(signals, "keys that send signals drop what they drop on Linux"),
	HOST_TEST(raw_mode, "raw input is Linux's"),
	HOST_TEST(output, "output is processed as on Linux"),
	HOST_TEST(flow, "output stops and starts as on Linux"),
	HOST_TEST(changes_with_pending_input, "settings change over pending input as on Linux"),
	HOST_TEST(counts, "FIONREAD, small reads and flushes are Linux's"),
	HOST_TEST(limits, "a full buffer does what it does on Linux"),
	HOST_TEST(timed_reads, "VMIN and VTIME give what they give on Linux"),
	HOST_TEST(packet_mode, "packet mode tells what it tells on Linux"),
	HOST_TEST(window_size, "a changed window size sends SIGWINCH once"),
	HOST_TEST(at_random, "random settings, keys and output agree with Linux"),
};

/* In a child, which becomes a session of its own. */
int main(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		has_host = host_pair_setup();
		exit(RUN_TESTS("linux/ldisc"));
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
