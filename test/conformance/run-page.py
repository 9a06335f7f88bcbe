"""Runs the blocks of a page that are marked as python or sh, in their order, in the folder where it is started."""

import os
import re
import subprocess
import sys
from pathlib import Path

page = Path(sys.argv[1])
linnet = Path(__file__).resolve().parents[2] / "bin" / "linnet.mjs"
commands = Path("commands").absolute()
commands.mkdir()
(commands / "linnet").write_text(f'#!/bin/sh\nexec node "{linnet}" "$@"\n')
(commands / "linnet").chmod(0o755)
os.environ["PATH"] = f"{commands}:{os.environ['PATH']}"

text = page.read_text()
variables = {"__name__": "__main__"}
blocks = list(re.finditer(r"^```(python|sh)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
assert blocks, f"{page} has nothing to run"
for block in blocks:
    line = text[: block.start()].count("\n") + 2
    if block[1] == "python":
        # Empty lines in front make a traceback name the line of the page.
        exec(compile("\n" * (line - 1) + block[2], str(page), "exec"), variables)
        continue
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block[2]], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{page.name}, line {line}: {done.stdout}{done.stderr}")
