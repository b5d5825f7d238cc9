"""ELF files through readelf, ldd and patchelf."""
import os
import pathlib
import re
import subprocess

# What every Linux with this glibc has, and what comes with torch: never bundled.
OF_THE_SYSTEM = re.compile(r"(ld-linux.*|lib(c|m|dl|pthread|rt|util|stdc\+\+|gcc_s))\.so.*")
OF_TORCH = re.compile(r"lib(torch|c10).*\.so.*")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def is_elf(path):
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def elf_files(tree):
    return sorted(path for path in pathlib.Path(tree).rglob("*") if is_elf(path))


def needed(path):
    """The names of the libraries that it asks for."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", str(path)))


def resolved(path):
    """Name -> file of every library that it would load here."""
    found = re.findall(r"^\s*(\S+) => (/\S+)", run("ldd", str(path)), re.MULTILINE)
    return {name: pathlib.Path(file).resolve() for name, file in found}


def set_run_path(path, prefix, torch=None):
    """From the file's own folder to the prefix's libraries, and to those of torch if it needs them."""
    folders = [prefix / "lib"]
    if torch and any(map(OF_TORCH.fullmatch, needed(path))):
        folders.append(torch)
    ways = [os.path.relpath(folder, path.parent) for folder in folders]
    run("patchelf", "--set-rpath", ":".join("$ORIGIN" if way == "." else f"$ORIGIN/{way}" for way in ways), str(path))
