/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c: the word a person may have meant. */
#include <string.h>

#include "help.h"

enum { LONGEST = 40 };

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// edits between two words: a letter added, dropped, changed, or two neighbours swapped
static int distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    int row[3][LONGEST + 1];
    for (int j = 0; j <= m; j++)
        row[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
    }
    return row[n % 3][m];
}

const char *cli_nearest(const char *word, const char *const *words)
{
    const char *best = NULL;
    int length = (int)strlen(word), most = length < 4 ? 1 : length < 8 ? 2 : 3;
    for (int i = 0; words[i]; i++) {
        int far = distance(word, words[i]);
        // the beginning of a word is as good as one slip
        if (length >= 3 && strncmp(word, words[i], (size_t)length) == 0 && far > 1)
            far = 1;
        if (far <= most) {
            most = far - 1;
            best = words[i];
        }
    }
    return best;
}

const char *cli_nearest_command(const char *word)
{
    const char *names[64] = { "help" };
    int count = 1;
    for (int i = 0; cli_commands[i] && count < 63; i++)
        names[count++] = cli_commands[i]->name;
    names[count] = NULL;
    return cli_nearest(word, names);
}

bool cli_nearest_option(char out[64], const cli_command *command, const char *word)
{
    cli_option options[CLI_OPTIONS];
    const char *names[CLI_OPTIONS + 1];
    char plain[64];
    snprintf(plain, sizeof plain, "%.60s", word);
    for (char *c = plain; *c; c++)
        if (*c == '-')
            *c = '_';
    int count = cli_options(options, command);
    for (int i = 0; i < count; i++)
        names[i] = options[i].param->name;
    names[count] = NULL;
    const char *best = cli_nearest(plain, names);
    for (int i = 0; best && i < count; i++)
        if (names[i] == best)
            cli_option_name(out, options[i].param);
    return best;
}
