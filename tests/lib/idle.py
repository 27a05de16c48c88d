#!/usr/bin/env python3
"""
Boots a machine, lets it idle and measures the processor time that QEMU uses
meanwhile. Fails when that is more than the limit, and when the machine is not
there to be measured.
"""
import argparse
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import vm  # noqa: E402

BOOT_SECONDS = 60
SETTLE_SECONDS = 5
READY = r"boot: scheduler running"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    vm.add_machine_options(parser)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--limit", type=float, default=1.5)
    args = parser.parse_args()
    vm.exit_on_signals()

    try:
        with vm.Machine(args) as machine:
            log = os.path.join(machine.dir, "com1.log")
            open(log, "wb").close()
            process = machine.start(machine.command([], f"file:{log}", "null"),
                                    stdin=subprocess.DEVNULL)
            machine.wait_for_line(log, READY, BOOT_SECONDS)
            time.sleep(SETTLE_SECONDS)
            before = cpu_seconds(process.pid)
            time.sleep(args.seconds)
            if process.poll() is not None:
                raise vm.VmError("the machine ended while it was to idle")
            used = cpu_seconds(process.pid) - before
    except (vm.VmError, OSError) as err:
        print(f"idle: {err}", file=sys.stderr)
        return 1
    print(f"{used:.2f} s of processor time in {args.seconds:g} s, limit {args.limit:g} s")
    return 0 if used <= args.limit else 1


if __name__ == "__main__":
    sys.exit(main())
