# Makes from native.tbl what `out` asks for:
#
#	abi	numbers and names	for the kernel and for user programs
#	kernel	prototypes
#	table	wrappers that check arguments, and the dispatch table
#	user	a stub for each call but those that pass messages
#	docs	rows of a Markdown table
#
# usage: awk -v out=WHAT -f gen_native.awk native.tbl

function fail(text) { print FILENAME ":" FNR ": " text >"/dev/stderr"; exit failed = 1 }
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

BEGIN {
	FS = "|"
	kernel["slot"] = kernel["u32"] = "uint32_t "; kernel["i32"] = "int32_t "
	kernel["u64"] = "uint64_t "; kernel["time"] = "ktime_t "
	kernel["in"] = kernel["out"] = "struct user_ptr "
	for (type in kernel) user[type] = kernel[type]
	user["in"] = "const void *"; user["out"] = "void *"; user["time"] = "int64_t "
	if (out != "docs") print "/* Made from kernel/native/native.tbl. */"
	if (out == "kernel") print "#include \"kernel/mm/user.h\"\n\nstruct trap_frame;\nstruct uthread;\n"
}
/^[ \t]*(#|$)/ { next }
NF != 5 { fail("5 fields are wanted") }
{
	nr = trim($1); name = trim($2); args = trim($3); needs = trim($4); text = trim($5)
	if (nr <= last) fail("numbers must ascend")
	last = nr
	is_message = args == "message"
	count = is_message ? 0 : split(args, words, " ")
	params = is_message ? ", struct trap_frame *frame" : ""
	stub_params = stub_args = check = pass = ""
	for (i = 1; i <= count; i++) {
		split(words[i], part, ":")
		if (!(part[1] in kernel)) fail("unknown type in " words[i])
		params = params ", " kernel[part[1]] part[2]
		stub_params = stub_params (i > 1 ? ", " : "") user[part[1]] part[2]
		stub_args = stub_args ", (uint64_t)" part[2]
		check = check "\t" kernel[part[1]] part[2] ";\n"
		pass = pass ", " part[2]
	}
	for (i = 1; i <= count; i++) {
		split(words[i], part, ":")
		check = check "\n\tif (!native_arg_" part[1] "(frame, " i - 1 ", &" part[2] "))\n" \
			"\t\treturn " (part[1] == "slot" ? "-EBADF;" : "-EINVAL;")
	}
	if (out == "abi") print "#define NATIVE_" toupper(name) " 0x" nr "u"
	names = names "\t[0x" nr " - NATIVE_FIRST] = NATIVE_ENTRY(" name "),\n"
	if (out == "kernel") print "int64_t native_" name "(struct uthread *ut" params ");"
	if (out == "table" && is_message) print "\n#define call_" name " native_" name
	if (out == "table" && !is_message)
		print "\nstatic int64_t call_" name "(struct uthread *ut, struct trap_frame *frame" \
			(count ? "" : " UNUSED") ")\n{\n" check (count ? "\n" : "") \
			"\treturn native_" name "(ut" pass ");\n}"
	if (out == "user" && !is_message)
		print "\nstatic inline int64_t native_" name "(" (count ? stub_params : "void") ")\n{\n" \
			"\treturn native_call" count "(NATIVE_" toupper(name) stub_args ");\n}"
	if (out == "docs") print "| 0x" nr " | `" name "` | " (args ? "`" args "`" : "") " | " needs " | " text " |"
}
END {
	if (failed) exit 1
	if (out == "abi") print "#define NATIVE_FIRST 0x1000u\n#define NATIVE_LAST 0x" last "u"
	if (out == "table") print "\nstatic const struct native_entry entries[NATIVE_LAST - NATIVE_FIRST + 1] = {\n" names "};"
}
