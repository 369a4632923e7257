# SPDX-License-Identifier: Apache-2.0
"""What info tells, of made files and of broken ones."""
import gzip
import os
import pathlib
import struct
import subprocess
import time
import unittest

from harness import PROGRAM, SANITIZED, Cli

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("PELLUCID_DATA", ROOT.parent / "shared" / "data"))

KEYS = {"command", "version", "inputs", "outputs", "seconds", "peak_memory", "format", "dims",
        "spacing_mm", "dtype", "mm_from_ijk", "orientation", "units", "min", "max", "mean",
        "nan_count", "frames", "channels", "slope", "inter", "percentiles", "warnings"}

# the pixels are all there and only a field is odd: read, with a note
TOLERATED = {"bitpix_mismatch.nii": "bitpix", "pixdim_zero.nii": "voxel size",
             "pixdim_nan_inf.nii": "voxel size", "sform_singular.nii": "sform",
             "slope_nan.nii": "scl_slope"}


def nifti(dims, code, bits, data, sform=1, slope=0.0, inter=0.0, units=10):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(dims), *dims, *([1] * (7 - len(dims))))
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, 1, 2, 3, 4, 0.5, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, slope, inter)
    header[123] = units
    struct.pack_into("<2h", header, 252, 0, sform)
    struct.pack_into("<12f", header, 280, -2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30)
    header[344:348] = b"n+1\0"
    return bytes(header) + data


class Info(Cli):
    def write(self, name, data):
        (self.folder / name).write_bytes(data)
        return name

    def test_a_mesh_tells_counts_place_measures_and_its_numbers(self):
        # a corner of a cube, 3, 4 and 12 long, and a triangle far off
        corner = "0 0 0 1 7\n3 0 0 2 7\n0 4 0 4 8\n0 0 12 nan 9\n"
        faces = "3 0 2 1\n3 0 1 3\n3 1 2 3\n3 2 0 3\n"
        head = ("ply\nformat ascii 1.0\ncomment coordinates: RAS mm\nelement vertex %d\n" +
                "".join(f"property float {n}\n" for n in ("x", "y", "z", "height")) + "property int label\n")
        lists = "element face %d\nproperty list uchar int vertex_indices\n"
        (self.folder / "a.ply").write_text(head % 4 + lists % 4 + "end_header\n" + corner + faces)
        got = self.json("info", "a.ply", "--json")
        self.assertEqual((got["format"], got["points"], got["triangles"]), ("PLY", 4, 4))
        self.assertEqual((got["euler"], got["components"], got["genus"], got["watertight"]), (2, 1, 0, True))
        self.assertEqual((got["lo_mm"], got["hi_mm"]), ([0, 0, 0], [3, 4, 12]))
        self.assertEqual((got["units"], got["orientation"]), ("mm", "RAS"))
        self.assertAlmostEqual(got["volume_mm3"], 24)
        self.assertAlmostEqual(got["area_mm2"], 6 + 18 + 24 + 0.5 * (48 ** 2 + 36 ** 2 + 12 ** 2) ** 0.5)
        numbers = {a["name"]: a for a in got["arrays"]}
        self.assertEqual((numbers["height"]["min"], numbers["height"]["max"]), ([1], [4]))
        self.assertEqual((numbers["height"]["nan_count"], numbers["height"]["kind"]), (1, "values"))
        self.assertAlmostEqual(numbers["height"]["mean"][0], 7 / 3)
        self.assertEqual((numbers["label"]["kind"], numbers["label"]["max"]), ("labels", [9]))
        words = self.ok("info", "a.ply")
        for says in ("4 points, 4 triangles", "Euler number 2, genus 0, watertight", "24 mm3", "1 NaN", "RAS mm"):
            self.assertIn(says, words)
        # open, two parts: no volume
        more = corner + "50 0 0 0 0\n53 0 0 0 0\n50 4 0 0 0\n"
        (self.folder / "b.ply").write_text(head.replace("RAS", "some") % 7 + lists % 4 + "end_header\n" + more +
                                           faces[:-8] + "3 4 5 6\n")
        got = self.json("info", "b.ply", "--json")
        self.assertEqual((got["components"], got["holes"], got["volume_mm3"]), (2, 2, None))
        self.assertEqual((got["units"], got["orientation"]), ("unknown", "unknown"))
        # points alone, and how they were made
        self.ok("shell", "phantom:sphere?dims=20,20,20", "-o", "c.ply", "--normals")
        words = self.ok("info", "c.ply")
        self.assertIn("0 triangles", words)
        self.assertIn('"command":"shell"', words)
        self.assertNotIn("Euler", words)
        self.fails(2, "--pixel is of pictures", "info", "c.ply", "--pixel", "1,1")

    def test_json_has_every_key_and_the_numbers_of_the_file(self):
        values = list(range(-12, 12)) * 2
        data = struct.pack("<48h", *values)
        name = self.write("a.nii", nifti((4, 3, 2, 2), 4, 16, data, slope=0.5, inter=10))
        got = self.json("info", name, "--json")
        self.assertEqual(KEYS - set(got), set())
        self.assertEqual(got["dims"], [4, 3, 2, 2])
        self.assertEqual(got["spacing_mm"], [2, 3, 4])
        self.assertEqual(got["dtype"], "int16")
        self.assertEqual(got["orientation"], "LAS")
        self.assertEqual(got["units"], "mm")
        self.assertEqual(got["mm_from_ijk"],
                         [[-2, 0, 0, 10], [0, 3, 0, 20], [0, 0, 4, 30], [0, 0, 0, 1]])
        self.assertEqual((got["min"], got["max"], got["mean"]), (4.0, 15.5, 9.75))
        self.assertEqual(got["percentiles"]["50"], 9.75)
        self.assertEqual(got["nan_count"], 0)
        self.assertEqual(len(got["hash"]), 32)
        self.assertEqual(got["warnings"], [])

    def test_input_options_come_first(self):
        data = bytes(range(48))
        name = self.write("a.nii", nifti((4, 3, 2, 2), 2, 8, data))
        got = self.json("info", name, "--json", "--frame", "1")
        self.assertEqual(got["dims"], [4, 3, 2])
        self.assertEqual((got["min"], got["max"]), (24, 47))

    def test_unknown_sides_are_unknown(self):
        name = self.write("a.nii", nifti((4, 3, 2), 2, 8, bytes(24), sform=0, units=0))
        got = self.json("info", name, "--json", "--quiet")
        self.assertEqual((got["orientation"], got["units"]), ("unknown", "unknown"))
        self.assertEqual(len(got["warnings"]), 1)
        self.assertIn("--assume", self.ok("info", name, "--quiet"))

    def test_nan_is_counted_and_left_out(self):
        data = struct.pack("<4f", 1, float("nan"), 3, float("nan"))
        name = self.write("a.nii", nifti((4,), 16, 32, data))
        got = self.json("info", name, "--json")
        self.assertEqual(got["dims"], [4])
        self.assertEqual((got["nan_count"], got["min"], got["max"], got["mean"]), (2, 1, 3, 2))

    def test_standard_input_says_the_same_as_the_file(self):
        data = struct.pack("<24f", *[x * 0.37 for x in range(24)])
        name = self.write("a.nii", nifti((4, 3, 2), 16, 32, data))
        packed = gzip.compress((self.folder / name).read_bytes())
        whole = self.ok("info", name).splitlines()[1:]
        for sent in ((self.folder / name).read_bytes(), packed):
            piped = self.run_cli("info", "-", input=sent, binary=True)
            self.assertEqual(piped.returncode, 0, piped.stderr)
            lines = piped.stdout.decode().splitlines()[1:]
            self.assertEqual(lines[:-1], whole[:-1])  # percentiles are rougher from a stream

    @unittest.skipIf(SANITIZED, "sanitizers hold memory of their own")
    def test_memory_does_not_grow_with_the_file(self):
        peaks = []
        for slices in (40, 400):
            raw = nifti((256, 256, slices), 16, 32, b"") + bytes(256 * 256 * 4 * slices)
            name = self.write(f"{slices}.nii.gz", gzip.compress(raw, 1))
            del raw
            peaks.append(self.json("info", name, "--json")["peak_memory"])
        self.assertLess(peaks[1] - peaks[0], 8 << 20)

    @unittest.skipIf(SANITIZED, "sanitizers hold memory of their own")
    def test_the_plan_bounds_the_peak(self):
        raw = nifti((256, 256, 64), 16, 32, b"") + bytes(256 * 256 * 4 * 64)
        name = self.write("a.nii", raw)
        planned = self.json("info", name, "--plan", "--json")["plan"]["memory_bytes"]
        self.assertLessEqual(self.json("info", name, "--json")["peak_memory"], 1.1 * planned)


def peak_of(path):
    """Exit status, standard error, seconds, and peak KiB of one run."""
    start = time.monotonic()
    child = subprocess.Popen([PROGRAM, "info", path], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    said = child.stderr.read()
    child.stderr.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, said, time.monotonic() - start, used.ru_maxrss


@unittest.skipUnless((DATA / "7_broken" / "nifti").is_dir(), f"{DATA} is not there")
class Broken(unittest.TestCase):
    def test_every_broken_file_ends_as_it_should(self):
        # a child starts with what its parent holds, so the program itself is the baseline
        base = peak_of("gone.nii")[3]
        for path in sorted((DATA / "7_broken" / "nifti").iterdir()):
            with self.subTest(path.name):
                status, said, seconds, peak = peak_of(path)
                self.assertLess(seconds, 10 if SANITIZED else 1)
                self.assertEqual(said.count("pellucid: info: "), said.count("\n"), said)
                if path.name in TOLERATED:
                    self.assertEqual(status, 0, said)
                    self.assertIn(TOLERATED[path.name], said)
                else:
                    self.assertEqual(status, 1, said)
                    self.assertEqual(said.count("\n"), 1, said)
                    self.assertIn(path.name, said)
                if not SANITIZED:
                    self.assertLess(peak - base, 64 << 10)


if __name__ == "__main__":
    unittest.main()
