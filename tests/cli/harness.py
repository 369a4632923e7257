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
