/* Version: what this kernel calls itself. */
#ifndef KERNEL_INIT_VERSION_H
#define KERNEL_INIT_VERSION_H

/* Version, and "debug" for such a build. */
extern const char version_string[];

#endif
