# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share: run the program of $PELLUCID in a folder of their own."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.path.abspath(os.environ.get("PELLUCID", "build/pellucid"))
SANITIZED = "PELLUCID_SANITIZED" in os.environ


class Cli(unittest.TestCase):
    """Each test stands in an empty folder that goes away with it."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)

    def run_cli(self, *words, **options):
        options.setdefault("capture_output", True)
        if "stdout" in options:
            del options["capture_output"]
            options["stderr"] = subprocess.PIPE
        if not options.pop("binary", False):
            options["text"] = True
        return subprocess.run([PROGRAM, *map(str, words)], cwd=self.folder, timeout=120, **options)

    def ok(self, *words, **options):
        """Run what must succeed; its standard output."""
        done = self.run_cli(*words, **options)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stderr}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.ok(*words))

    def fails(self, status, says, *words, **options):
        """Run what must fail with this status and a one-line message that holds `says`."""
        done = self.run_cli(*words, **options)
        self.assertEqual(done.returncode, status, f"{words}: {done.stderr}")
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("pellucid: "), done.stderr)
        return done

    def listing(self):
        """Names in the folder, hidden ones too."""
        return sorted(os.listdir(self.folder))

    def phantom(self, name, spec="ramp"):
        self.ok("convert", f"phantom:{spec}", "-o", name)
        return name

    def patch(self, name, n=25, radius=70, wide=60):
        """A piece of a ball around 0, its middle on +z, as a grid of n x n points."""
        points, faces = [], []
        for i in range(n * n):
            x, y = (wide * (a / (n - 1) - 0.5) for a in divmod(i, n))
            points.append(f"{x:.6f} {y:.6f} {(radius ** 2 - x * x - y * y) ** 0.5:.6f}\n")
        for i in range((n - 1) ** 2):
            a = i // (n - 1) * n + i % (n - 1)
            faces += [f"3 {a} {a + n} {a + n + 1}\n", f"3 {a} {a + n + 1} {a + 1}\n"]
        (self.folder / name).write_text(
            f"ply\nformat ascii 1.0\ncomment coordinates: RAS mm\nelement vertex {len(points)}\n"
            "property float x\nproperty float y\nproperty float z\n"
            f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
            + "".join(points + faces))
        return name
