# Makes the kernel's symbol table from the output of `nm -n`.
#
# Output: assembler source that defines, in section .ksym,
#	ksym_count		number of entries (u32)
#	ksym_offsets		offset of each from __kernel_start (u32, ascending)
#	ksym_name_offsets	where each name starts in ksym_names (u32)
#	ksym_names		the names, each with its NUL
#
# Only functions count: types t, T, w, W, less the bounds that the linker script
# sets. Of several names for one address the first stays. Awk's numbers cannot hold a 64-bit address, so the subtraction is
# left to the assembler, on the lower halves. The linker script keeps the image
# far below 2 GiB, so these do not wrap.
#
# With no input at all the table is empty: the first link of the kernel.

BEGIN {
	count = 0
}

function low(address) {
	return "0x" substr(address, length(address) - 7)
}

$3 == "__kernel_start" {
	base = low($1)
}

$3 ~ /^__.*_(start|end)$/ {
	next
}

$2 ~ /^[tTwW]$/ && base != "" && $1 != last {
	offset[count] = low($1)
	name[count++] = $3
	last = $1
}

function label(symbol) {
	printf "\t.globl %s\n\t.balign 4\n%s:\n", symbol, symbol
}

END {
	print "\t.section .ksym, \"a\", @progbits"
	label("ksym_count")
	printf "\t.long %d\n", count
	label("ksym_offsets")
	for (i = 0; i < count; i++)
		printf "\t.long %s - %s\n", offset[i], base
	label("ksym_name_offsets")
	for (i = 0; i < count; i++) {
		printf "\t.long %d\n", at
		at += length(name[i]) + 1
	}
	label("ksym_names")
	for (i = 0; i < count; i++)
		printf "\t.asciz \"%s\"\n", name[i]
	# A name for the end, so that an empty table has one as well.
	print "\t.byte 0"
	print "\t.section .note.GNU-stack, \"\", @progbits"
}
