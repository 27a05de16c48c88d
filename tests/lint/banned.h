/*
 * Functions that have no safe use, or a better one beside them. Put before each
 * source by make lint; naming one is an error.
 */
#ifndef TESTS_LINT_BANNED_H
#define TESTS_LINT_BANNED_H

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf
#pragma GCC poison strtok gets atoi atol atoll alloca setjmp longjmp

#endif
