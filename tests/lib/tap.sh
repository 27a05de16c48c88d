# TAP for test scripts. Source it, call tap_ok or tap_not_ok (or tap_check) once
# for each test, and tap_done at the end.

tap_count=0
tap_failures=0

tap_ok()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

tap_not_ok()
{
	tap_count=$((tap_count + 1))
	tap_failures=$((tap_failures + 1))
	echo "not ok $tap_count - $1"
}

tap_skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# tap_check NAME COMMAND...: the test passes when the command does; what the
# command says is shown when it does not.
tap_check()
{
	tap_name=$1
	shift
	if tap_output=$("$@" 2>&1); then
		tap_ok "$tap_name"
	else
		tap_not_ok "$tap_name"
		printf '%s\n' "$tap_output" | sed 's/^/# /'
	fi
}

tap_done()
{
	echo "1..$tap_count"
	[ "$tap_failures" -eq 0 ]
}
