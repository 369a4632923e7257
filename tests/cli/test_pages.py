# SPDX-License-Identifier: Apache-2.0
"""The README's table of commands is the program's list of commands."""
import pathlib
import re
import unittest

from harness import Cli

TREE = pathlib.Path(__file__).resolve().parents[2]


class Pages(Cli):
    def test_the_readme_lists_every_command_and_no_other(self):
        listed = re.findall(r"^\| \[`(\w+)`\]", (TREE / "README.md").read_text(), re.M)
        self.assertEqual(listed, [c["name"] for c in self.json("help", "--json")["commands"]])

    def test_every_guide_page_is_in_the_index(self):
        index = (TREE / "docs/guide/README.md").read_text()
        for page in (TREE / "docs/guide").glob("*.md"):
            if page.name != "README.md":
                self.assertIn(f"({page.name})", index)


if __name__ == "__main__":
    unittest.main()
