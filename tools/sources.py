# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: which files there are, and what stands in them."""
import pathlib
import re
import sys

LIBRARY = ("src", "include")
GUESTS = ("cli", "viewer/server", "bench", "examples")
OURS = LIBRARY + GUESTS + ("tests", "fuzz")


def root(words=None):
    """The source tree: the first plain argument of a checker, or the folder above this file."""
    words = sys.argv[1:] if words is None else words
    given = [word for word in words if not word.startswith("-")]
    top = pathlib.Path(given[0] if given else pathlib.Path(__file__).parent.parent).resolve()
    if not (top / "src/ROOMS").is_file():
        sys.exit(f"{top}: is no tree of pellucid")
    return top


def c_files(top, folders=OURS):
    """All C files below these folders, in a fixed order."""
    return sorted(f for folder in folders for f in (top / folder).rglob("*.[ch]"))


def blank(text):
    """C text with comments and the insides of literals turned to spaces, lines kept."""
    def spaces(match):
        piece = match.group(0)
        if piece[0] in "\"'":
            return piece[0] + re.sub(r"[^\n]", " ", piece[1:-1]) + piece[-1]
        return re.sub(r"[^\n]", " ", piece)
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', spaces, text,
                  flags=re.S)


def includes(path):
    """(line, '<' or '"', name) of every #include."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def rooms(top):
    """src/ROOMS as {room: rooms it may include, itself among them}."""
    table = {}
    for line in (top / "src/ROOMS").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            room, _, allowed = line.partition(":")
            table[room.strip()] = set(allowed.split()) | {room.strip()}
    return table


def report(name, problems):
    """Print what is wrong, or one line that all is well; the exit status."""
    for problem in problems:
        print(f"{name}: {problem}")
    if not problems:
        print(f"{name}: all is well")
    return 1 if problems else 0
