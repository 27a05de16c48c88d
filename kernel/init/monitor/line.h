/*
 * Line editor: typed bytes to a line, with a cursor and a history. Pure; what
 * the terminal should show goes out through a function. It needs a terminal
 * that knows '\b' and nothing more, so the text screen will do.
 *
 *	left right home end, ^B ^F ^A ^E	move
 *	backspace, delete or ^D			delete a character
 *	^U ^K ^W				delete to the start, to the end, a word
 *	up down, ^P ^N				earlier and later lines
 *	^C					drop the line
 */
#ifndef KERNEL_INIT_MONITOR_LINE_H
#define KERNEL_INIT_MONITOR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

#define LINE_SIZE 128u /* with the NUL */
#define LINE_HISTORY 16u

typedef void line_emit_fn(const char *text, size_t len);

struct line_editor {
	line_emit_fn *emit; /* const */
	char text[LINE_SIZE];
	uint32_t len;
	uint32_t pos;
	uint8_t escape;	   /* how far into ESC [ n ~ we are */
	char escape_param; /* the n, 0 while there is none */
	bool skip_lf;	   /* the LF of a CR LF is not another line */

	char history[LINE_HISTORY][LINE_SIZE];
	uint32_t history_next;	/* lines ever stored; the newest is the one before */
	uint32_t history_shown; /* how many lines back we look; 0: the line being typed */
};

void line_init(struct line_editor *ed, line_emit_fn *emit);

/*
 * Takes one byte. True when a line is complete: ed->text, terminated, valid
 * until the next call, which starts an empty one.
 */
MUST_CHECK bool line_feed(struct line_editor *ed, char byte);

#endif
