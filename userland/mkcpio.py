#!/usr/bin/env python3
"""
Makes a boot archive (cpio, format newc) from files, each under its own name. The
result depends on their contents only.

usage: mkcpio.py OUT FILE...
"""
import os
import sys

TRAILER = "TRAILER!!!"


def padding(length):
    return b"\0" * (-length % 4)


def entry(number, name, mode, data):
    name = name.encode() + b"\0"
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    return head + padding(len(head)) + data + padding(len(data))


def main():
    out, files = sys.argv[1], sys.argv[2:]
    archive = b""
    for number, path in enumerate(files, 1):
        with open(path, "rb") as source:
            archive += entry(number, os.path.basename(path), 0o100755, source.read())
    archive += entry(0, TRAILER, 0, b"")
    with open(out, "wb") as target:
        target.write(archive)


if __name__ == "__main__":
    main()
