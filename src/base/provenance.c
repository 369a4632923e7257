/* SPDX-License-Identifier: Apache-2.0 */
/* provenance.c: made how (P8), as JSON; wraps jansson for this room. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/base.h>

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static json_t *text_list(const pel_texts *texts)
{
    json_t *list = json_array();
    for (int i = 0; i < texts->count; i++)
        json_array_append_new(list, json_string(texts->item[i]));
    return list;
}

// parameters that differ from their defaults, as the texts pel_schema_set() takes
static void add_params(json_t *to, pel_made_with with, bool names)
{
    for (int i = 0; with.schema && i < with.schema->count; i++) {
        const pel_param *param = &with.schema->params[i];
        const void *field = (const char *)with.params + param->offset;
        if (pel_schema_is_default(with.schema, with.params, param))
            continue;
        if (param->kind == PEL_KIND_TEXTS) {
            json_object_set_new(to, param->name, text_list(field));
            continue;
        }
        char *text = pel_schema_get(with.schema, with.params, param);
        if (param->kind != PEL_KIND_FILE)
            json_object_set_new(to, param->name, json_string(text ? text : ""));
        else if (names && text)
            json_object_set_new(to, param->name, json_string(last_part(text)));
        free(text);
    }
}

static json_t *input(const pel_made_from *from, bool names)
{
    json_t *one = json_object();
    json_object_set_new(one, "xxh3_128",
                        json_string(from->hash && *from->hash ? from->hash : PEL_HASH_LATER));
    // a phantom's name is its recipe, not a patient's
    if (from->name && strncmp(from->name, "phantom:", 8) == 0)
        json_object_set_new(one, "name", json_string(from->name));
    else if (from->name && names)
        json_object_set_new(one, "name", json_string(last_part(from->name)));
    json_t *params = json_object();
    for (int i = 0; i < 4 && from->with[i].schema; i++)
        add_params(params, from->with[i], names);
    json_object_set_new(one, "params", params);
    return one;
}

char *pel_provenance(const char *command, const pel_made_with *with, int with_count,
                     const pel_made_from *from, int from_count, bool names)
{
    json_t *root = json_object(), *params = json_object(), *inputs = json_array();
    json_object_set_new(root, "pellucid", json_string(pel_version()));
    json_object_set_new(root, "command", json_string(command));
    for (int i = 0; i < with_count; i++)
        add_params(params, with[i], names);
    for (int i = 0; i < from_count; i++)
        json_array_append_new(inputs, input(&from[i], names));
    json_object_set_new(root, "params", params);
    json_object_set_new(root, "inputs", inputs);
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(root);
    return text;
}
