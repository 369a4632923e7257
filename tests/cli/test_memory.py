# SPDX-License-Identifier: Apache-2.0
"""Any allocation may fail, those of the libraries below too: no signal, no half output, a message."""
import os
import unittest

from harness import Cli

SHIM = os.environ.get("PELLUCID_PRELOAD", "")
# one allocation in so many is tried; 1 tries them all
STRIDE = int(os.environ.get("PELLUCID_STRIDE", "7"))


class NoMemory(Cli):
    LINES = {
        "a.nii.gz": "convert in.nii -o a.nii.gz --threads 1",
        "b.npy": "convert in.nii.gz -o b.npy --dtype float64 --threads 1",
        "c.npy": "slice in.nii.gz -o c.npy --threads 1",
        "d.png": "render in.nii -o d.png --size 32x32 --threads 1",
    }

    @unittest.skipUnless(os.path.exists(SHIM), "needs the preloaded shim")
    def test_no_allocation_that_fails_ends_in_a_signal_or_half_an_output(self):
        self.phantom("in.nii", "ramp?dims=40,40,40")
        self.phantom("in.nii.gz", "ramp?dims=40,40,40")
        for name, line in self.LINES.items():
            self.ok(*line.split())
            size = (self.folder / name).stat().st_size
            at, tried = len(name) % STRIDE, 0
            while self.fail_at(at, name, line.split(), size):
                at, tried = at + STRIDE, tried + 1
            self.assertGreater(tried, 10, line)

    def fail_at(self, at, name, words, size):
        """Let allocation `at` fail; False once there are not as many."""
        (self.folder / name).unlink(missing_ok=True)
        done = self.run_cli(*words, env={**os.environ, "LD_PRELOAD": SHIM, "PELLUCID_FAIL_AT": str(at)})
        what = f"{words}, allocation {at}: {done.returncode}: {done.stderr}"
        self.assertIn(done.returncode, (0, 1, 2), what)
        hidden = [file for file in self.listing() if file.startswith(".")]
        self.assertEqual(hidden, [], what)
        if done.returncode == 0:
            # only words may be missing
            self.assertGreater((self.folder / name).stat().st_size, size - 2000, what)
        else:
            self.assertFalse((self.folder / name).exists(), what)
            self.assertGreater(len(done.stderr.replace("[injected]\n", "")), 10, what)
        return "[injected]" in done.stderr


if __name__ == "__main__":
    unittest.main()
