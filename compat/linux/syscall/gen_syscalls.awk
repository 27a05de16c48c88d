# Makes from syscalls.tbl what `out` asks for:
#
#	numbers	LINUX_NR_NAME, and how many there are
#	proto	prototypes of the handlers that exist
#	table	functions that take arguments out of registers, and the dispatch table
#	formats	name and a letter for each argument, for traces
#	docs	docs/syscalls.md
#
# usage: awk -v out=WHAT -f gen_syscalls.awk syscalls.tbl

function fail(text) { print FILENAME ":" FNR ": " text >"/dev/stderr"; exit 1 }

BEGIN {
	last = -1; type["fd"] = type["sig"] = type["i32"] = "int32_t"; type["mode"] = type["u32"] = "uint32_t"
	type["i64"] = "int64_t"; type["u64"] = "uint64_t"; type["size"] = "size_t"
	type["ptr"] = type["str"] = "struct user_ptr"
	split("fd f sig g i32 i mode m u32 u i64 I u64 x size z ptr p str s", pairs, " ")
	for (i = 1; i in pairs; i += 2) letter[pairs[i]] = pairs[i + 1]
	if (out != "docs") print "/* Made from compat/linux/syscall/syscalls.tbl. */"
	if (out == "proto") print "#include \"kernel/mm/user.h\"\n\nstruct lthread;\n"
	if (out == "formats") print "static const struct call_format formats[LINUX_NR_COUNT] = {"
	if (out == "docs") print "# Linux system calls\n\nMade from compat/linux/syscall/syscalls.tbl. An absent call gives ENOSYS; " \
		"what a partial one\nlacks is refused with the error that Linux has for it.\n\n" \
		"| nr | call | support | remarks |\n| ---: | --- | --- | --- |"
}
/^[ \t]*(#|$)/ { next }
{
	if (!(at = index($0, ";"))) fail("no note")
	note = substr($0, at + 1); gsub(/^[ \t]+|[ \t]+$/, "", note)
	count = split(substr($0, 1, at - 1), words)
	nr = words[1]; name = words[2]; state = words[3]
	if (nr !~ /^[0-9]+$/ || nr + 0 <= last) fail("numbers must ascend")
	if (state !~ /^(full|partial|none)$/) fail("the state is full, partial or none")
	if (name in seen || count > 9) fail("named twice, or more than six arguments")
	if (note == "" || (state != "none" && note !~ /test:/)) fail("the note lacks a reason or a test")
	last = nr + 0; seen[name] = 1; total[state]++
	params = "struct lthread *lt"; pass = "lt"; format = ""
	for (i = 4; i <= count; i++) {
		if (split(words[i], part, ":") != 2 || !(part[1] in type)) fail("unknown type in " words[i])
		params = params ", " type[part[1]] " " part[2]
		cast = part[1] ~ /^(ptr|str)$/ ? "user_ptr(" : "(" type[part[1]] ")("
		pass = pass ",\n\t\t" cast "arch_syscall_arg(frame, " i - 4 "))"
		format = format letter[part[1]]
	}
	if (out == "numbers") print "#define LINUX_NR_" toupper(name) " " nr "u"
	if (out == "proto" && state != "none") print "int64_t linux_" name "(" params ");"
	if (out == "table" && state != "none")
		print "\nstatic int64_t call_" name "(struct lthread *lt, const struct trap_frame *frame" \
			(count > 3 ? "" : " UNUSED") ")\n{\n\treturn linux_" name "(" pass ");\n}"
	if (state != "none") entries = entries "\t[" nr "] = call_" name ",\n"
	if (out == "formats") print "\t[" nr "] = {\"" name "\", \"" format "\"},"
	if (out == "docs") print "| " nr " | `" name "` | " (state == "none" ? "absent" : state) " | " note " |"
}
END {
	if (out == "numbers") print "#define LINUX_NR_COUNT " last + 1 "u"
	if (out == "table") print "\nstatic linux_call_fn *const calls[LINUX_NR_COUNT] = {\n" entries "};"
	if (out == "formats") print "};"
	if (out == "docs") print "\n" total["full"] + 0 " full, " total["partial"] + 0 " partial, " total["none"] + 0 " absent."
}
