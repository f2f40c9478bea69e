/* json.h - a small pretty-printing JSON writer, for the schema. Commas and indentation are its business. */
#ifndef BERTH_SCENARIOS_JSON_H
#define BERTH_SCENARIOS_JSON_H

#include <stdio.h>

#include "base/base.h"

struct json_writer {
	FILE *out;
	uint32_t depth;
	bool filled, after_key; /* the open container has members; a key was just written */
};

void json_open(struct json_writer *json, char bracket); /* '{' or '[' */
void json_close(struct json_writer *json, char bracket);
void json_key(struct json_writer *json, const char *key);
void json_string(struct json_writer *json, const char *text);
/* A number, true, false: printed as given. */
void json_raw(struct json_writer *json, const char *text);
void json_member(struct json_writer *json, const char *key, const char *text);
void json_member_raw(struct json_writer *json, const char *key, const char *text);

#endif
