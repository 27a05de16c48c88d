/* Terminals: termios(3), ioctl_tty(2), pty(7). */
#ifndef COMPAT_LINUX_UAPI_TERMIOS_H
#define COMPAT_LINUX_UAPI_TERMIOS_H

#include "compat/linux/uapi/abi.h"

#define LINUX_NCCS 19

struct linux_termios {
	uint32_t iflag;
	uint32_t oflag;
	uint32_t cflag;
	uint32_t lflag;
	uint8_t line;
	uint8_t cc[LINUX_NCCS];
};

struct linux_termios2 {
	uint32_t iflag;
	uint32_t oflag;
	uint32_t cflag;
	uint32_t lflag;
	uint8_t line;
	uint8_t cc[LINUX_NCCS];
	uint32_t ispeed;
	uint32_t ospeed;
};

/* Of System V; TCGETA and its kin. */
struct linux_termio {
	uint16_t iflag;
	uint16_t oflag;
	uint16_t cflag;
	uint16_t lflag;
	uint8_t line;
	uint8_t cc[8];
};

struct linux_winsize {
	uint16_t row;
	uint16_t col;
	uint16_t xpixel;
	uint16_t ypixel;
};

#define LINUX_VINTR 0
#define LINUX_VQUIT 1
#define LINUX_VERASE 2
#define LINUX_VKILL 3
#define LINUX_VEOF 4
#define LINUX_VTIME 5
#define LINUX_VMIN 6
#define LINUX_VSWTC 7
#define LINUX_VSTART 8
#define LINUX_VSTOP 9
#define LINUX_VSUSP 10
#define LINUX_VEOL 11
#define LINUX_VREPRINT 12
#define LINUX_VDISCARD 13
#define LINUX_VWERASE 14
#define LINUX_VLNEXT 15
#define LINUX_VEOL2 16

#define LINUX_IGNBRK 0000001
#define LINUX_BRKINT 0000002
#define LINUX_IGNPAR 0000004
#define LINUX_PARMRK 0000010
#define LINUX_INPCK 0000020
#define LINUX_ISTRIP 0000040
#define LINUX_INLCR 0000100
#define LINUX_IGNCR 0000200
#define LINUX_ICRNL 0000400
#define LINUX_IUCLC 0001000
#define LINUX_IXON 0002000
#define LINUX_IXANY 0004000
#define LINUX_IXOFF 0010000
#define LINUX_IMAXBEL 0020000
#define LINUX_IUTF8 0040000

#define LINUX_OPOST 0000001
#define LINUX_OLCUC 0000002
#define LINUX_ONLCR 0000004
#define LINUX_OCRNL 0000010
#define LINUX_ONOCR 0000020
#define LINUX_ONLRET 0000040
#define LINUX_OFILL 0000100
#define LINUX_OFDEL 0000200
#define LINUX_NLDLY 0000400
#define LINUX_CRDLY 0003000
#define LINUX_TABDLY 0014000
#define LINUX_XTABS 0014000
#define LINUX_BSDLY 0020000
#define LINUX_VTDLY 0040000
#define LINUX_FFDLY 0100000

#define LINUX_CBAUD 0010017
#define LINUX_B0 0000000
#define LINUX_B9600 0000015
#define LINUX_B38400 0000017
#define LINUX_BOTHER 0010000
#define LINUX_B115200 0010002
#define LINUX_CSIZE 0000060
#define LINUX_CS5 0000000
#define LINUX_CS6 0000020
#define LINUX_CS7 0000040
#define LINUX_CS8 0000060
#define LINUX_CSTOPB 0000100
#define LINUX_CREAD 0000200
#define LINUX_PARENB 0000400
#define LINUX_PARODD 0001000
#define LINUX_HUPCL 0002000
#define LINUX_CLOCAL 0004000
#define LINUX_CRTSCTS 020000000000u

#define LINUX_ISIG 0000001
#define LINUX_ICANON 0000002
#define LINUX_XCASE 0000004
#define LINUX_ECHO 0000010
#define LINUX_ECHOE 0000020
#define LINUX_ECHOK 0000040
#define LINUX_ECHONL 0000100
#define LINUX_NOFLSH 0000200
#define LINUX_TOSTOP 0000400
#define LINUX_ECHOCTL 0001000
#define LINUX_ECHOPRT 0002000
#define LINUX_ECHOKE 0004000
#define LINUX_FLUSHO 0010000
#define LINUX_PENDIN 0040000
#define LINUX_IEXTEN 0100000
#define LINUX_EXTPROC 0200000

#define LINUX_TCGETS 0x5401
#define LINUX_TCSETS 0x5402
#define LINUX_TCSETSW 0x5403
#define LINUX_TCSETSF 0x5404
#define LINUX_TCGETA 0x5405
#define LINUX_TCSETA 0x5406
#define LINUX_TCSETAW 0x5407
#define LINUX_TCSETAF 0x5408
#define LINUX_TCSBRK 0x5409
#define LINUX_TCXONC 0x540a
#define LINUX_TCFLSH 0x540b
#define LINUX_TIOCEXCL 0x540c
#define LINUX_TIOCNXCL 0x540d
#define LINUX_TIOCSCTTY 0x540e
#define LINUX_TIOCGPGRP 0x540f
#define LINUX_TIOCSPGRP 0x5410
#define LINUX_TIOCOUTQ 0x5411
#define LINUX_TIOCSTI 0x5412
#define LINUX_TIOCGWINSZ 0x5413
#define LINUX_TIOCSWINSZ 0x5414
#define LINUX_TIOCINQ 0x541b
#define LINUX_TIOCLINUX 0x541c
#define LINUX_TIOCCONS 0x541d
#define LINUX_TIOCPKT 0x5420
#define LINUX_TIOCNOTTY 0x5422
#define LINUX_TIOCSETD 0x5423
#define LINUX_TIOCGETD 0x5424
#define LINUX_TCSBRKP 0x5425
#define LINUX_TIOCGSID 0x5429
#define LINUX_TCGETS2 0x802c542au
#define LINUX_TCSETS2 0x402c542bu
#define LINUX_TCSETSW2 0x402c542cu
#define LINUX_TCSETSF2 0x402c542du
#define LINUX_TIOCGPTN 0x80045430u
#define LINUX_TIOCSPTLCK 0x40045431u
#define LINUX_TIOCSIG 0x40045436u
#define LINUX_TIOCVHANGUP 0x5437
#define LINUX_TIOCGPKT 0x80045438u
#define LINUX_TIOCGPTLCK 0x80045439u
#define LINUX_TIOCGEXCL 0x80045440u
#define LINUX_TIOCGPTPEER 0x5441

#define LINUX_TCOOFF 0
#define LINUX_TCOON 1
#define LINUX_TCIOFF 2
#define LINUX_TCION 3
#define LINUX_TCIFLUSH 0
#define LINUX_TCOFLUSH 1
#define LINUX_TCIOFLUSH 2

#define LINUX_TIOCPKT_DATA 0
#define LINUX_TIOCPKT_FLUSHREAD 1
#define LINUX_TIOCPKT_FLUSHWRITE 2
#define LINUX_TIOCPKT_STOP 4
#define LINUX_TIOCPKT_START 8
#define LINUX_TIOCPKT_NOSTOP 16
#define LINUX_TIOCPKT_DOSTOP 32
#define LINUX_TIOCPKT_IOCTL 64
#define LINUX_N_TTY 0

ABI_SIZE(linux_termios, 36);
ABI_FIELD(linux_termios, iflag, 0);
ABI_FIELD(linux_termios, oflag, 4);
ABI_FIELD(linux_termios, cflag, 8);
ABI_FIELD(linux_termios, lflag, 12);
ABI_FIELD(linux_termios, line, 16);
ABI_FIELD(linux_termios, cc, 17);
ABI_SIZE(linux_termios2, 44);
ABI_FIELD(linux_termios2, iflag, 0);
ABI_FIELD(linux_termios2, oflag, 4);
ABI_FIELD(linux_termios2, cflag, 8);
ABI_FIELD(linux_termios2, lflag, 12);
ABI_FIELD(linux_termios2, line, 16);
ABI_FIELD(linux_termios2, cc, 17);
ABI_FIELD(linux_termios2, ispeed, 36);
ABI_FIELD(linux_termios2, ospeed, 40);
ABI_SIZE(linux_termio, 18);
ABI_FIELD(linux_termio, iflag, 0);
ABI_FIELD(linux_termio, oflag, 2);
ABI_FIELD(linux_termio, cflag, 4);
ABI_FIELD(linux_termio, lflag, 6);
ABI_FIELD(linux_termio, line, 8);
ABI_FIELD(linux_termio, cc, 9);
ABI_SIZE(linux_winsize, 8);
ABI_FIELD(linux_winsize, row, 0);
ABI_FIELD(linux_winsize, col, 2);
ABI_FIELD(linux_winsize, xpixel, 4);
ABI_FIELD(linux_winsize, ypixel, 6);

#endif
