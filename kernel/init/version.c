#include "kernel/init/version.h"

#include "kernel/core/lockdep.h"

#ifndef THEMELIOS_VERSION
#error "the build defines THEMELIOS_VERSION"
#endif

const char version_string[] = THEMELIOS_VERSION
#if CONFIG_DEBUG
	" debug"
#endif
	;
