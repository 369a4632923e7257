/* SPDX-License-Identifier: Apache-2.0 */
/* help_complete.c: completion scripts for bash, zsh and fish from the tables. */
#include <string.h>

#include "help.h"

// text within single quotes of a shell; `also` are characters a backslash goes before
static void put_quoted(FILE *to, const char *text, const char *also)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", to);
        else {
            if (strchr(also, *text))
                fputc('\\', to);
            fputc(*text, to);
        }
    }
}

static void put_choices(FILE *to, const char *choices)
{
    for (; *choices; choices++)
        fputc(*choices == '|' ? ' ' : *choices, to);
}

static void put_commands(FILE *to)
{
    for (int i = 0; cli_commands[i]; i++)
        fprintf(to, "%s ", cli_commands[i]->name);
    fputs("help", to);
}

static void bash(FILE *to)
{
    cli_option options[CLI_OPTIONS];
    char name[64];
    fputs("# bash completion of pellucid\n_pellucid() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} list=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ] || [ \"$before\" = help ]; then\n"
          "        COMPREPLY=($(compgen -W \"",
          to);
    put_commands(to);
    fputs("\" -- \"$word\"))\n        return\n    fi\n"
          "    case \"${COMP_WORDS[1]} $before\" in\n",
          to);
    for (int c = 0; cli_commands[c]; c++) {
        int count = cli_options(options, cli_commands[c]);
        for (int i = 0; i < count; i++) {
            if (!options[i].param->choices)
                continue;
            cli_option_name(name, options[i].param);
            fprintf(to, "    \"%s %s\") list=\"", cli_commands[c]->name, name);
            put_choices(to, options[i].param->choices);
            fputs("\" ;;\n", to);
        }
    }
    fputs("    esac\n    case \"$list$word\" in\n    -*) case \"${COMP_WORDS[1]}\" in\n", to);
    for (int c = 0; cli_commands[c]; c++) {
        int count = cli_options(options, cli_commands[c]);
        fprintf(to, "        %s) list=\"", cli_commands[c]->name);
        for (int i = 0; i < count; i++) {
            cli_option_name(name, options[i].param);
            fprintf(to, "%s ", name);
        }
        fputs("--help\" ;;\n", to);
    }
    fputs("        esac ;;\n    esac\n"
          "    [ -z \"$list\" ] || COMPREPLY=($(compgen -W \"$list\" -- \"$word\"))\n"
          "}\ncomplete -o default -F _pellucid pellucid\n",
          to);
}

static void zsh_option(FILE *to, const cli_option *option, const cli_command *command)
{
    static const char special[] = "[]:\\";
    char name[64], value[64];
    cli_option_name(name, option->param);
    cli_option_value(value, option->param);
    fprintf(to, " \\\n      '%s%s[", option->param->kind == PEL_KIND_TEXTS ? "*" : "", name);
    put_quoted(to, cli_option_help(option, command), special);
    fputc(']', to);
    if (*value) {
        fputc(':', to);
        put_quoted(to, option->param->choices ? "WORD" : value, special);
        fputc(':', to);
        if (option->param->choices) {
            fputc('(', to);
            put_choices(to, option->param->choices);
            fputc(')', to);
        } else if (option->param->kind == PEL_KIND_FILE || name[1] == 'o')
            fputs("_files", to);
    }
    fputc('\'', to);
}

static void zsh(FILE *to)
{
    cli_option options[CLI_OPTIONS];
    fputs("#compdef pellucid\n_pellucid() {\n  if (( CURRENT == 2 )); then\n"
          "    local -a commands\n    commands=(",
          to);
    for (int c = 0; cli_commands[c]; c++) {
        fprintf(to, "'%s:", cli_commands[c]->name);
        put_quoted(to, cli_commands[c]->summary, "");
        fputs("'\n      ", to);
    }
    fputs("'help:all about a command')\n    _describe command commands\n    return\n  fi\n"
          "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n",
          to);
    for (int c = 0; cli_commands[c]; c++) {
        fprintf(to, "  %s)\n    _arguments", cli_commands[c]->name);
        int count = cli_options(options, cli_commands[c]);
        for (int i = 0; i < count; i++)
            zsh_option(to, &options[i], cli_commands[c]);
        fputs(" \\\n      '*:file:_files' ;;\n", to);
    }
    fputs("  esac\n}\n_pellucid \"$@\"\n", to);
}

static void fish_option(FILE *to, const cli_option *option, const cli_command *command)
{
    char name[64];
    cli_option_name(name, option->param);
    fprintf(to, "complete -c pellucid -n '__fish_seen_subcommand_from %s' ", command->name);
    if (name[1] == '-')
        fprintf(to, "-l %s", name + 2);
    else
        fprintf(to, "-s %s -r", name + 1);
    if (option->param->choices) {
        fputs(" -x -a '", to);
        put_choices(to, option->param->choices);
        fputc('\'', to);
    } else if (option->param->kind == PEL_KIND_FILE)
        fputs(" -r", to);
    else if (option->param->kind != PEL_KIND_SWITCH && name[1] == '-')
        fputs(" -x", to);
    fputs(" -d '", to);
    for (const char *c = cli_option_help(option, command); *c; c++)
        fprintf(to, "%s%c", *c == '\'' || *c == '\\' ? "\\" : "", *c);
    fputs("'\n", to);
}

static void fish(FILE *to)
{
    cli_option options[CLI_OPTIONS];
    fputs("# fish completion of pellucid\n", to);
    for (int c = 0; cli_commands[c]; c++) {
        fprintf(to, "complete -c pellucid -n __fish_use_subcommand -a %s -d '",
                cli_commands[c]->name);
        for (const char *s = cli_commands[c]->summary; *s; s++)
            fprintf(to, "%s%c", *s == '\'' || *s == '\\' ? "\\" : "", *s);
        fputs("'\n", to);
        int count = cli_options(options, cli_commands[c]);
        for (int i = 0; i < count; i++)
            fish_option(to, &options[i], cli_commands[c]);
    }
}

bool cli_completion(FILE *to, const char *shell)
{
    static const struct {
        const char *name;
        void (*print)(FILE *to);
    } shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
    for (int i = 0; i < 3; i++)
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].print(to);
            return true;
        }
    return false;
}
