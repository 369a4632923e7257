/* SPDX-License-Identifier: Apache-2.0 */
/* params.c: parameter tables: defaults, text to value and back, ranges. */
#include "base/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

static const char *const unit_names[] = { "mm", "vx", "px", "cm", "in" };

bool pel__choice(char out[64], const char *choices, int index)
{
    for (; index > 0; index--) {
        choices = strchr(choices, '|');
        if (!choices)
            return false;
        choices++;
    }
    size_t length = strcspn(choices, "|");
    if (length > 63)
        return false;
    memcpy(out, choices, length);
    out[length] = 0;
    return true;
}

bool pel__parse_length(pel_length *out, const char *text)
{
    char *end;
    double value = pel__strtod(text, &end);
    if (end == text)
        return false;
    if (!*end) {
        *out = (pel_length){ value, PEL_MM };
        return true;
    }
    for (int u = 0; u < (int)(sizeof unit_names / sizeof *unit_names); u++)
        if (strcmp(end, unit_names[u]) == 0) {
            *out = (pel_length){ value, (pel_unit)u };
            return true;
        }
    return false;
}

bool pel__parse_numbers(pel_numbers *out, const char *text, char separator)
{
    pel_numbers got = { 0 };
    for (;;) {
        char *end;
        if (got.count == 16)
            return false;
        got.value[got.count] = pel__strtod(text, &end);
        if (end == text)
            return false;
        got.count++;
        if (!*end)
            break;
        if (*end != separator)
            return false;
        text = end + 1;
    }
    *out = got;
    return true;
}

// one end of a range, up to its colon or the text's end
static bool range_end(double *out, const char *from, const char *to, bool open)
{
    char *end;
    if (from == to)
        return open;
    *out = pel__strtod(from, &end);
    return end == to && !isnan(*out) && (open || isfinite(*out));
}

pel_status pel__parse_range(double range[2], const char *text, const char *option, bool open)
{
    const char *colon = strchr(text, ':');
    range[0] = -INFINITY;
    range[1] = INFINITY;
    if (colon && range_end(&range[0], text, colon, open) &&
        range_end(&range[1], colon + 1, text + strlen(text), open) && range[0] <= range[1])
        return PEL_OK;
    return pel__fail(PEL_EPARAM, "%s is '%s'; it wants LO:HI, two numbers, the lower one first%s",
                     option, text, open ? "; 100: and :100 are open at one end" : "");
}

double pel__length_mm(pel_length length, double voxel_mm)
{
    return length.unit == PEL_MM   ? length.value
           : length.unit == PEL_VX ? length.value * voxel_mm
                                   : NAN;
}

const pel_param *pel_schema_find(const pel_schema *schema, const char *name)
{
    for (int i = 0; i < schema->count; i++)
        if (pel__same_word(schema->params[i].name, name))
            return &schema->params[i];
    return NULL;
}

static void option_name(char out[64], const pel_param *param)
{
    snprintf(out, 64, "--%s", param->name);
    for (char *c = out; *c; c++)
        if (*c == '_')
            *c = '-';
}

static pel_status wrong(const pel_param *param, const char *text, const char *wants)
{
    char option[64];
    option_name(option, param);
    return pel__fail(PEL_EPARAM, "%s is '%s'; it wants %s", option, text, wants);
}

static pel_status check_number(const pel_param *param, double value)
{
    if (value >= param->lo && value <= param->hi)
        return PEL_OK;
    char option[64], is[32], lo[32], hi[32];
    option_name(option, param);
    pel__format_number(is, value);
    pel__format_number(lo, param->lo);
    pel__format_number(hi, param->hi);
    return pel__fail(PEL_EPARAM, "%s is %s; it goes from %s to %s%s%s", option, is, lo, hi,
                     param->unit ? " " : "", param->unit ? param->unit : "");
}

static bool parse_switch(bool *out, const char *text)
{
    static const char *const yes[] = { "yes", "on", "true", "1" };
    static const char *const no[] = { "no", "off", "false", "0" };
    for (int i = 0; i < 4; i++)
        if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
            *out = !strcmp(text, yes[i]);
            return true;
        }
    return false;
}

static pel_status set_choice(const pel_param *param, int *field, const char *text)
{
    char name[64];
    for (int i = 0; pel__choice(name, param->choices, i); i++)
        if (pel__same_word(name, text)) {
            *field = i;
            return PEL_OK;
        }
    pel__text list = { 0 };
    for (int i = 0; pel__choice(name, param->choices, i); i++)
        pel__text_add(&list, "%s%s", i ? ", " : "one of ", name);
    pel_status s = wrong(param, text, list.text ? list.text : "another word");
    pel__text_free(&list);
    return s;
}

static pel_status set_integer(const pel_param *param, int64_t *field, const char *text)
{
    int64_t value;
    if (!pel__parse_integer(&value, text, INT64_MIN, INT64_MAX))
        return wrong(param, text, "a whole number");
    pel_status s = check_number(param, (double)value);
    if (s == PEL_OK)
        *field = value;
    return s;
}

static pel_status set_number(const pel_param *param, double *field, const char *text)
{
    double value;
    if (!pel__parse_number(&value, text))
        return wrong(param, text, "a number");
    pel_status s = check_number(param, value);
    if (s == PEL_OK)
        *field = value;
    return s;
}

static pel_status set_numbers(const pel_param *param, pel_numbers *field, const char *text)
{
    pel_numbers value;
    if (!pel__parse_numbers(&value, text, ','))
        return wrong(param, text, "numbers with commas between them");
    for (int i = 0; i < value.count; i++) {
        pel_status s = check_number(param, value.value[i]);
        if (s != PEL_OK)
            return s;
    }
    *field = value;
    return PEL_OK;
}

static pel_status set_length(const pel_param *param, pel_length *field, const char *text)
{
    pel_length value;
    if (!pel__parse_length(&value, text))
        return wrong(param, text, "a length: 12 (mm), 2vx, 300px, 30cm or 5in");
    pel_status s = check_number(param, value.value);
    if (s == PEL_OK)
        *field = value;
    return s;
}

static pel_status set_value(const pel_param *param, void *field, const char *text)
{
    switch (param->kind) {
    case PEL_KIND_SWITCH:
        return parse_switch(field, text) ? PEL_OK : wrong(param, text, "yes or no");
    case PEL_KIND_INTEGER:
        return set_integer(param, field, text);
    case PEL_KIND_NUMBER:
        return set_number(param, field, text);
    case PEL_KIND_CHOICE:
        return set_choice(param, field, text);
    case PEL_KIND_TEXT:
    case PEL_KIND_FILE:
        *(const char **)field = text;
        return PEL_OK;
    case PEL_KIND_TEXTS: {
        pel_texts *texts = field;
        if (texts->count == (int)(sizeof texts->item / sizeof *texts->item))
            return wrong(param, text, "no more than 32 times");
        texts->item[texts->count++] = text;
        return PEL_OK;
    }
    case PEL_KIND_NUMBERS:
        return set_numbers(param, field, text);
    case PEL_KIND_LENGTH:
        return set_length(param, field, text);
    case PEL_KIND_COLOUR: {
        pel_status s = pel_colour_parse(field, text);
        return s == PEL_OK ? s
                           : wrong(param, text, "a colour: #rgb, #rrggbb, #rrggbbaa or a CSS name");
    }
    }
    return PEL_EPARAM;
}

// what a field holds when it was not given and has no default
static void unset_value(const pel_param *param, void *field)
{
    if (param->kind == PEL_KIND_INTEGER)
        *(int64_t *)field = (int64_t)param->lo - 1;
    if (param->kind == PEL_KIND_NUMBER)
        *(double *)field = NAN;
    if (param->kind == PEL_KIND_LENGTH)
        *(pel_length *)field = (pel_length){ NAN, PEL_MM };
}

void pel_schema_defaults(const pel_schema *schema, void *params)
{
    memset(params, 0, schema->params_size);
    *(size_t *)params = schema->params_size;
    for (int i = 0; i < schema->count; i++) {
        const pel_param *param = &schema->params[i];
        void *field = (char *)params + param->offset;
        if (param->def)
            set_value(param, field, param->def);
        else
            unset_value(param, field);
    }
}

pel_status pel_schema_set(const pel_schema *schema, void *params, const char *name,
                          const char *text)
{
    const pel_param *param = pel_schema_find(schema, name);
    if (!param)
        return pel__fail(PEL_EPARAM, "%s has no parameter %s", schema->name, name);
    return set_value(param, (char *)params + param->offset, text);
}

static bool integer_given(const pel_param *param, int64_t value)
{
    return param->def || value != (int64_t)param->lo - 1;
}

pel_status pel_schema_check(const pel_schema *schema, const void *params)
{
    if (*(const size_t *)params != schema->params_size)
        return pel__fail(PEL_EPARAM, "%s: start from pel_%s_defaults()", schema->name,
                         schema->name);
    for (int i = 0; i < schema->count; i++) {
        const pel_param *param = &schema->params[i];
        const void *field = (const char *)params + param->offset;
        pel_status s = PEL_OK;
        if (param->kind == PEL_KIND_INTEGER && integer_given(param, *(const int64_t *)field))
            s = check_number(param, (double)*(const int64_t *)field);
        else if (param->kind == PEL_KIND_NUMBER && (param->def || !isnan(*(const double *)field)))
            s = check_number(param, *(const double *)field);
        else if (param->kind == PEL_KIND_LENGTH && !isnan(((const pel_length *)field)->value))
            s = check_number(param, ((const pel_length *)field)->value);
        else if (param->kind == PEL_KIND_NUMBERS)
            for (int n = 0; n < ((const pel_numbers *)field)->count && s == PEL_OK; n++)
                s = check_number(param, ((const pel_numbers *)field)->value[n]);
        else if (param->kind == PEL_KIND_CHOICE) {
            char name[64];
            if (*(const int *)field < 0 || !pel__choice(name, param->choices, *(const int *)field))
                s = pel__fail(PEL_EPARAM, "%s has no choice %d", param->name, *(const int *)field);
        }
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

static void get_colour(pel__text *to, pel_colour colour)
{
    int v[4] = { (int)lround(colour.r * 255.0), (int)lround(colour.g * 255.0),
                 (int)lround(colour.b * 255.0), (int)lround(colour.a * 255.0) };
    pel__text_add(to, v[3] == 255 ? "#%02x%02x%02x" : "#%02x%02x%02x%02x", v[0], v[1], v[2], v[3]);
}

static void get_value(pel__text *to, const pel_param *param, const void *field)
{
    char number[64];
    switch (param->kind) {
    case PEL_KIND_SWITCH:
        pel__text_add(to, "%s", *(const bool *)field ? "yes" : "no");
        break;
    case PEL_KIND_INTEGER:
        if (integer_given(param, *(const int64_t *)field))
            pel__text_add(to, "%lld", (long long)*(const int64_t *)field);
        break;
    case PEL_KIND_NUMBER:
        pel__format_number(number, *(const double *)field);
        if (param->def || !isnan(*(const double *)field))
            pel__text_add(to, "%s", number);
        break;
    case PEL_KIND_CHOICE:
        if (pel__choice(number, param->choices, *(const int *)field))
            pel__text_add(to, "%s", number);
        break;
    case PEL_KIND_TEXT:
    case PEL_KIND_FILE:
        if (*(const char *const *)field)
            pel__text_add(to, "%s", *(const char *const *)field);
        break;
    case PEL_KIND_TEXTS:
        break; // a list: see pel_provenance()
    case PEL_KIND_NUMBERS:
        for (int i = 0; i < ((const pel_numbers *)field)->count; i++) {
            pel__format_number(number, ((const pel_numbers *)field)->value[i]);
            pel__text_add(to, "%s%s", i ? "," : "", number);
        }
        break;
    case PEL_KIND_LENGTH: {
        pel_length length = *(const pel_length *)field;
        pel__format_number(number, length.value);
        if (!isnan(length.value))
            pel__text_add(to, "%s%s", number, length.unit == PEL_MM ? "" : unit_names[length.unit]);
        break;
    }
    case PEL_KIND_COLOUR:
        if (((const pel_colour *)field)->set)
            get_colour(to, *(const pel_colour *)field);
        break;
    }
}

char *pel_schema_get(const pel_schema *schema, const void *params, const pel_param *param)
{
    (void)schema;
    pel__text text = { 0 };
    get_value(&text, param, (const char *)params + param->offset);
    return text.text;
}

bool pel_schema_is_default(const pel_schema *schema, const void *params, const pel_param *param)
{
    if (param->kind == PEL_KIND_TEXTS)
        return ((const pel_texts *)(const void *)((const char *)params + param->offset))->count ==
               0;
    void *fresh = calloc(1, schema->params_size);
    if (!fresh)
        return false;
    pel_schema_defaults(schema, fresh);
    char *is = pel_schema_get(schema, params, param), *was = pel_schema_get(schema, fresh, param);
    bool same = is && was ? strcmp(is, was) == 0 : is == was;
    free(is);
    free(was);
    free(fresh);
    return same;
}
