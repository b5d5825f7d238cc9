"""What the CMakeLists of host/ and cli/ say: the targets from the bottom up, their files and what each links.

Only as much of CMake as these files use: commands with literal arguments, and add_subdirectory in order."""

import dataclasses
import pathlib
import re

SCOPES = {"PUBLIC", "PRIVATE", "INTERFACE"}
KINDS = {"STATIC", "SHARED", "MODULE", "OBJECT", "INTERFACE", "ALIAS"}
FLAGS = {"HOT", "TORCH"}


@dataclasses.dataclass
class Target:
    name: str
    lists: str  # the CMakeLists that makes it
    place: int  # from the bottom up
    sources: set = dataclasses.field(default_factory=set)
    links: set = dataclasses.field(default_factory=set)


def commands(text):
    """(name, arguments) of each command, without comments."""
    text = re.sub(r"#[^\n]*", "", text)
    for name, body in re.findall(r"(\w+)\s*\(([^()]*)\)", text):
        yield name, body.replace('"', " ").split()


def sources_of(folder, words):
    return {(folder / word).as_posix() for word in words if word.endswith((".cpp", ".h"))}


class Targets:
    """All targets by name; `missing` are rooms that an add_subdirectory names and that are not there."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.by_name = {}
        self.read(pathlib.PurePosixPath("host"))
        self.read(pathlib.PurePosixPath("cli"))

    def make(self, name, folder, words):
        place = len(self.by_name)
        target = self.by_name[name] = Target(name, f"{folder}/CMakeLists.txt", place)
        at = words.index("LIBRARIES") if "LIBRARIES" in words else len(words)
        target.sources |= sources_of(folder, words[:at])
        target.links |= set(words[at + 1 :]) - FLAGS

    def read(self, folder):
        for name, words in commands((self.root / folder / "CMakeLists.txt").read_text()):
            if name == "add_subdirectory":
                self.read(folder / words[0])
            elif name in ("sslx_add_library", "add_library", "add_executable") and "ALIAS" not in words:
                self.make(words[0], folder, [word for word in words[1:] if word not in KINDS])
            elif name == "target_sources":
                self.by_name[words[0]].sources |= sources_of(folder, words[1:])
            elif name == "target_link_libraries":
                self.by_name[words[0]].links |= set(words[1:]) - SCOPES
