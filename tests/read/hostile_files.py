#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_files.py PELLUCID DUMP_VOLUME [DATA]: one valid file of each format, cut at 200 places, and every file under
DATA/7_broken: exit 1 with a reason, or every voxel of the whole file; under a second and within 64 MiB of a good file."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

CUTS, MOST_BYTES, MOST_SECONDS = 200, 64 << 20, 1
failed = 0
# name of the output, the file of it that is cut, what is read; with options of convert
FORMATS = [
    ("v.nii", None, None, ""), ("v.nii.gz", None, None, ""), ("p.hdr", "p.img", None, ""), ("p.hdr", None, None, ""),
    ("v.npy", None, None, ""), ("v.nrrd", None, None, ""), ("r.nrrd", None, None, "--encoding raw"),
    ("v.nhdr", None, None, ""), ("v.nhdr", "v.raw.gz", None, ""), ("v.mha", None, None, ""),
    ("v.mhd", None, None, ""), ("v.mhd", "v.zraw", None, ""), ("v.mgh", None, None, ""), ("v.mgz", None, None, ""),
    ("v.tif", None, None, ""), ("r.tif", None, None, "--tiff none"), ("z.tif", None, None, "--tiff zstd"),
    ("s/a_%d.png", "s/a_2.png", "s", "--dtype uint16"), ("t/a_%d.tif", "t/a_2.tif", "t", ""),
]


def check(holds, why):
    global failed
    if not holds:
        failed += 1
        print("FAILED", why)


class Reader:
    """dump_volume, one file at a time, with what each cost."""

    def __init__(self, program, folder):
        self.out = os.path.join(folder, "out.bin")
        self.err = open(os.path.join(folder, "err.txt"), "w+")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.err, text=True)

    def seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) << 10

    def read(self, path):
        """The bytes of its voxels, or None and a reason."""
        before, at = self.seconds(), self.err.seek(0, 2)
        self.process.stdin.write(f"{path}\t{self.out}\n")
        self.process.stdin.flush()
        report = self.process.stdout.readline()
        check(report, f"{path}: the reader has died")
        check(self.seconds() - before < MOST_SECONDS, f"{path}: takes a second")
        self.err.seek(at)
        reason = self.err.read()
        if '"error"' in report:
            check(reason.count("\n") == 1 and len(reason) > 20, f"{path}: no reason: {reason!r}")
            return None
        with open(self.out, "rb") as file:
            return file.read()

    def close(self):
        self.process.stdin.close()
        check(self.process.wait() == 0, "the reader has failed or holds memory")
        self.err.close()


def cut_everywhere(reader, path, cut):
    """How many cuts are refused."""
    with open(cut, "rb") as file:
        whole = file.read()
    want, refused = reader.read(path), 0
    check(want, f"{path}: is not read")
    base = reader.peak()
    for n in range(CUTS):
        with open(cut, "wb") as file:
            file.write(whole[: len(whole) * n // CUTS])
        got = reader.read(path)
        check(got is None or got == want, f"{path}: {cut} cut at {n}/{CUTS} gives other voxels")
        refused += got is None
    with open(cut, "wb") as file:
        file.write(whole)
    check(reader.peak() - base <= MOST_BYTES, f"{path}: {(reader.peak() - base) >> 20} MiB above the whole file")
    return refused


def cut_formats(program, reader, folder):
    for output, cut, read, options in FORMATS:
        path = os.path.join(folder, output)
        done = subprocess.run([program, "convert", "phantom:head?dims=24,20,12&dtype=int16", "-o", path, "--quiet",
                               *options.split()], capture_output=True, text=True)
        check(done.returncode == 0, f"{output}: {done.stderr}")
        refused = cut_everywhere(reader, os.path.join(folder, read or output), os.path.join(folder, cut or output))
        print(f"{output}{' ' + cut if cut else ''}: {refused} of {CUTS} cuts refused")
        check(refused > CUTS // 2, f"{output}: cut files are read")
    path = os.path.join(folder, "v.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(os.path.join(folder, "v.nii"), "v.nii")
    check(cut_everywhere(reader, path, path) == CUTS, "cut archives are read")


def broken(program, reader, data):
    paths = sorted(p for p in glob.glob(os.path.join(data, "7_broken/**"), recursive=True) if os.path.isfile(p))
    if not paths:
        print("skipped: no broken files")
        return
    base, refused = reader.peak(), 0
    for path in paths:
        done = subprocess.run([program, "info", path], capture_output=True, text=True, errors="replace")
        check(done.returncode in (0, 1), f"{path}: exit {done.returncode}")
        check(done.returncode == 0 or len(done.stderr) > 30, f"{path}: no reason")
        refused += reader.read(path) is None
    print(f"{len(paths)} broken files: {refused} refused, {(reader.peak() - base) >> 20} MiB more")
    check(reader.peak() - base <= MOST_BYTES, "more than 64 MiB above a small file")


def main():
    program, dump, data = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
    folder = tempfile.mkdtemp()
    began = time.monotonic()
    try:
        reader = Reader(dump, folder)
        cut_formats(program, reader, folder)
        broken(program, reader, data)
        reader.close()
    finally:
        shutil.rmtree(folder)
    print(f"failed: {failed}, {time.monotonic() - began:.1f} s")
    sys.exit(1 if failed else 0)


main()
