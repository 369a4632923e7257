/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: how a file was made, as words that make it again; wraps jansson for this room. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pellucid/phantoms.h>
#include <pellucid/pipeline.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

enum { MOST_INPUTS = 64, MOST_OPTIONS = 256 };

/* ---- what a file says ---- */

static pel_status wrong(const char *path, const char *what)
{
    return pel__fail(PEL_EFORMAT, "%s: what it says of how it was made is damaged: %s", path, what);
}

// an absent text stays NULL; one that is there and is none is damage
static bool take_text(char **out, const json_t *from, const char *key)
{
    const json_t *value = json_object_get(from, key);
    if (!value || json_is_null(value))
        return true;
    *out = pel__strdup(json_string_value(value));
    return *out != NULL;
}

static bool add_option(pel_recipe_input *to, const char *name, const json_t *value)
{
    if (to->option_count == MOST_OPTIONS || !json_is_string(value))
        return false;
    if (to->option_count % 16 == 0 &&
        pel__realloc(&to->option, to->option_count + 16, sizeof *to->option, "options") != PEL_OK)
        return false;
    pel_recipe_option *option = &to->option[to->option_count++];
    option->name = pel__strdup(name);
    option->value = pel__strdup(json_string_value(value));
    return option->name && option->value;
}

static bool take_options(pel_recipe_input *to, json_t *params)
{
    const char *name;
    json_t *value;
    bool ok = json_is_object(params);
    json_object_foreach(params, name, value)
    {
        for (size_t i = 0; ok && json_is_array(value) && i < json_array_size(value); i++)
            ok = add_option(to, name, json_array_get(value, i));
        ok = ok && (json_is_array(value) || add_option(to, name, value));
    }
    return ok;
}

static bool take_input(pel_recipe_input *to, const json_t *from)
{
    return json_is_object(from) && take_text(&to->hash, from, "xxh3_128") &&
           take_text(&to->name, from, "name") && take_text(&to->role, from, "role") &&
           take_options(to, json_object_get(from, "params"));
}

static pel_status take_recipe(pel_recipe *out, const char *path, const json_t *made)
{
    const json_t *inputs = json_object_get(made, "inputs");
    size_t count = json_array_size(inputs);
    if (!take_text(&out->version, made, "pellucid") || !take_text(&out->command, made, "command") ||
        !out->version || !out->command)
        return wrong(path, "no command");
    if (!take_options(&out->own, json_object_get(made, "params")))
        return wrong(path, "its parameters");
    if (!json_is_array(inputs) || count > MOST_INPUTS)
        return wrong(path, "its inputs");
    pel_status s =
        pel__alloc_zero(&out->input, (int64_t)(count ? count : 1), sizeof *out->input, "inputs");
    for (size_t i = 0; s == PEL_OK && i < count; i++) {
        out->input_count = (int)i + 1;
        if (!take_input(&out->input[i], json_array_get(inputs, i)))
            s = wrong(path, "an input");
    }
    return s;
}

pel_status pel_recipe_parse(pel_recipe *out, const char *json, const char *name)
{
    *out = (pel_recipe){ 0 };
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    const json_t *made = json_object_get(root, "provenance");
    pel_status s = PEL_OK;
    if (!root)
        s = wrong(name, "it is no JSON");
    else if (!json_is_object(made) && !json_object_get(root, "command"))
        s = pel__fail(PEL_EDATA, "%s: says nothing of how it was made (--provenance none)", name);
    if (s == PEL_OK && !take_text(&out->layer, root, "layer"))
        s = wrong(name, "its layer");
    if (s == PEL_OK)
        s = take_recipe(out, name, json_is_object(made) ? made : root);
    json_decref(root);
    if (s != PEL_OK)
        pel_recipe_free(out);
    return s;
}

pel_status pel_recipe_read(pel_recipe *out, const char *path)
{
    char *json;
    *out = (pel_recipe){ 0 };
    pel_status s = pel_read_made(&json, path);
    if (s == PEL_OK)
        s = pel_recipe_parse(out, json, path);
    free(json);
    return s;
}

static void free_input(pel_recipe_input *input)
{
    free(input->hash);
    free(input->name);
    free(input->role);
    for (int i = 0; i < input->option_count; i++) {
        free(input->option[i].name);
        free(input->option[i].value);
    }
    pel__free(input->option);
}

void pel_recipe_free(pel_recipe *recipe)
{
    for (int i = 0; i < recipe->input_count; i++)
        free_input(&recipe->input[i]);
    free_input(&recipe->own);
    pel__free(recipe->input);
    free(recipe->version);
    free(recipe->command);
    free(recipe->layer);
    *recipe = (pel_recipe){ 0 };
}

/* ---- the hash of an input ---- */

static pel_status hash_bytes(char out[33], const char *path)
{
    static const int64_t part = 1 << 20;
    pel__hash *hash;
    void *room = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return pel__fail(PEL_EIO, "%s: cannot be read", path);
    pel_status s = pel__hash_new(&hash);
    if (s == PEL_OK)
        s = pel__alloc(&room, part, 1, "a part of a file");
    for (size_t n = 1; s == PEL_OK && n > 0;) {
        n = fread(room, 1, (size_t)part, file);
        pel__hash_add(hash, room, n);
    }
    if (s == PEL_OK && ferror(file))
        s = pel__fail(PEL_EIO, "%s: reading failed", path);
    if (s == PEL_OK)
        pel__hash_text(hash, out);
    pel__free(room);
    pel__hash_free(hash);
    fclose(file);
    return s;
}

// formats whose readers hash the file from its first byte to its last
static bool is_one_file(const char *path)
{
    static const char *const endings[] = { ".nii", ".nii.gz", ".nrrd", ".mha", ".mgh",
                                           ".mgz", ".npy",    ".raw",  ".txt", ".json" };
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (pel__ends_with(path, endings[i]))
            return true;
    return false;
}

pel_status pel_input_hash(char out[33], const char *path, const pel_input_params *params)
{
    pel_read_params read = pel_read_defaults();
    pel_source source;
    struct stat info;
    *out = 0;
    if (is_one_file(path))
        return hash_bytes(out, path);
    if (params) {
        read.raw = params->raw;
        read.slices = params->slices;
        read.allow = params->allow;
    }
    bool scene = strncmp(path, "phantom:", 8) == 0;
    pel_status s =
        scene ? pel_phantom_open(&source, path + 8) : pel_open_volume(&source, path, &read);
    if (s == PEL_OK && source.finish)
        s = source.finish(&source);
    if (s == PEL_OK)
        memcpy(out, source.shape.fields.hash, 33);
    pel_source_close(&source);
    // no volume, as a colour map's file
    if (s != PEL_OK && !scene && stat(path, &info) == 0 && S_ISREG(info.st_mode))
        return hash_bytes(out, path);
    return s;
}
