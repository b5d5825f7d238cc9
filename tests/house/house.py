#!/usr/bin/env python3
"""Keeps the house as host/README.md draws it: house.py ROOT prints what is wrong in cli/ and host/, and exits 1.

- A file includes only what its own target links, by name, in its CMakeLists.
- A target links only targets that were added before it: host/CMakeLists.txt adds the rooms from the bottom up.
- Rooms (the folders of host/, and cli/) include one another in one direction alone.
- A room within a room (host/data/jpeg) is entered by the header of its name.
- host/sdk includes nothing of the host, and no file has more than 400 lines.
- A function of a file's own has no name that a header beside it declares (names.py).
- The host's own files see no torch: they have no precompiled header, and each would cost the first build half a minute.
- cli/ has its own words for a number that an option does not take (cli/number_check.h), not CLI11's."""

import pathlib
import re
import sys

from cmake_links import Targets
from names import shared_names

MOST_LINES = 400
TORCH_FREE = ("host/main.cpp", "host/serve.cpp", "host/executable.cpp", "host/tools/main.cpp")
TORCH = "host/sdk/torch_base.h"
# They print the largest double, 309 digits, as the end of a range that has none.
NUMBER_CHECKS = re.compile(r"CLI::(NonNegativeNumber|PositiveNumber)")


def room_of(file):
    parts = pathlib.PurePosixPath(file).parts
    return "/".join(parts[:2]) if parts[0] == "host" and len(parts) > 2 else parts[0]


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.targets = Targets(root).by_name
        self.owner = {}
        for target in self.targets.values():
            for source in target.sources:
                self.owner[source.rsplit(".", 1)[0]] = target
        self.files = sorted(
            path.relative_to(self.root).as_posix()
            for folder in ("cli", "host")
            for path in (self.root / folder).rglob("*")
            if path.suffix in (".h", ".cpp")
        )
        self.wrong = []
        self.steps = {}  # (room, room) -> where the one includes the other

    def owners(self, file):
        """The target of the file; of a header without a source of its name all those of its folder."""
        stem, folder = file.rsplit(".", 1)[0], file.rsplit("/", 1)[0] + "/"
        if stem in self.owner:
            return [self.owner[stem]]
        if file.startswith("host/sdk/"):
            return [self.targets[name] for name in ("sslx_core", "sslx_sdk") if name in self.targets]
        return [t for t in self.targets.values() if any(s.rsplit("/", 1)[0] + "/" == folder for s in t.sources)]

    def includes(self, file):
        """(line, the included file of the house) of each line that includes one."""
        for number, line in enumerate((self.root / file).read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<(sslx/[^>]+)>)', line)
            if found:
                yield number, found[1] or "host/sdk/" + found[2].removeprefix("sslx/")

    def check_include(self, file, number, included):
        where = f"{file}:{number}"
        if not (self.root / included).is_file():
            self.wrong.append(f"{where}: there is no {included}; a file is included by its path from the root")
            return
        if room_of(file) == "host/sdk":
            if room_of(included) != "host/sdk":
                self.wrong.append(f"{where}: host/sdk includes {included}, but a plugin's author has host/sdk alone")
            return
        folder = pathlib.PurePosixPath(included).parent
        within = (self.root / folder / "CMakeLists.txt").is_file() and len(folder.parts) > 2
        if within and not file.startswith(f"{folder}/") and included != f"{folder}/{folder.name}.h":
            self.wrong.append(f"{where}: {included} is private to {folder}, whose door is {folder}/{folder.name}.h")
            return
        if room_of(file) != room_of(included):
            self.steps.setdefault((room_of(file), room_of(included)), where)
        self.check_linked(where, included, self.owners(file), self.owners(included))

    def check_linked(self, where, included, mine, theirs):
        """Whether one of the targets `mine` links one of `theirs`, or is it."""
        ours = {name for target in mine for name in {target.name, *target.links}}
        if "sslx_sdk" in ours:
            ours.add("sslx_core")
        if not mine or any(target.name in ours for target in theirs):
            return
        if not theirs:
            self.wrong.append(f"{where}: {included} is in no target's room")
            return
        up = min(t.place for t in theirs) > max(t.place for t in mine)
        way = "runs up" if up else "is not linked"
        self.wrong.append(
            f"{where}: {included} is of {theirs[0].name}, which {way}: "
            f"{mine[0].name} links {', '.join(sorted(ours & set(self.targets) - {mine[0].name})) or 'nothing of the house'}"
        )

    def check_links(self):
        for target in self.targets.values():
            for name in sorted(target.links & set(self.targets)):
                if self.targets[name].place >= target.place:
                    self.wrong.append(f"{target.lists}: {target.name} links {name}, which is above it")

    def check_torch_free(self):
        for file in set(TORCH_FREE) & set(self.files):
            by, left = {file: None}, [file]
            while left:
                one = left.pop()
                for _, included in self.includes(one):
                    if included not in by and (self.root / included).is_file():
                        by[included] = one
                        left.append(included)
            if TORCH not in by:
                continue
            way = [TORCH]
            while by[way[-1]]:
                way.append(by[way[-1]])
            self.wrong.append(f"{file}: it sees torch: {' -> '.join(reversed(way))}")

    def check_cycles(self):
        below = {}
        for upper, lower in self.steps:
            below.setdefault(upper, set()).add(lower)

        def walk(room, path):
            if room in path:
                round_ = path[path.index(room) :] + [room]
                places = "; ".join(self.steps[pair] for pair in zip(round_, round_[1:]))
                return f"rooms include one another: {' -> '.join(round_)} ({places})"
            for lower in sorted(below.get(room, ())):
                if found := walk(lower, path + [room]):
                    return found
            return None

        for room in sorted(below):
            if found := walk(room, []):
                self.wrong.append(found)
                return

    def check(self):
        for file in self.files:
            if file.endswith(".cpp") and file.rsplit(".", 1)[0] not in self.owner and room_of(file) != "host/sdk":
                self.wrong.append(f"{file}: no CMakeLists lists it")
            for number, included in self.includes(file):
                self.check_include(file, number, included)
            lines = (self.root / file).read_text().splitlines()
            if len(lines) > MOST_LINES:
                self.wrong.append(f"{file}: {len(lines)} lines are more than {MOST_LINES}")
            for number, line in enumerate(lines, 1):
                if file.startswith("cli/") and (found := NUMBER_CHECKS.search(line)):
                    self.wrong.append(f"{file}:{number}: {found[0]}; cli/number_check.h has such a check")
        self.check_links()
        self.check_torch_free()
        self.check_cycles()
        self.wrong += shared_names(self.root, self.files)
        return self.wrong


if __name__ == "__main__":
    house = House(sys.argv[1])
    for sentence in house.check():
        print(sentence)
    print(f"{len(house.files)} files, {len(house.targets)} targets, {len(house.wrong)} faults")
    sys.exit(1 if house.wrong or not house.files else 0)
