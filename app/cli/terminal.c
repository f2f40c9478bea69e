/* terminal.c - see terminal.h. What a write leaves unfinished, a character or a colour, waits for the next one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

#include <glib.h>

struct terminal {
	int fd;
	bool colour;
	GString *pending;
};

/* All that summaries use. A name that holds one of them can change its colour, and no more. */
static const char *const colours[] = {"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"};

/* Length of the colour at `text`; 0: none; -1: it may become one. */
static int colour_at(const char *text, size_t length)
{
	for (size_t i = 0; i < G_N_ELEMENTS(colours); i++) {
		size_t whole = strlen(colours[i]);
		if (strncmp(text, colours[i], MIN(length, whole)) == 0)
			return length < whole ? -1 : (int)whole;
	}
	return 0;
}

/* Takes one character off `text` and appends how it is shown. False when it is not complete yet. */
static bool take_character(const struct terminal *terminal, const char *text, size_t length, size_t *ret_taken, GString *out)
{
	int colour = terminal->colour && *text == '\x1b' ? colour_at(text, length) : 0;
	gunichar character = *text ? g_utf8_get_char_validated(text, (gssize)length) : 0;
	if (colour < 0 || character == (gunichar)-2)
		return false;
	*ret_taken = colour > 0 ? (size_t)colour : 1;
	if (character == (gunichar)-1)
		g_string_append(out, "\xef\xbf\xbd");
	else if (colour > 0 || *text == '\n' || *text == '\t')
		g_string_append_len(out, text, (gssize)*ret_taken);
	else {
		*ret_taken = (size_t)g_unichar_to_utf8(character, NULL);
		if (g_unichar_iscntrl(character))
			g_string_append_printf(out, "\\u%04x", character);
		else
			g_string_append_len(out, text, (gssize)*ret_taken);
	}
	return true;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

static ssize_t write_terminal(void *cookie, const char *bytes, size_t length)
{
	struct terminal *terminal = cookie;
	GString *text = terminal->pending, *out = g_string_sized_new(length);
	size_t at = 0, taken;
	g_string_append_len(text, bytes, (gssize)length);
	while (at < text->len && take_character(terminal, text->str + at, text->len - at, &taken, out))
		at += taken;
	g_string_erase(text, 0, (gssize)at);
	bool ok = write_all(terminal->fd, out->str, out->len);
	g_string_free(out, TRUE);
	return ok ? (ssize_t)length : 0;
}

/* What is still unfinished never will be: it is shown byte by byte. */
static int close_terminal(void *cookie)
{
	struct terminal *terminal = cookie;
	GString *out = g_string_new(NULL);
	for (size_t i = 0; i < terminal->pending->len; i++) {
		unsigned char byte = (unsigned char)terminal->pending->str[i];
		if (byte == '\x1b')
			g_string_append(out, "\\u001b");
		else if (byte < 0x80)
			g_string_append_c(out, (char)byte);
	}
	bool ok = write_all(terminal->fd, out->str, out->len);
	g_string_free(out, TRUE);
	g_string_free(terminal->pending, TRUE);
	g_free(terminal);
	return ok ? 0 : -1;
}

FILE *terminal_open(int fd, bool colour)
{
	struct terminal *terminal = g_new(struct terminal, 1);
	*terminal = (struct terminal){fd, colour, g_string_new(NULL)};
	FILE *stream = fopencookie(terminal, "w", (cookie_io_functions_t){.write = write_terminal, .close = close_terminal});
	if (!stream)
		abort(); /* out of memory, as everywhere */
	if (isatty(fd))
		setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}
