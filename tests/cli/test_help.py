# SPDX-License-Identifier: Apache-2.0
"""Help, man pages, Markdown and completions tell every command and option."""
import json
import shutil
import subprocess
import unittest

from harness import Cli

OPTION_KEYS = {"name", "parameter", "group", "schema", "kind", "value", "unit", "range", "default",
               "choices", "repeatable", "help"}


class Help(Cli):
    def commands(self):
        return self.json("help", "--json")["commands"]

    def test_json_describes_every_command_and_option(self):
        commands = self.commands()
        self.assertTrue({"info", "convert", "slice", "histogram", "render", "phantom"}
                        <= {c["name"] for c in commands})
        for command in commands:
            self.assertTrue({"name", "usage", "summary", "words", "examples", "options"} <= set(command))
            names = [o["name"] for o in command["options"]]
            self.assertEqual(len(names), len(set(names)), "an option is listed twice")
            for option in command["options"]:
                self.assertEqual(set(option), OPTION_KEYS)
                if option["kind"] == "choice":
                    self.assertIn(option["default"], option["choices"])
                if option["range"] and None not in option["range"]:
                    self.assertLessEqual(*option["range"])

    def test_every_kind_of_help_names_every_option(self):
        for command in self.commands():
            name = command["name"]
            pages = {"help": self.ok("help", name)}
            pages["man"] = self.ok("help", "--format", "man", name).replace("\\-", "-")
            for kind in ("markdown", "bash", "zsh"):
                pages[kind] = self.ok("help", "--format", kind, name)
            for option in command["options"]:
                for kind, page in pages.items():
                    self.assertIn(option["name"], page, f"{kind} of {name}")
            for example in command["examples"]:
                self.assertIn(example, pages["help"])
                self.assertIn(example, pages["markdown"])

    def test_help_of_a_command_is_the_same_whoever_asks(self):
        for command in self.commands():
            name = command["name"]
            self.assertEqual(self.ok("help", name), self.ok(name, "--help"))
            self.assertEqual(self.ok("help", name), self.ok(name, "x.nii", "-h"))

    def test_the_list_names_every_command(self):
        text = self.ok("help")
        self.assertEqual(text, self.ok("--help"))
        for command in self.commands():
            self.assertRegex(text, rf"(?m)^  {command['name']} +\S")

    def test_help_fits_a_terminal(self):
        for words in [("help",)] + [("help", c["name"]) for c in self.commands()]:
            for line in self.ok(*words).splitlines():
                if not line.startswith("  pellucid "):
                    self.assertLessEqual(len(line), 100, line)

    def test_nothing_at_all_shows_the_list_and_is_wrong(self):
        done = self.run_cli()
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage: pellucid COMMAND", done.stderr)

    def test_the_version_is_one_line(self):
        self.assertRegex(self.ok("--version"), r"^pellucid \d+\.\d+\.\d+\n$")

    def test_unknown_commands_and_formats_are_wrong(self):
        self.fails(2, "did you mean slice?", "help", "slcie")
        self.fails(2, "man, markdown, bash, zsh or fish", "help", "--format", "html")
        self.fails(2, "there is no option", "help", "--jsn")

    def test_shells_can_read_their_completions(self):
        tried = 0
        for shell, check in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")):
            if shutil.which(shell):
                script = self.ok("help", "--format", shell)
                done = subprocess.run([shell, check], input=script, capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shell)
                tried += 1
        self.assertGreater(tried, 0)

    def test_bash_completes_commands_options_and_choices(self):
        script = self.ok("help", "--format", "bash")

        def complete(*words):
            ask = "; ".join((f"COMP_WORDS=({' '.join(repr(w) for w in words)})",
                             f"COMP_CWORD={len(words) - 1}", "_pellucid", 'echo "${COMPREPLY[*]}"'))
            return subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True,
                                  text=True, check=True).stdout.split()
        self.assertEqual(complete("pellucid", "hi"), ["histogram"])
        self.assertEqual(complete("pellucid", "slice", "--prog"), ["--progress"])
        self.assertEqual(complete("pellucid", "slice", "--progress", "al"), ["always"])
        self.assertEqual(complete("pellucid", "slice", "head"), [])


if __name__ == "__main__":
    unittest.main()
