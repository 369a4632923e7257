/* SPDX-License-Identifier: Apache-2.0 */
/* provenance.c: made how (P8), as JSON; wraps jansson for this room. */
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/base.h>

#include "base/text.h"

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/*
 * A text without the file names in it, malloc'd: of "NAME=FILE" the name stays; the FILE that
 * others begin with becomes its last part when `names`, else "?". A word with neither . nor /, a
 * number and a scene are no files.
 */
static char *without_files(const char *text, const pel_param *param, bool names)
{
    const char *pattern = param->value && strstr(param->value, "FILE") ? param->value : "";
    size_t end = strcspn(text, *pattern && strstr(pattern, "=FILE") ? "=" : ",");
    bool output = *pattern && strstr(pattern, "=FILE");
    double number;
    bool scene = strncmp(text, "phantom:", 8) == 0 || pel__parse_number(&number, text);
    bool file = *pattern && !output && !scene && *text != '{' && strcspn(text, "./") < end;
    const char *keep = file && names ? last_part(text) : text;
    pel__text out = { 0 };
    if (file && !names)
        pel__text_add(&out, "?%s", text + end);
    else
        pel__text_add(&out, "%.*s", output ? (int)end : (int)strlen(keep), keep);
    return out.text;
}

static bool put(json_t *to, const char *key, json_t *value)
{
    return json_object_set_new(to, key, value) == 0;
}

// NULL when memory ran out, as everything here
static json_t *text_list(const pel_texts *texts, const pel_param *param, bool names)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < texts->count; i++) {
        char *text = without_files(texts->item[i], param, names);
        ok = text && json_array_append_new(list, json_string(text)) == 0;
        free(text);
    }
    if (!ok)
        json_decref(list);
    return ok ? list : NULL;
}

static bool add_text(json_t *to, const pel_param *param, pel_made_with with, bool names)
{
    // a file is an input with a role, or an output
    if (param->kind == PEL_KIND_FILE)
        return true;
    // no text: it was unset
    char *whole = pel_schema_get(with.schema, with.params, param);
    char *text = whole ? without_files(whole, param, names) : NULL;
    bool ok = (!whole || text) && put(to, param->name, json_string(text ? text : ""));
    free(text);
    free(whole);
    return ok;
}

// parameters that differ from their defaults, as the texts pel_schema_set() takes
static bool add_params(json_t *to, pel_made_with with, bool names)
{
    bool ok = true;
    for (int i = 0; ok && with.schema && i < with.schema->count; i++) {
        const pel_param *param = &with.schema->params[i];
        const void *field = (const char *)with.params + param->offset;
        if (pel_schema_is_default(with.schema, with.params, param))
            continue;
        ok = param->kind == PEL_KIND_TEXTS ? put(to, param->name, text_list(field, param, names))
                                           : add_text(to, param, with, names);
    }
    return ok;
}

static json_t *input(const pel_made_from *from, bool names)
{
    json_t *one = json_object(), *params = json_object();
    bool ok =
        put(one, "xxh3_128", json_string(from->hash && *from->hash ? from->hash : PEL_HASH_LATER));
    // a phantom's name is its recipe, not a patient's
    if (from->name && strncmp(from->name, "phantom:", 8) == 0)
        ok = ok && put(one, "name", json_string(from->name));
    else if (from->name && names)
        ok = ok && put(one, "name", json_string(last_part(from->name)));
    if (from->role)
        ok = ok && put(one, "role", json_string(from->role));
    for (int i = 0; ok && i < 4 && from->with[i].schema; i++)
        ok = add_params(params, from->with[i], names);
    ok = put(one, "params", params) && ok;
    if (ok)
        return one;
    json_decref(one);
    return NULL;
}

char *pel_provenance(const char *command, const pel_made_with *with, int with_count,
                     const pel_made_from *from, int from_count, bool names)
{
    json_t *root = json_object(), *params = json_object(), *inputs = json_array();
    bool ok = put(root, "pellucid", json_string(pel_version())) &&
              put(root, "command", json_string(command));
    for (int i = 0; ok && i < with_count; i++)
        ok = add_params(params, with[i], names);
    for (int i = 0; ok && i < from_count; i++)
        ok = json_array_append_new(inputs, input(&from[i], names)) == 0;
    // both are handed over, whatever came before
    ok = put(root, "params", params) && ok;
    ok = put(root, "inputs", inputs) && ok;
    char *text = ok ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    return text;
}
