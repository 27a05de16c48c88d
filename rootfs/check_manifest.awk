# Checks rootfs/manifest, and prints its lines without comments, with single blanks
# between fields, if all is well. Otherwise says what is wrong where, and fails.
#
# -v tops=DIR: where the sources of file:PATH are.

function problem(text)
{
	printf "%s:%d: %s: %s\n", FILENAME, FNR, $1, text | "cat >&2"
	is_bad = 1
}

function parent(path)
{
	sub(/\/[^\/]*$/, "", path)
	return path == "" ? "/" : path
}

function is_readable(path,   line, got)
{
	got = (getline line < path)
	close(path)
	return got >= 0
}

/^[ \t]*(#|$)/ { next }

NF != 4 { problem("not four fields"); next }

$1 !~ /^\/([A-Za-z0-9._+\[-]+(\/[A-Za-z0-9._+\[-]+)*)?$/ || $1 ~ /(^|\/)\.\.?(\/|$)/ {
	problem("no absolute path of plain characters")
	next
}

$2 !~ /^[0-7][0-7][0-7][0-7]$/ { problem("the mode is not four octal digits") }
$3 !~ /^(0|[1-9][0-9]*):(0|[1-9][0-9]*)$/ { problem("the owner is not UID:GID") }

{
	kind = $4
	sub(/:.*/, "", kind)
	argument = substr($4, length(kind) + 2)
}

kind == "applets" {
	if (!($1 in is_dir))
		problem("is no directory that is declared before")
	if (!(argument in seen))
		problem(argument " is not declared before")
	lines[++count] = $1 " " $2 " " $3 " " $4
	next
}

$1 in seen { problem("declared twice") }
$1 != "/" && !(parent($1) in is_dir) { problem("its directory is not declared before") }

kind == "dir" { is_dir[$1] = 1 }
kind == "link" && $2 != "0777" { problem("links have mode 0777") }
kind == "link" && argument == "" { problem("no target") }
kind == "file" && !is_readable(tops "/" argument) { problem(argument " cannot be read") }
kind !~ /^(dir|link|file|busybox)$/ || (kind ~ /^(dir|busybox)$/ && $4 != kind) {
	problem("unknown source " $4)
}

{
	seen[$1] = 1
	lines[++count] = $1 " " $2 " " $3 " " $4
}

END {
	if (!("/" in is_dir)) {
		print FILENAME ": / is not declared" | "cat >&2"
		is_bad = 1
	}
	close("cat >&2")
	if (is_bad)
		exit 1
	for (i = 1; i <= count; i++)
		print lines[i]
}
