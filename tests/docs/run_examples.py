# SPDX-License-Identifier: Apache-2.0
"""Every `pellucid ...` line in a code block of these pages runs, in order, in a folder of the page's own.

usage: run_examples.py TREE PAGE...; $PELLUCID is the program. A volume that a line reads and no earlier line
made is made first, from a phantom, as the reader has a scan of his own."""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import zipfile

PROGRAM = os.path.abspath(os.environ["PELLUCID"])
VOLUME = re.compile(r"[\w./-]+\.(?:nii|nii\.gz|hdr|img|npy|nrrd|mha|mgz)$")


def lines(page):
    """Command lines of the fenced blocks, continued lines joined."""
    for block in re.findall(r"^```(?:sh)?\n(.*?)^```", page.read_text(), re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("pellucid ") and "[options]" not in line and "COMMAND" not in line:
                yield line


def call(folder, words):
    return subprocess.run([PROGRAM, *words], cwd=folder, capture_output=True, text=True,
                          errors="replace", timeout=300)


def phantom(folder, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    done = call(folder, ["convert", "phantom:head?dims=90,112,100&spacing=2", "-o", name, "--quiet"])
    assert done.returncode == 0, done.stderr
    if name.endswith(".hdr"):
        make_analyze(folder / name)


def make_analyze(header):
    """Turn a NIfTI header into one of Analyze 7.5, which has neither its magic nor its transforms."""
    header.write_bytes(header.read_bytes()[:252] + bytes(96))


def make_zip(folder, name, member):
    phantom(folder, "zipped.hdr")
    with zipfile.ZipFile(folder / name, "w") as archive:
        for ending in ("hdr", "img"):
            archive.write(folder / f"zipped.{ending}", (member or "head.hdr")[:-3] + ending)
            (folder / f"zipped.{ending}").unlink()


def make_inputs(folder, words):
    """What the reader has: scans, zips, raw blocks."""
    for before, word in zip([""] + words, words):
        path, _, member = word.partition(",")[0].partition("::")
        if before in ("-o", "--layer", "--truth", "--save-look") or (folder / path).exists():
            continue
        if path.endswith(".zip"):
            make_zip(folder, path, member)
        elif path.endswith(".raw") or before.endswith(".raw"):
            (folder / path).write_bytes(bytes(range(256)) * 65536 * 2)
        elif VOLUME.match(path) and "=" not in path:
            phantom(folder, path)


def wrote(folder, output):
    return output == "-" or "%" in output or (folder / output).exists()


def run_page(page):
    """How many lines ran, and the failures."""
    count, failures = 0, []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for line in lines(page):
            words = shlex.split(line.partition(" | ")[0].partition(" > ")[0], comments=True)[1:]
            make_inputs(folder, words)
            done = call(folder, words)
            count += 1
            if done.returncode != 0:
                failures.append(f"{line}\n    {done.stderr.strip()}")
            elif "-o" in words and not wrote(folder, words[words.index("-o") + 1]):
                failures.append(f"{line}\n    wrote nothing")
    return count, failures


def main():
    tree, status = pathlib.Path(sys.argv[1]), 0
    for name in sys.argv[2:]:
        for page in sorted(tree.glob(name)):
            count, failures = run_page(page)
            print(f"{page.relative_to(tree)}: {count} lines, {len(failures)} failed")
            for failure in failures:
                print("  " + failure)
            status |= bool(failures)
    return status


if __name__ == "__main__":
    sys.exit(main())
