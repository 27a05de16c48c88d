/* Programs found by the names of files, for execve(2). */
#ifndef COMPAT_LINUX_FILE_PROGRAM_H
#define COMPAT_LINUX_FILE_PROGRAM_H

#include "compat/linux/process/exec.h"

struct path;

/* A process without a root directory has the programs of compat/linux/process/image.h. */
extern const struct exec_opener program_opener;

/* Where the first process, which nobody execs, is looked for. Takes references. At boot. */
void program_set_root(const struct path *root);

#endif
