/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: the words for a status, and this thread's last message. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"

enum { MESSAGE_BYTES = 1024 };

static _Thread_local char message[MESSAGE_BYTES];

const char *pel_status_text(pel_status status)
{
    switch (status) {
#define PEL_STATUS_CASE(name, text)                                                                \
    case name:                                                                                     \
        return text;
        PEL_STATUS_LIST(PEL_STATUS_CASE)
#undef PEL_STATUS_CASE
    }
    return "an unknown status";
}

const char *pel_error(void)
{
    return message;
}

const char *pel_version(void)
{
    return PEL_VERSION;
}

// control characters of a hostile file name or header must not reach a terminal
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 32 || *text == 127)
            *text = '?';
}

pel_status pel__fail(pel_status status, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pel__error_set(text);
    return status;
}

pel_status pel__during(pel_status status, const char *format, ...)
{
    if (status == PEL_OK)
        return status;
    char context[MESSAGE_BYTES], story[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    snprintf(story, sizeof story, "%s", message);
    size_t length = strnlen(context, sizeof message / 2);
    memcpy(message, context, length);
    snprintf(message + length, sizeof message - length, ": %.*s",
             (int)(sizeof message - length - 3), story);
    make_printable(message);
    return status;
}

void pel__note(const char *format, ...)
{
    const pel_job *job = pel__job();
    if (!job || !job->note)
        return;
    char text[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    make_printable(text);
    job->note(job->user, text);
}

void pel__error_set(const char *text)
{
    if (text != message)
        snprintf(message, sizeof message, "%s", text);
    make_printable(message);
}
