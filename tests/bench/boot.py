#!/usr/bin/env python3
"""
Measures the boot in instructions: kernel entry to the first self-test, on one
processor, as the kernel's own cycle counter sees it when QEMU makes one
instruction one cycle.

Fails when the boot with 256 MiB takes over 30 million instructions, or the boot
with 8 GiB over twice as many as that.
"""
import argparse
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import vm  # noqa: E402

READY = r"boot: scheduler running, self-tests next \((\d+) cycles since kernel entry\)"
TIMEOUT = 180
LIMIT = 30_000_000


def measure(build, mem):
    """Instructions from kernel entry to a running scheduler."""
    parser = argparse.ArgumentParser()
    vm.add_machine_options(parser)
    args = parser.parse_args(["--build", build, "--mem", mem, "--icount"])
    with vm.Machine(args) as machine:
        log = os.path.join(machine.dir, "com1.log")
        open(log, "wb").close()
        machine.start(machine.command([], f"file:{log}", "null"), stdin=subprocess.DEVNULL)
        return int(machine.wait_for_line(log, READY, TIMEOUT).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=vm.default_build(False))
    args = parser.parse_args()
    vm.exit_on_signals()

    try:
        small, large = measure(args.build, "256M"), measure(args.build, "8G")
    except (vm.VmError, OSError) as err:
        print(f"bench: {err}", file=sys.stderr)
        print("0 passed, 1 failed, 0 skipped")
        return 1

    results = [
        ("boot with 256 MiB", small, LIMIT),
        ("boot with 8 GiB", large, 2 * small),
    ]
    failed = 0
    for name, count, limit in results:
        verdict = "ok" if count <= limit else "TOO MANY"
        failed += count > limit
        print(f"{name}: {count / 1e6:.2f} million instructions, limit {limit / 1e6:.2f}: {verdict}")
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
