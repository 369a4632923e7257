# SPDX-License-Identifier: Apache-2.0
"""Convert: every frame, scale and axis survives; types are checked; what breaks leaves nothing."""
import os
import resource
import signal
import struct
import subprocess
import time
import unittest

from harness import PROGRAM, SANITIZED, Cli

# long enough to be interrupted, short enough to wait for
LONG = "phantom:sphere?dims=320,320,320"


class Types(Cli):
    def test_a_value_that_does_not_fit_is_counted_and_nothing_is_written(self):
        done = self.fails(1, "do not fit uint8 (0 to 255)", "convert", "phantom:ramp?dims=9,9,9", "--tone", "mul 1000", "-o", "a.nii", "--dtype", "uint8")
        self.assertIn("use ", done.stderr)
        self.assertEqual(self.listing(), [])

    def test_rounding_is_told(self):
        done = self.run_cli("convert", "phantom:ramp?dims=9,9,9", "--tone", "normalize; mul 99.5", "-o", "a.nii", "--dtype", "int16")
        self.assertEqual(done.returncode, 0)
        self.assertIn("were rounded to int16", done.stderr)

    def test_the_same_type_keeps_scale_frames_and_extensions(self):
        self.scaled_4d("in.nii")
        self.ok("convert", "in.nii", "-o", "out.nii", "--provenance", "none")
        self.assertEqual((self.folder / "out.nii").read_bytes(), (self.folder / "in.nii").read_bytes())

    def test_another_type_applies_the_scale_to_every_frame(self):
        self.scaled_4d("in.nii")
        self.ok("convert", "in.nii", "-o", "out.npy", "--dtype", "float32")
        data = (self.folder / "out.npy").read_bytes()[-4 * 24:]
        self.assertEqual(list(struct.unpack("<24f", data)), [0.5 * n - 3 for n in range(24)])

    def scaled_4d(self, name):
        """A NIfTI-1 file of 2x3x2 voxels, two frames, value = 0.5*stored - 3, with an extension."""
        header = bytearray(348)
        struct.pack_into("<i", header, 0, 348)
        header[38] = ord("r")
        struct.pack_into("<8h", header, 40, 4, 2, 3, 2, 2, 1, 1, 1)
        struct.pack_into("<2h", header, 70, 4, 16)
        struct.pack_into("<8f", header, 76, -1, 2, 2, 2, 1.5, 0, 0, 0)
        struct.pack_into("<3f", header, 108, 384, 0.5, -3)
        header[123] = 2 | 8
        header[148:157] = b"from here"
        struct.pack_into("<2h", header, 252, 1, 4)
        struct.pack_into("<6f", header, 256, 0, 1, 0, 3, 4, 5)
        struct.pack_into("<12f", header, 280, -2, 0, 0, 3, 0, 2, 0, 4, 0, 0, 2, 5)
        header[344:348] = b"n+1\0"
        extension = struct.pack("<2i", 32, 6) + b"a comment".ljust(24, b"\0")
        voxels = struct.pack("<24h", *range(24))
        (self.folder / name).write_bytes(bytes(header) + b"\1\0\0\0" + extension + voxels)


class Formats(Cli):
    def test_every_format_gives_the_same_voxels(self):
        self.ok("convert", "phantom:torus?dims=30,31,32&noise=3", "-o", "a.nii")
        want = (self.folder / "a.nii").read_bytes()
        for name in "b.nii.gz", "c.hdr", "d.img":
            self.ok("convert", "a.nii", "-o", name)
            self.ok("convert", name, "-o", "back.nii", "--provenance", "none")
            back = (self.folder / "back.nii").read_bytes()
            self.assertEqual(back[352:], want[-30 * 31 * 32 * 4:], name)

    def test_what_npy_cannot_hold_is_told(self):
        done = self.run_cli("convert", "phantom:ramp?dims=9,9,9", "-o", "a.npy")
        self.assertEqual(done.returncode, 0)
        self.assertIn("npy holds no grid: axes RAS", done.stderr)

    def test_threads_do_not_change_the_bytes(self):
        files = []
        for threads in 1, 2, 7:
            self.ok("convert", "phantom:torus?dims=90,90,90&noise=3", "-o", "a.nii.gz", "--threads", threads)
            files.append((self.folder / "a.nii.gz").read_bytes())
        self.assertEqual(files[0], files[1])
        self.assertEqual(files[0], files[2])

    def test_a_wrong_ending_names_the_right_ones(self):
        self.fails(2, ".nii.gz", "convert", "phantom:ramp", "-o", "a.jpeg")

    def test_pixdim_and_like_choose_the_grid(self):
        self.ok("convert", "phantom:sphere?dims=40,40,40", "-o", "a.nii", "--pixdim", "2,2,4")
        self.assertEqual(struct.unpack_from("<3f", (self.folder / "a.nii").read_bytes(), 80), (2, 2, 4))
        self.ok("convert", "phantom:sphere?dims=48,48,48", "-o", "b.nii", "--like", "a.nii")
        a, b = ((self.folder / name).read_bytes() for name in ("a.nii", "b.nii"))
        self.assertEqual(a[40:56], b[40:56])
        self.assertEqual(a[280:328], b[280:328])
        self.fails(2, "give one of them", "convert", "phantom:sphere", "-o", "c.nii", "--like", "a.nii", "--pixdim", "1")
        self.fails(2, "--pixdim or --like", "convert", "phantom:sphere", "-o", "c.nii", "--interp", "cubic")


class Interrupted(Cli):
    def start(self, *words):
        """Run in the background until the output has been begun."""
        running = subprocess.Popen([PROGRAM, *words], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        for _ in range(1000):
            if any(name.startswith(".") for name in self.listing()):
                return running
            time.sleep(0.005)
        self.fail(f"{words} began no output")

    def stop(self, signal_number, *words):
        (self.folder / "out.nii.gz").write_text("old")
        running = self.start("convert", LONG, "-o", "out.nii.gz", "--gzip-level", "9", *words)
        running.send_signal(signal_number)
        said = running.communicate(timeout=60)[1]
        self.assertNotEqual(running.returncode, 0)
        self.assertEqual((self.folder / "out.nii.gz").read_text(), "old")
        return said

    def test_killed_in_the_middle_the_old_output_stands(self):
        self.stop(signal.SIGKILL)
        self.assertLessEqual(len(self.listing()), 2)

    def test_control_c_leaves_nothing(self):
        self.assertIn("cancelled", self.stop(signal.SIGINT))
        self.assertEqual(self.listing(), ["out.nii.gz"])

    def test_a_closed_pipe_is_an_error_and_no_signal(self):
        running = subprocess.Popen([PROGRAM, "convert", "phantom:sphere", "-o", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.stdout.read(10)
        running.stdout.close()
        said = running.stderr.read().decode()
        running.stderr.close()
        self.assertEqual(running.wait(60), 1)
        self.assertIn("the reader of the pipe has gone", said)

    def test_a_file_size_limit_is_an_error_and_leaves_nothing(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
        self.fails(1, "out.nii: write failed", "convert", "phantom:sphere", "-o", "out.nii", preexec_fn=limit)
        self.assertEqual(self.listing(), [])

    def test_a_device_is_written_to_and_not_replaced(self):
        os.mkfifo(self.folder / "pipe.nii")
        running = subprocess.Popen([PROGRAM, "convert", "phantom:ramp?dims=9,9,9", "-o", "pipe.nii"], cwd=self.folder)
        data = (self.folder / "pipe.nii").read_bytes()
        self.assertEqual(running.wait(60), 0)
        self.assertGreater(len(data), 9 * 9 * 9 * 4)
        self.assertEqual(self.listing(), ["pipe.nii"])

    def test_a_link_is_followed_and_a_mode_kept(self):
        (self.folder / "real.nii").write_text("old")
        (self.folder / "real.nii").chmod(0o640)
        os.symlink("real.nii", self.folder / "link.nii")
        self.ok("convert", "phantom:ramp?dims=9,9,9", "-o", "link.nii")
        self.assertTrue((self.folder / "link.nii").is_symlink())
        self.assertEqual((self.folder / "real.nii").stat().st_mode & 0o777, 0o640)
        self.assertGreater((self.folder / "real.nii").stat().st_size, 1000)


class Memory(Cli):
    def measured(self, *words):
        return self.json("convert", *words, "--json")["peak_memory"]

    def planned(self, *words):
        return self.json("convert", *words, "--plan", "--json")["plan"]["memory_bytes"]

    @unittest.skipIf(SANITIZED, "a sanitizer keeps memory of its own")
    def test_a_streamed_conversion_holds_as_much_for_a_large_volume_as_for_a_small_one(self):
        for name, dims in ("small.nii", "200,200,100"), ("large.nii", "300,300,250"):
            self.ok("convert", f"phantom:ramp?dims={dims}", "-o", name, "--dtype", "float32")
        for ending in "nii.gz", "nii", "npy":
            small, large = (self.measured(name, "-o", "out." + ending, "--gzip-level", "1") for name in ("small.nii", "large.nii"))
            self.assertLess(large, 1.1 * small, ending)

    @unittest.skipIf(SANITIZED, "a sanitizer keeps memory of its own")
    def test_the_measured_peak_stays_within_the_plan(self):
        self.ok("convert", "phantom:ramp?dims=160,160,160", "-o", "in.nii.gz")
        for options in [], ["--dtype", "float64"], ["--resize", "80"], ["--pixdim", "0.8"], ["--orient", "LPI"], ["--tone", "normalize"]:
            for name in "out.nii.gz", "out.npy":
                words = ["in.nii.gz", *options, "-o", name]
                self.assertLessEqual(self.measured(*words), 1.1 * self.planned(*words), str(words))


if __name__ == "__main__":
    unittest.main()
