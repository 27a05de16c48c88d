/* The Linux personality: what the rest of the kernel needs to know of it. */
#ifndef COMPAT_LINUX_PERSONALITY_H
#define COMPAT_LINUX_PERSONALITY_H

#include "kernel/task/personality.h"

extern const struct personality_ops linux_personality_ops;

#endif
