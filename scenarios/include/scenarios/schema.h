/* schema.h - the scenario language described: JSON Schema for editors, tables for people. Both are written from the tables
 * that the loader decodes with; tests compare them with scenarios/schema/berth-v1alpha1.json and docs/scenarios.md. */
#ifndef BERTH_SCENARIOS_SCHEMA_H
#define BERTH_SCENARIOS_SCHEMA_H

#include <stdio.h>

void scenario_schema_write(FILE *out);    /* JSON Schema, draft-07 */
void scenario_reference_write(FILE *out); /* Markdown: one section and table per object */

#endif
