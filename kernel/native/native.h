/* Native calls: the capability interface of the kernel, for every process. */
#ifndef KERNEL_NATIVE_NATIVE_H
#define KERNEL_NATIVE_NATIVE_H

#include "kernel/task/personality.h"

struct trap_frame;
struct uthread;

/* For programs that make no other calls. */
extern const struct personality_ops native_personality;

/* For the hook of the same name in kernel/task/personality.h. */
void native_dispatch(struct uthread *ut, struct trap_frame *frame);

#endif
