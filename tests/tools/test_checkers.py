# SPDX-License-Identifier: Apache-2.0
"""Every checker of tools/ passes a clean tree and catches each kind of violation, tried on a copy.

usage: test_checkers.py TREE CHECKER [--program pellucid] [--library so] [--archive a]"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

FOLDERS = ("src", "include", "cli", "tests", "bench", "examples", "fuzz", "tools", "docs")
LONG = "static int longest(int a)\n{\n" + "    a++;\n" * 130 + "    return a;\n}\n"
BRANCHY = "static int branchy(int a)\n{\n" + "    if (a)\n        a++;\n" * 30 + "    return a;\n}\n"
WIDE = "static int wide(int a, int b, int c, int d, int e, int f, int g, int h)\n{\n    return a;\n}\n"


def append(path, text):
    return lambda top: (top / path).write_text((top / path).read_text() + text)


def add(path, text):
    return lambda top: (top / path).write_text(text)


def replace(path, old, new):
    def change(top):
        text = (top / path).read_text()
        assert old in text, f"{path} has no '{old}' to break"
        (top / path).write_text(text.replace(old, new, 1))
    return change


def remove(path):
    return lambda top: (top / path).unlink()


# checker: (what is wrong, how to make it so, what the checker must say)
CASES = {
    "check_rooms": [
        ("a lower room includes a higher one", append("src/base/text.c", '#include "volume/volume.h"\n'),
         "base may not include volume"),
        ("a noun includes another", append("src/volume/volume.c", '#include <pellucid/image.h>\n'),
         "volume may not include image"),
        ("a public header disobeys its room", append("include/pellucid/base.h", "#include <pellucid/volume.h>\n"),
         "base may not include volume"),
        ("a header without its room", append("src/base/text.c", '#include "text.h"\n'),
         'write it as "room/text.h"'),
        ("two files wrap one library", append("src/base/text.c", "#include <jansson.h>\n"),
         "one file wraps it"),
        ("a public header shows a library", append("include/pellucid/volume.h", "#include <png.h>\n"),
         "shows <png.h> to every user"),
        ("intrinsics outside their folder", append("src/base/text.c", "#include <immintrin.h>\n"),
         "belongs to src/kernels/x86"),
        ("the program opens a private header", append("cli/main.c", '#include "base/text.h"\n'),
         "use <pellucid/...>"),
        ("a source file is included", append("src/base/text.c", '#include "base/job.c"\n'),
         "compiled, not included"),
        ("a room nobody named", add("src/ROOMS", "base: attic\n"), "unknown room attic"),
    ],
    "check_limits": [
        ("a function of 134 lines", append("src/base/text.c", LONG), "longest: function 134"),
        ("a function of 31 branches", append("src/base/text.c", BRANCHY), "branchy: complexity 31"),
        ("eight parameters", append("src/base/text.c", WIDE), "wide: parameters 8"),
        ("a line of 101 columns", append("cli/main.c", "//" + "x" * 99 + "\n"), "cli/main.c: line 101"),
        ("a file of over a thousand lines", append("tests/check.h", "\n" * 1001), "tests/check.h: file"),
        ("an exception that is not needed", append("tools/limits_exceptions", "zzz a b 1\n"), "needed no more"),
    ],
    "check_names": [
        ("a static of the public family", append("src/base/text.c", "static int pel_odd(int a)\n{\n    return a;\n}\n"),
         "file-local has a plain name"),
        ("a call that nobody defines", append("include/pellucid/base.h", "PEL_API int pel_nowhere(void);\n"),
         "pel_nowhere is declared"),
        ("a call in another room", lambda top: (
            append("include/pellucid/volume.h", "PEL_API int pel_astray(void);\n")(top),
            append("src/base/text.c", "int pel_astray(void)\n{\n    return 0;\n}\n")(top)), "another room"),
        ("an operation outside its file", append(
            "src/base/text.c", "const pel_schema pel_bend_schema = { 0 };\nint pel_bend(void)\n{\n    return 0;\n}\n"),
         "belongs into bend.c"),
    ],
    "check_docs": [
        ("a page that was edited by hand", append("docs/commands/slice.md", "edited\n"), "run tools/gen_docs"),
        ("a page that is missing", remove("docs/commands/slice.md"), "is missing"),
        ("a page of nothing", add("docs/commands/bake.md", "# bake\n"), "nothing makes it"),
        ("a public call without a word", append("include/pellucid/base.h", "\nPEL_API int pel_mute(void);\n"),
         "pel_mute without a docstring"),
        ("a link to nothing", append("docs/commands/README.md", "[x](nowhere.md)\n"), "links to nowhere.md"),
    ],
}


def run(copy, checker, options):
    done = subprocess.run([sys.executable, copy / "tools" / checker, copy, *options],
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    tree, checker, options = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        clean = pathlib.Path(folder, "clean")
        for name in FOLDERS:
            if (tree / name).is_dir():
                shutil.copytree(tree / name, clean / name, ignore=shutil.ignore_patterns("data", "corpus"))
        for page in tree.glob("*.md"):
            shutil.copy(page, clean)
        status, before = run(clean, checker, options)
        for wrong, change, says in CASES[checker]:
            broken = pathlib.Path(folder, "broken")
            shutil.copytree(clean, broken)
            change(broken)
            status, text = run(broken, checker, options)
            caught = status == 1 and says in text and says not in before
            print(f"{'ok' if caught else 'NOT CAUGHT'}: {wrong}" + ("" if caught else f"\n{text}"))
            failures += not caught
            shutil.rmtree(broken)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
