#include "kernel/init/monitor/line.h"

#include "kernel/lib/string.h"

#define CTRL(c) ((c) - '@')
#define BACKSPACE 0x7f

enum escape_state {
	ESCAPE_NONE,
	ESCAPE_STARTED, /* after ESC */
	ESCAPE_BRACKET, /* after ESC [ or ESC O */
};

static void emit_repeated(struct line_editor *ed, char c, uint32_t count)
{
	while (count-- > 0)
		ed->emit(&c, 1);
}

/* Shows the line from pos on, blanks what stood behind it, puts the cursor back. */
static void redraw_tail(struct line_editor *ed, uint32_t blanks)
{
	ed->emit(ed->text + ed->pos, ed->len - ed->pos);
	emit_repeated(ed, ' ', blanks);
	emit_repeated(ed, '\b', ed->len - ed->pos + blanks);
}

static void move_to(struct line_editor *ed, uint32_t pos)
{
	if (pos < ed->pos)
		emit_repeated(ed, '\b', ed->pos - pos);
	else
		ed->emit(ed->text + ed->pos, pos - ed->pos);
	ed->pos = pos;
}

/* Removes the characters from start to end - 1; the cursor goes to start. */
static void cut(struct line_editor *ed, uint32_t start, uint32_t end)
{
	if (start == end)
		return;
	move_to(ed, start);
	memmove(ed->text + start, ed->text + end, ed->len - end);
	ed->len -= end - start;
	redraw_tail(ed, end - start);
}

static void insert(struct line_editor *ed, char c)
{
	if (ed->len + 1 >= LINE_SIZE)
		return;
	memmove(ed->text + ed->pos + 1, ed->text + ed->pos, ed->len - ed->pos);
	ed->text[ed->pos] = c;
	ed->len++;
	ed->emit(&c, 1);
	ed->pos++;
	redraw_tail(ed, 0);
}

static uint32_t word_start(const struct line_editor *ed)
{
	uint32_t pos = ed->pos;

	while (pos > 0 && ed->text[pos - 1] == ' ')
		pos--;
	while (pos > 0 && ed->text[pos - 1] != ' ')
		pos--;
	return pos;
}

static void replace_line(struct line_editor *ed, const char *text)
{
	size_t len = strnlen(text, LINE_SIZE - 1);

	cut(ed, 0, ed->len);
	memcpy(ed->text, text, len);
	ed->len = (uint32_t)len;
	move_to(ed, ed->len);
}

static void show_history(struct line_editor *ed, uint32_t back)
{
	if (back > LINE_HISTORY || back > ed->history_next)
		return;
	ed->history_shown = back;
	if (back == 0)
		replace_line(ed, "");
	else
		replace_line(ed, ed->history[(ed->history_next - back) % LINE_HISTORY]);
}

static void move_left(struct line_editor *ed)
{
	if (ed->pos > 0)
		move_to(ed, ed->pos - 1);
}

static void move_right(struct line_editor *ed)
{
	if (ed->pos < ed->len)
		move_to(ed, ed->pos + 1);
}

static void delete_here(struct line_editor *ed)
{
	if (ed->pos < ed->len)
		cut(ed, ed->pos, ed->pos + 1);
}

static void delete_back(struct line_editor *ed)
{
	if (ed->pos > 0)
		cut(ed, ed->pos - 1, ed->pos);
}

static void later_line(struct line_editor *ed)
{
	if (ed->history_shown > 0)
		show_history(ed, ed->history_shown - 1);
}

static void earlier_line(struct line_editor *ed)
{
	show_history(ed, ed->history_shown + 1);
}

/* The byte that ends an escape sequence; unknown ones do nothing. */
static void finish_escape(struct line_editor *ed, char final)
{
	if (final == '~') /* the number says which key: the VT220 way */
		final = ed->escape_param;
	switch (final) {
	case 'A':
		earlier_line(ed);
		break;
	case 'B':
		later_line(ed);
		break;
	case 'C':
		move_right(ed);
		break;
	case 'D':
		move_left(ed);
		break;
	case 'H':
	case '1':
	case '7':
		move_to(ed, 0);
		break;
	case 'F':
	case '4':
	case '8':
		move_to(ed, ed->len);
		break;
	case '3':
		delete_here(ed);
		break;
	default:
		break;
	}
}

/* True while the byte belongs to an escape sequence. */
static bool feed_escape(struct line_editor *ed, char c)
{
	switch (ed->escape) {
	case ESCAPE_STARTED:
		ed->escape_param = 0;
		ed->escape = c == '[' || c == 'O' ? ESCAPE_BRACKET : ESCAPE_NONE;
		return true;
	case ESCAPE_BRACKET:
		if ((c >= '0' && c <= '9') || c == ';') {
			/* Two digits are no key of ours; "1;5C" is a key with control. */
			if (ed->escape_param)
				c = '?';
			ed->escape_param = c;
			return true;
		}
		ed->escape = ESCAPE_NONE;
		finish_escape(ed, c);
		return true;
	default:
		return false;
	}
}

static void feed_control(struct line_editor *ed, char c)
{
	switch (c) {
	case CTRL('['):
		ed->escape = ESCAPE_STARTED;
		break;
	case CTRL('A'):
		move_to(ed, 0);
		break;
	case CTRL('B'):
		move_left(ed);
		break;
	case CTRL('C'):
		move_to(ed, ed->len);
		ed->emit("^C\n", 3);
		ed->len = 0;
		ed->pos = 0;
		break;
	case CTRL('D'):
		delete_here(ed);
		break;
	case CTRL('E'):
		move_to(ed, ed->len);
		break;
	case CTRL('F'):
		move_right(ed);
		break;
	case CTRL('H'):
	case BACKSPACE:
		delete_back(ed);
		break;
	case CTRL('K'):
		cut(ed, ed->pos, ed->len);
		break;
	case CTRL('N'):
		later_line(ed);
		break;
	case CTRL('P'):
		earlier_line(ed);
		break;
	case CTRL('U'):
		cut(ed, 0, ed->pos);
		break;
	case CTRL('W'):
		cut(ed, word_start(ed), ed->pos);
		break;
	default:
		break;
	}
}

/* Lines worth repeating: not empty, and not the same as the last one. */
static void store_history(struct line_editor *ed)
{
	const char *last = ed->history[(ed->history_next - 1) % LINE_HISTORY];

	if (ed->len == 0 || (ed->history_next > 0 && strcmp(last, ed->text) == 0))
		return;
	memcpy(ed->history[ed->history_next % LINE_HISTORY], ed->text, ed->len + 1);
	ed->history_next++;
}

static void finish_line(struct line_editor *ed)
{
	move_to(ed, ed->len);
	ed->emit("\n", 1);
	ed->text[ed->len] = '\0';
	store_history(ed);
	ed->history_shown = 0;
	ed->len = 0;
	ed->pos = 0;
}

void line_init(struct line_editor *ed, line_emit_fn *emit)
{
	memset(ed, 0, sizeof(*ed));
	ed->emit = emit;
}

bool line_feed(struct line_editor *ed, char byte)
{
	bool was_cr = ed->skip_lf;

	ed->skip_lf = false;
	if (feed_escape(ed, byte))
		return false;
	if (byte == '\n' && was_cr)
		return false;
	if (byte == '\r' || byte == '\n') {
		ed->skip_lf = byte == '\r';
		finish_line(ed);
		return true;
	}
	if (byte >= ' ' && byte <= '~')
		insert(ed, byte);
	else
		feed_control(ed, byte);
	return false;
}
