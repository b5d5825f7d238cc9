"""Runs the blocks of a page of docs/ in order, in the current folder: page.py PAGE.

A block of toml is written to the file that its first line names, one of sh is run, those of python share their names. One
that imports what is not installed here is told and passed over, with all of python that follows. Fails with the block that fails."""
import importlib.util
import pathlib
import re
import subprocess
import sys

page = pathlib.Path(sys.argv[1])
blocks = [(page.read_text()[: found.start()].count("\n") + 2, found[1], found[2])
          for found in re.finditer(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)]
names, run, passed_over = {"__name__": "page"}, 0, 0


def missing(code):
    modules = re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)
    return [module for module in modules if importlib.util.find_spec(module) is None]


for line, language, code in blocks:
    where = f"{page.name}:{line}"
    if language == "toml":
        pathlib.Path(code.split("\n", 1)[0].removeprefix("# ")).write_text(code)
    elif language == "sh":
        subprocess.run(["bash", "-euc", code], check=True)
    elif passed_over or missing(code):
        print(f"{where}: passed over, since there is no {', '.join(missing(code)) or 'block before it'}")
        passed_over += 1
        continue
    elif language == "python":
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)
    else:
        raise SystemExit(f"{where}: a block is toml, sh or python, not {language}")
    run += 1
print(f"{page.name}: {run} blocks run, {passed_over} passed over")
sys.exit(0 if run else 1)
