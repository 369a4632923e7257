/* SPDX-License-Identifier: Apache-2.0 */
/* stages.h: steps of a pipeline into a folder, and a record of them, so that a later run does only
 * what has changed. */
#ifndef PEL_PIPELINE_STAGES_H
#define PEL_PIPELINE_STAGES_H

#include <pellucid/base.h>

enum { PEL__STAGE_FILES = 16, PEL__STAGE_NUMBERS = 24, PEL__STAGES = 24 };

typedef struct pel__stage_file {
    char name[48], hash[33];
} pel__stage_file;

typedef struct pel__stage_number {
    char name[40], value[40]; /* the value as JSON has it */
} pel__stage_number;

/** One step: what it was made from, its files and what it found. */
typedef struct pel__stage {
    char name[24], key[33];
    bool redone; /* in this run */
    int files, numbers;
    pel__stage_file file[PEL__STAGE_FILES];
    pel__stage_number number[PEL__STAGE_NUMBERS];
} pel__stage;

/** The steps of this run, and those of an earlier one. Zeroed is closed. */
typedef struct pel__stages {
    const char *folder;
    int count, before_count;
    pel__stage *stage, *before; /* owned */
} pel__stages;

/**
 * Make the folder, or take over one that is there and what stages.txt in it says; PEL_EPARAM when
 * it holds other things alone.
 */
pel_status pel__stages_open(pel__stages *out, const char *folder);
void pel__stages_close(pel__stages *stages);

/** 32 hex digits of a text: what a step is made from. */
pel_status pel__stages_key(char out[33], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Begin a step. `*done` when an earlier run left it: of the same key, its files as they were; it is
 * then taken over, and there is nothing to do or to end.
 */
pel_status pel__stages_begin(pel__stages *stages, const char *name, const char *key, bool *done);

/** A file of the step at hand will be, or is, of this name; the path, malloc'd. */
char *pel__stages_path(const pel__stages *stages, const char *name);
/** It has been written. */
pel_status pel__stages_file(pel__stages *stages, const char *name);

/** Keep a number, or a text, that the step found; NaN is null. */
void pel__stages_number(pel__stages *stages, const char *name, double value);
void pel__stages_word(pel__stages *stages, const char *name, const char *value);

/** What step `name` of this run found; NULL: nothing of that name. */
const char *pel__stages_found(const pel__stages *stages, const char *name, const char *number);
double pel__stages_value(const pel__stages *stages, const char *name, const char *number);

/** The step at hand is done: the record says so from now on. */
pel_status pel__stages_end(pel__stages *stages);

/** All steps are done: files of steps that are no more go, and the record is this run's alone. */
pel_status pel__stages_finish(pel__stages *stages);

#endif
