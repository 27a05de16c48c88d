#!/usr/bin/env python3
"""Writes the seeds in tests/fuzz/corpus: sound inputs for the fuzzers of the
boot parsers, so that they begin behind the first checks. Run it after changing
the form of a fuzzer's input; the seeds are in the repository."""

import pathlib
import struct
import subprocess
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
E820 = [(0, 0x9FC00, 1), (0x9FC00, 0x400, 2), (0x100000, 0xFF00000, 1), (0xFEE0000, 0x120000, 3)]


def write(fuzzer, name, data):
    directory = CORPUS / fuzzer
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(data)


def tag(kind, body):
    data = struct.pack("<II", kind, 8 + len(body)) + body
    return data + bytes(-len(data) % 8)


def multiboot2():
    strings = tag(1, b'themelios.debug "x=a b"\0') + tag(2, b"GRUB\0")
    modules = tag(3, struct.pack("<II", 0x200000, 0x300000) + b"root.img\0")
    entries = b"".join(struct.pack("<QQII", *entry, 0) for entry in E820)
    memory = tag(6, struct.pack("<II", 24, 0) + entries)
    efi = b"".join(
        struct.pack("<IIQQQQQ", kind, 0, start, 0, pages, 0xF, 0)
        for kind, start, pages in [(7, 0x1000, 0x9F), (4, 0x100000, 0x1000), (9, 0x1100000, 4)]
    )
    colours = bytes([16, 8, 8, 8, 0, 8])
    frame = struct.pack("<QIIIBBH", 0xFD000000, 4096, 1024, 768, 32, 1, 0) + colours
    rest = tag(8, frame) + tag(14, bytes(20)) + tag(15, bytes(36)) + tag(18, b"") + tag(0, b"")
    efi_memory = tag(17, struct.pack("<II", 48, 1) + efi)
    write("multiboot2", "bios", b"\0" + strings + modules + memory + rest)
    write("multiboot2", "uefi", b"\1" + strings + efi_memory + modules + rest)


def pvh():
    base, names, modules, memory = 0x1000, 0x40, 0x80, 0x100
    start = struct.pack(
        "<IIIIQQQQII", 0x336EC578 | 1, 1, 0, 1, base + modules, base + names, 0xF59E0,
        base + memory, len(E820), 0,
    )
    data = bytearray(memory)
    data[: len(start)] = start
    data[names : names + 6] = b"a b=c\0"
    data[modules : modules + 32] = struct.pack("<QQQQ", 0x200000, 0x1000, base + names, 0)
    entries = b"".join(struct.pack("<QQII", *entry, 0) for entry in E820)
    # The fuzzer repairs the magic number when its lowest bit is set.
    write("pvh", "version1", bytes(data) + entries)


def elf():
    """A linked program's headers, and a position independent one's with everything."""

    def header(kind, entry, segments):
        ident = b"\x7fELF\x02\x01\x01" + b"\x01" + bytes(8)
        rest = struct.pack("<HHIQQQIHHHHHH", kind, 62, 1, entry, 64, 0, 0, 64, 56,
                           len(segments), 0, 0, 0)
        table = b"".join(
            struct.pack("<IIQQQQQQ", t, flags, offset, vaddr, vaddr, data, memory, align)
            for t, flags, offset, vaddr, data, memory, align in segments
        )
        return (ident + rest + table).ljust(0x3000, b"\0")

    write("elf", "exec", header(2, 0x401000, [
        (1, 4, 0, 0x400000, 0x800, 0x800, 0x1000),
        (1, 5, 0x1000, 0x401000, 0x800, 0x800, 0x1000),
        (1, 6, 0x2E00, 0x403E00, 0x200, 0x2000, 0x1000),
        (0x6474E551, 6, 0, 0, 0, 0, 16),
    ]))
    write("elf", "dyn", header(3, 0x1010, [
        (6, 4, 64, 64, 7 * 56, 7 * 56, 8),
        (3, 4, 0x700, 0x700, 0x1C, 0x1C, 1),
        (1, 4, 0, 0, 0x800, 0x800, 0x1000),
        (1, 5, 0x1000, 0x1000, 0x800, 0x800, 0x1000),
        (1, 6, 0x2E00, 0x3E00, 0x200, 0x2000, 0x200000),
        (7, 4, 0x2E00, 0x3E00, 0x20, 0x80, 64),
        (0x6474E551, 6, 0, 0, 0, 0, 16),
    ]))


def cmdline():
    write("cmdline", "keys", b'themelios.a=1 quiet "themelios.debug=x y" themelios.a=0x10K')
    write("cmdline", "odd", b'themelios.nosuch themelios.a=\\" themelios.debug="off')


def table(signature, body):
    return struct.pack("<4sIBB6s8sIII", signature, 36 + len(body), 3, 0, b"SEED", b"SEED", 1, 0, 0) + body


def register(space, bits, address):
    return struct.pack("<BBBBQ", space, bits, 0, 0, address)


def acpi():
    base, root, first, step = 0xE0000, 64, 256, 512
    madt = struct.pack("<II", 0xFEE00000, 1)
    madt += struct.pack("<BBBBI", 0, 8, 0, 0, 1) + struct.pack("<BBBBI", 0, 8, 1, 1, 3)
    madt += struct.pack("<BBBBII", 1, 12, 0, 0, 0xFEC00000, 0)
    madt += struct.pack("<BBBBIH", 2, 10, 0, 0, 2, 0) + struct.pack("<BBBHB", 4, 6, 255, 0, 1)
    madt += struct.pack("<BBHQ", 5, 12, 0, 0xFEE00000) + struct.pack("<BBHI", 3, 8, 0, 30)
    madt += struct.pack("<BBHIII", 9, 16, 0, 300, 1, 300) + struct.pack("<BBHIBBH", 10, 12, 0, 300, 1, 0, 0)
    fadt = bytearray(268 - 36)
    struct.pack_into("<I", fadt, 40 - 36, base + first + 4 * step)
    struct.pack_into("<I", fadt, 64 - 36, 0x604)
    fadt[88 - 36 : 92 - 36] = bytes([4, 2, 0, 4])
    struct.pack_into("<I", fadt, 112 - 36, 1 << 10)
    fadt[116 - 36 : 128 - 36] = register(1, 8, 0xCF9)
    fadt[172 - 36 : 184 - 36] = register(1, 16, 0x604)
    s5 = b"\x08_S5_\x12\x08\x04\x0a\x05\x0a\x05\x00\x00"
    tables = [
        table(b"APIC", madt),
        table(b"FACP", bytes(fadt)),
        table(b"HPET", struct.pack("<I", 0x8086A201) + register(0, 64, 0xFED00000) + bytes(4)),
        table(b"MCFG", bytes(8) + struct.pack("<QHBBI", 0xB0000000, 0, 0, 255, 0)),
        table(b"DSDT", s5),
        table(b"SSDT", s5),
    ]
    memory = bytearray(first + step * len(tables))
    addresses = [base + first + i * step for i in range(len(tables))]
    xsdt = table(b"XSDT", struct.pack(f"<{len(addresses)}Q", *addresses))
    memory[15] = 2
    memory[root : root + len(xsdt)] = xsdt
    for i, each in enumerate(tables):
        memory[first + i * step : first + i * step + len(each)] = each
    write("acpi", "machine", b"\2" + bytes(memory))
    for each in tables[:5]:
        write("acpi", each[:4].decode().lower(), b"\1" + each)


def memmap():
    claims = [(0x80, 1, 90), (0x81, 20, 9), (0x83, 40, 2), (0x84, 30, 50), (0x03, 5, 7)]
    write("memmap", "model", b"\0" + b"".join(bytes(claim) for claim in claims))
    write("memmap", "raw", b"\1" + b"".join(struct.pack("<QQB", *entry) for entry in E820))
    full = b"".join(bytes([i >> 4 & 0xF0, i & 255, 0, i % 5]) for i in range(0, 800, 2))
    write("memmap", "full", b"\2" + full)


def cpio():
    def entry(name, data):
        name = name.encode() + b"\0"
        fields = [1, 0o100755, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
        return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)

    write("cpio", "two", entry("init", b"program") + entry("b", b"") + entry("TRAILER!!!", b""))


def erofs():
    """Small images by mkfs.erofs, less the zeros at their end, which the fuzzer adds."""
    options = {
        "lz4": ["-zlz4hc"],
        "big": ["-zlz4hc", "-C16384"],
        "tail": ["-zlz4hc", "-Eztailpacking"],
        "full": ["-zlz4", "-Elegacy-compress"],
        "chunks": ["--chunksize=4096", "-Eforce-chunk-indexes"],
    }
    text = b" ".join(b"%d" % (i * i) for i in range(4000))
    with tempfile.TemporaryDirectory() as directory:
        top = pathlib.Path(directory) / "tree"
        (top / "sub").mkdir(parents=True)
        (top / "text").write_bytes(text[:20000])
        (top / "sub" / "short").write_bytes(text[:5000])
        (top / "sub" / "a").write_bytes(b"hello")
        (top / "link").symlink_to("sub/a")
        image = pathlib.Path(directory) / "image"
        fixed = ["--quiet", "-T0", "--all-root", "-U7468656d-656c-8007-a000-000000000000"]
        for name, extra in options.items():
            subprocess.run(["mkfs.erofs", *fixed, *extra, image, top], check=True,
                           stdout=subprocess.DEVNULL)
            write("erofs", name, b"\1" + image.read_bytes().rstrip(b"\0"))


multiboot2()
pvh()
erofs()
cmdline()
cpio()
elf()
acpi()
memmap()
