# SPDX-License-Identifier: Apache-2.0
"""Lines that are wrong, work that fails, and what a line means when it is right."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from harness import PROGRAM, SANITIZED, Cli


class WrongLines(Cli):
    def test_misspelt_words_get_a_suggestion(self):
        self.fails(2, "did you mean convert?", "convrt", "a.nii", "-o", "b.nii")
        self.fails(2, "did you mean --threads?", "info", "a.nii", "--treads", "2")
        self.fails(2, "did you mean --json?", "info", "a.nii", "--jso")

    def test_an_option_of_another_command_is_told(self):
        self.fails(2, "of histogram", "info", "a.nii", "--bins", "5")

    def test_a_file_in_place_of_a_command_is_told(self):
        (self.folder / "head.nii").write_bytes(b"")
        self.fails(2, "pellucid info head.nii", "head.nii")

    def test_what_is_missing_is_named(self):
        self.fails(2, "IN is missing", "info")
        self.fails(2, "-o FILE is missing", "convert", "a.nii")
        self.fails(2, "-o wants a file", "convert", "a.nii", "-o")
        self.fails(2, "--threads wants a value", "info", "a.nii", "--threads")
        self.fails(2, "--threads wants a value", "info", "a.nii", "--threads", "--json")

    def test_what_is_too_much_is_refused(self):
        self.fails(2, "one word too many", "info", "a.nii", "b.nii")
        self.fails(2, "-o has no use here", "info", "a.nii", "-o", "b.nii")
        self.fails(2, "--sidecar writes beside", "convert", "a.nii", "-o", "-", "--sidecar")

    def test_values_out_of_range_name_the_range(self):
        self.fails(2, "0 to 256", "info", "a.nii", "--threads", "257")
        self.fails(2, "a whole number", "info", "a.nii", "--threads", "1.5")
        self.fails(2, "auto, always, never", "info", "a.nii", "--progress", "sometimes")
        self.fails(2, "a size such as 512M", "info", "a.nii", "--memory", "lots")

    def test_standard_output_takes_one_thing(self):
        self.fails(2, "--json and -o -", "convert", "a.nii", "-o", "-", "--json")


if __name__ == "__main__":
    unittest.main()
