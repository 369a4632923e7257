# SPDX-License-Identifier: Apache-2.0
"""Every `pellucid ...` line in a code block of these pages runs, in order, in a folder of the page's own.

usage: run_examples.py TREE PAGE...; $PELLUCID is the program. A volume that a line reads and no earlier line
made is made first, from a phantom, as the reader has a scan of his own."""
import math
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

PROGRAM = os.path.abspath(os.environ["PELLUCID"])
MADE = tempfile.TemporaryDirectory()
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
    """A head of 2 mm, or its classes; one of each kind and format is made for all pages, and copied."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = next((k for k in ("ct", "labels") if path.name.startswith(k)), "t1")
    contrast, command = ("t1", ["mask", "--otsu", "4"]) if kind == "labels" else (kind, ["convert"])
    made = pathlib.Path(MADE.name) / (kind + "".join(path.suffixes))
    if not made.exists():
        done = call(made.parent, [*command, f"phantom:head?dims=90,112,100&spacing=2&contrast={contrast}", "-o", made.name, "--quiet"])
        assert done.returncode == 0, done.stderr
    shutil.copyfile(made, path)
    if name.endswith((".hdr", ".img")):
        for ending in ".hdr", ".img":
            shutil.copyfile(made.with_suffix(ending), path.with_suffix(ending))
    if name.endswith(".hdr"):
        make_analyze(path)


def make_analyze(header):
    """Turn a NIfTI header into one of Analyze 7.5, which has neither its magic nor its transforms."""
    header.write_bytes(header.read_bytes()[:252] + bytes(96))


def make_zip(folder, name, member):
    phantom(folder, "zipped.hdr")
    with zipfile.ZipFile(folder / name, "w") as archive:
        for ending in ("hdr", "img"):
            archive.write(folder / f"zipped.{ending}", (member or "head.hdr")[:-3] + ending)
            (folder / f"zipped.{ending}").unlink()


def dicom(number, k, shape, pixels):
    """One slice as an MR image (implicit little-endian) of series `number`."""
    elements = [(0x00080008, "ORIGINAL\\PRIMARY\\M"), (0x00080018, f"1.2.3.{number}.{k}"), (0x00080060, "MR"),
                (0x0008103e, f"T{6 // number}"), (0x0020000e, f"1.2.3.{number}"), (0x00200011, str(number)),
                (0x00200013, str(k)), (0x00200032, f"90\\112\\{2 * k - 100}"), (0x00200037, "-1\\0\\0\\0\\-1\\0"),
                (0x00280010, struct.pack("<H", shape[1])), (0x00280011, struct.pack("<H", shape[0])),
                (0x00280030, "2\\2"), (0x00280100, struct.pack("<H", 16)), (0x7fe00010, pixels)]
    out = bytes(128) + b"DICM" + struct.pack("<HH2sH", 2, 16, b"UI", 18) + b"1.2.840.10008.1.2\0"
    for tag, value in elements:
        value = value.encode() if isinstance(value, str) else value
        value += bytes(len(value) % 2)
        out += struct.pack("<HHI", tag >> 16, tag & 0xffff, len(value)) + value
    return out


def make_cd(folder):
    """A folder from the hospital: two series of a head, the second one upside down."""
    raw, shape = folder / "cd.npy", (90, 112, 100)
    done = call(folder, ["convert", "phantom:head?dims=90,112,100&spacing=2", "-o", raw.name, "--dtype", "uint16"])
    assert done.returncode == 0, done.stderr
    voxels = raw.read_bytes()[-2 * 90 * 112 * 100:]
    raw.unlink()
    size = 2 * shape[0] * shape[1]
    for number in (3, 5):
        (folder / "cd" / f"series{number}").mkdir(parents=True)
        for k in range(shape[2]):
            at = (k if number == 5 else shape[2] - 1 - k) * size
            (folder / f"cd/series{number}/IM{k:04}").write_bytes(dicom(number, k, shape, voxels[at:at + size]))


def make_mesh(path):
    """A tetrahedron with a number on each corner."""
    path.write_text("ply\nformat ascii 1.0\nelement vertex 4\n" +
                    "".join(f"property float {n}\n" for n in ("x", "y", "z", "height")) +
                    "element face 4\nproperty list uchar int vertex_indices\nend_header\n"
                    "-40 -40 -40 0\n40 -40 -40 1\n0 40 -40 2\n0 0 40 3\n"
                    "3 0 2 1\n3 0 1 3\n3 1 2 3\n3 2 0 3\n")


def make_patch(path, n=25, radius=70, wide=60):
    """A piece of a ball around 0, with a dent, in mm."""
    with open(path, "w") as out:
        out.write("ply\nformat ascii 1.0\ncomment coordinates: RAS mm\n" + f"element vertex {n * n}\n" +
                  "".join(f"property float {a}\n" for a in "xyz") +
                  f"element face {2 * (n - 1) ** 2}\nproperty list uchar int vertex_indices\nend_header\n")
        for i in range(n * n):
            x, y = (wide * (a / (n - 1) - 0.5) for a in divmod(i, n))
            z = math.sqrt(radius ** 2 - x * x - y * y) - 4 * math.exp(-(x * x + y * y) / 60)
            out.write(f"{x:.6f} {y:.6f} {z:.6f}\n")
        for i in range((n - 1) ** 2):
            a = i // (n - 1) * n + i % (n - 1)
            out.write(f"3 {a} {a + n} {a + n + 1}\n3 {a} {a + n + 1} {a + 1}\n")


def make_inputs(folder, words):
    """What the reader has: scans, zips, raw blocks."""
    for before, word in zip([""] + words, words):
        path, _, member = word.partition(",")[0].partition("::")
        if before in ("-o", "--layer", "--truth", "--report", "--save-look", "--save-camera") or (folder / path).exists():
            continue
        if path == "cd":
            make_cd(folder)
        elif path.endswith(".zip"):
            make_zip(folder, path, member)
        elif path.endswith(".raw") or before.endswith(".raw"):
            (folder / path).write_bytes(bytes(range(256)) * 65536 * 2)
        elif path.endswith("patch.ply"):
            make_patch(folder / path)
        elif path.endswith(".ply"):
            make_mesh(folder / path)
        elif path.endswith(".white"):
            make_patch(folder / "whole.ply")
            call(folder, ["mesh", "whole.ply", "-o", path])
        elif path.endswith(".png") and words[0] == "info":
            call(folder, ["render", "phantom:sphere", "-o", path, "--layer", "position=pos.npy"])
        elif path.endswith(".tif") and "*" not in path:
            call(folder, ["convert", "phantom:head?dims=90,112,100&spacing=2", "--crop", ":,:,60:61", "--spacing", "0.4,0.4,0.4", "-o", path])
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
