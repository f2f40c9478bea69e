/* json.c - see json.h. */
#include "base/doc.h"
#include "json.h"

static void separate(struct json_writer *json)
{
	if (json->after_key) {
		json->after_key = false;
		return;
	}
	if (json->depth == 0)
		return;
	fputs(json->filled ? ",\n" : "\n", json->out);
	for (uint32_t i = 0; i < json->depth; i++)
		fputs("  ", json->out);
	json->filled = true;
}

void json_open(struct json_writer *json, char bracket)
{
	separate(json);
	fputc(bracket, json->out);
	json->depth++;
	json->filled = false;
}

void json_close(struct json_writer *json, char bracket)
{
	json->depth--;
	if (json->filled) {
		fputc('\n', json->out);
		for (uint32_t i = 0; i < json->depth; i++)
			fputs("  ", json->out);
	}
	fputc(bracket, json->out);
	json->filled = true;
	if (json->depth == 0)
		fputc('\n', json->out);
}

void json_key(struct json_writer *json, const char *key)
{
	separate(json);
	doc_write_json_string(json->out, key);
	fputs(": ", json->out);
	json->after_key = true;
}

void json_string(struct json_writer *json, const char *text)
{
	separate(json);
	doc_write_json_string(json->out, text);
}

void json_raw(struct json_writer *json, const char *text)
{
	separate(json);
	fputs(text, json->out);
}

void json_member(struct json_writer *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

void json_member_raw(struct json_writer *json, const char *key, const char *text)
{
	json_key(json, key);
	json_raw(json, text);
}
