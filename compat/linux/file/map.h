/* Files that are mapped: mmap(2) asks here what a descriptor gives. */
#ifndef COMPAT_LINUX_FILE_MAP_H
#define COMPAT_LINUX_FILE_MAP_H

/* From now on files can be mapped. Boot, once. */
void file_map_init(void);

#endif
