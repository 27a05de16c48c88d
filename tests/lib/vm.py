"""
The virtual machine: one description, from which ./run, tests/vmrun,
tests/vmshell and the benchmarks all make their QEMU command line.

A build directory holds what is booted: kernel/themelios.elf, config.env with
the tools that configure found, and themelios.iso. The kernel's command line is
inside the ISO image, so a start with words of its own makes an image of its own.
The loader brings one archive of user programs along, userland/boot.cpio unless
the test needs another one.
"""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

BOOT_PATHS = ("pvh", "bios", "uefi")

# The kernel writes its last word to this port (themelios.exit-port) and QEMU
# ends with status (word << 1) | 1.
EXIT_PORT = 0xF4
STATUS_PASSED = 0x10 << 1 | 1
STATUS_TEST_FAILED = 0x11 << 1 | 1
STATUS_PANIC = 0x12 << 1 | 1

OVMF_IMAGES = (
    "/usr/share/ovmf/OVMF.fd",
    "/usr/share/OVMF/OVMF_CODE.fd",
    "/usr/share/edk2/ovmf/OVMF_CODE.fd",
    "/usr/share/edk2/x64/OVMF.4m.fd",
)

# One instruction is one nanosecond. TCG counts each turn of a string
# instruction, so the processor does not claim fast ones.
ICOUNT_ACCEL = "tcg"
ICOUNT_FLAGS = ["-icount", "shift=0,sleep=off"]
ICOUNT_CPU = "max,erms=off,fsrm=off"


class VmError(Exception):
    """The machine cannot be started; the message is for the user."""


def top_dir():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def default_build(is_debug):
    """The build directory that ./run and ./check use."""
    return os.path.join(top_dir(), "build", "debug" if is_debug else "release")


def add_machine_options(parser):
    """The options that describe a machine, the same for every front end."""
    parser.add_argument("--build", metavar="DIR", help="finished build (default: build/release)")
    parser.add_argument("--debug-kernel", action="store_true", help="default build: build/debug")
    parser.add_argument("--boot", choices=BOOT_PATHS, default="pvh",
                        help="boot path: the kernel directly, or the ISO (default: pvh)")
    parser.add_argument("--mem", metavar="SIZE", default="256M", help="memory (default: 256M)")
    parser.add_argument("--smp", metavar="N", type=int, help="processors (default: 2)")
    parser.add_argument("--accel", metavar="ACCEL", help="default: tcg,thread=multi")
    parser.add_argument("--icount", action="store_true",
                        help="count instructions: one is one nanosecond; one processor")
    parser.add_argument("--append", metavar="WORDS", action="append", default=[],
                        help="words for the kernel's command line")
    parser.add_argument("--disk", metavar="IMG[,ro]", action="append", default=[],
                        help="attach a raw image as a virtio disk")
    parser.add_argument("--net", metavar="NET", default="none",
                        help="none, user[,hostfwd=...] or socket,... (default: none)")
    parser.add_argument("--host-port", metavar="HOST:GUEST", action="append", default=[],
                        help="forward a port of 127.0.0.1 to the machine; implies --net user")
    parser.add_argument("--qemu", metavar="ARG", action="append", default=[],
                        help="one more argument for QEMU")


class Machine:
    """
    One start of a virtual machine. A context manager: leaving it ends QEMU, if
    it still runs, and removes the files that were made for it.
    """

    def __init__(self, args):
        self.args = args
        self.build = os.path.abspath(args.build or default_build(args.debug_kernel))
        self.kernel = os.path.join(self.build, "kernel", "themelios.elf")
        self.archive = os.path.join(self.build, "userland", "boot.cpio")
        self.dir = None
        self.process = None
        self.config = read_config(self.build)
        self.check()

    def check(self):
        if not os.path.exists(self.kernel):
            raise VmError(f"{self.kernel}: no such file; build first")
        if not shutil.which(self.qemu()):
            raise VmError(f"{self.qemu()}: not found; ./check installs it")
        if self.args.icount and (self.args.smp or 1) != 1:
            raise VmError("--icount counts on one processor only")
        if self.args.smp is not None and self.args.smp < 1:
            raise VmError("--smp must be at least 1")

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="vm.")
        return self

    def __exit__(self, *exc):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def qemu(self):
        return os.environ.get("QEMU") or self.config.get("QEMU", "qemu-system-x86_64")

    def command(self, words, com1, com2):
        """
        The QEMU command line. words: the kernel's command line, besides
        --append; com1, com2: character devices for -serial.
        """
        args = self.args
        for text in args.append:
            words = words + text.split()

        cpu, accel, smp = "max", args.accel or "tcg,thread=multi", args.smp or 2
        command = [self.qemu(), "-M", "q35", "-nodefaults", "-no-user-config",
                   "-display", "none", "-no-reboot"]
        if args.icount:
            cpu, accel, smp = ICOUNT_CPU, ICOUNT_ACCEL, 1
            command += ICOUNT_FLAGS
        command += ["-cpu", cpu, "-accel", accel, "-smp", str(smp), "-m", args.mem]
        command += ["-serial", com1, "-serial", com2]
        command += ["-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=4"]
        command += self.boot_arguments(words) + self.disk_arguments() + self.net_arguments()
        return command + args.qemu

    def boot_arguments(self, words):
        # A build of the kernel alone has no user programs.
        archive = self.archive if os.path.exists(self.archive) else ""
        if self.args.boot == "pvh":
            command = ["-kernel", self.kernel, "-append", " ".join(words)]
            return command + (["-initrd", archive] if archive else [])

        iso = os.path.join(self.build, "themelios.iso")
        if words or not os.path.exists(iso):
            iso = os.path.join(self.dir, "boot.iso")
            self.make_iso(iso, archive, words)
        if self.args.boot == "bios":
            return ["-cdrom", iso, "-boot", "d"]

        # A screen, so that the framebuffer is handed over and used.
        firmware = [image for image in OVMF_IMAGES if os.path.exists(image)]
        if not firmware:
            raise VmError("no UEFI firmware found; ./check installs ovmf")
        return ["-bios", firmware[0], "-cdrom", iso, "-device", "VGA"]

    def make_iso(self, iso, archive, words):
        env = dict(os.environ)
        for name in ("OBJCOPY", "GRUB_MKRESCUE"):
            env.setdefault(name, self.config.get(name, name.lower().replace("_", "-")))
        script = os.path.join(top_dir(), "grub", "mkiso.sh")
        if subprocess.run(["sh", script, self.kernel, archive, iso] + words, env=env).returncode:
            raise VmError("the ISO image could not be made")

    def disk_arguments(self):
        command = []
        for number, disk in enumerate(self.args.disk):
            path, _, flag = disk.partition(",")
            if flag not in ("", "ro"):
                raise VmError(f"--disk {disk}: only ,ro may follow the image")
            if not os.path.exists(path):
                raise VmError(f"--disk {disk}: no such image")
            path = path.replace(",", ",,")
            is_ro = "on" if flag else "off"
            command += ["-drive",
                        f"if=none,id=disk{number},format=raw,readonly={is_ro},file={path}",
                        "-device", f"virtio-blk-pci,drive=disk{number}"]
        return command

    def net_arguments(self):
        net = self.args.net
        for pair in self.args.host_port:
            host, _, guest = pair.partition(":")
            if not host.isdigit() or not guest.isdigit():
                raise VmError(f"--host-port {pair}: HOST:GUEST, two numbers, is wanted")
            if net == "none":
                net = "user"
            net += f",hostfwd=tcp:127.0.0.1:{host}-:{guest}"
        if net == "none":
            return []
        kind, comma, rest = net.partition(",")
        return ["-netdev", f"{kind},id=net0{comma}{rest}",
                "-device", "virtio-net-pci,netdev=net0,romfile="]

    def start(self, command, **popen):
        """
        Starts QEMU in a process group of its own, so that signals from the
        terminal reach only us; it dies with us, whatever ends us.
        """
        try:
            self.process = subprocess.Popen(command, start_new_session=True,
                                            preexec_fn=die_with_parent, **popen)
        except OSError as err:
            raise VmError(f"{command[0]}: {err.strerror}") from err
        return self.process

    def wait_for_line(self, log, pattern, timeout):
        """Waits until the kernel's log matches pattern; returns the match."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with open(log, "rb") as text:
                match = re.search(pattern, text.read().decode("utf-8", "replace"))
            if match:
                return match
            if self.process.poll() is not None:
                raise VmError(f"the machine ended before its log matched {pattern!r}")
            time.sleep(0.05)
        raise VmError(f"the log does not match {pattern!r} within {timeout} s")

    def kill(self):
        if self.process is None or self.process.poll() is not None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def die_with_parent():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def exit_on_signals():
    """Turns the signals that end a program into SystemExit, so that it cleans up."""
    def leave(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)


def read_config(build):
    """config.env of the build as a dictionary; empty for a directory without one."""
    config = {}
    try:
        with open(os.path.join(build, "config.env"), encoding="utf-8") as lines:
            for line in lines:
                name, _, value = line.rstrip("\n").partition("=")
                config[name] = value.strip("'")
    except FileNotFoundError:
        pass
    return config
