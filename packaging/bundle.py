"""Makes an installed prefix stand on its own in a folder of Python packages: bundle.py PACKAGES, where
PACKAGES/sslx is the prefix. The libraries of Debian that it needs are copied into it under names of their own,
so that no other library of that name takes their place; torch's are found in PACKAGES/torch."""
import hashlib
import pathlib
import shutil
import sys

import elf

# What is compiled into the programs or lies beside them: headers, the static libarchive, Chart.js. Their notices go with them.
COMPILED_IN = ("libarchive-dev", "libboost-dev", "libcli11-dev", "libjs-chart.js", "libsqlitecpp-dev", "libstb-dev",
               "libtomlplusplus-dev", "nlohmann-json3-dev")


def own_name(file):
    """libjpeg.so.62.3.0 -> libjpeg-1a2b3c4d.so.62.3.0"""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    stem, dot, rest = file.name.partition(".so")
    return f"{stem}-{digest}{dot}{rest}"


def outside(path):
    """Name -> file of the libraries that it needs of neither sslx, torch nor the system."""
    files = elf.resolved(path)
    return {name: files.get(name) for name in elf.needed(path)
            if not elf.OF_THE_SYSTEM.fullmatch(name) and not elf.OF_TORCH.fullmatch(name)
            and not name.startswith("libsslx")}


def wanted(files):
    """Name -> file of all that is to be bundled, with what that needs."""
    out, open_ = {}, list(files)
    while open_:
        path = open_.pop()
        for name, file in outside(path).items():
            if file is None:
                raise SystemExit(f"{path} needs {name}, which is not here")
            if name not in out:
                out[name] = file
                open_.append(file)
    return out


def package_of(file):
    """The Debian package that the file is of, if any: its notices are in /usr/share/doc/PACKAGE/copyright."""
    for path in (file, pathlib.Path("/" + str(file).removeprefix("/usr/"))):
        try:
            return elf.run("dpkg-query", "-S", str(path)).split(":")[0]
        except (OSError, elf.subprocess.CalledProcessError):
            continue
    return None


def copy_notices(packages, licences):
    for package in sorted(packages):
        notice = pathlib.Path("/usr/share/doc", package, "copyright")
        if not notice.is_file():
            raise SystemExit(f"{notice} is not here, and must go with what is of {package}")
        licences.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notice, licences / f"{package}.txt")


def bundle(packages):
    prefix = pathlib.Path(packages).resolve() / "sslx"
    programs = elf.elf_files(prefix)
    libraries = wanted(programs)
    names = {name: own_name(file) for name, file in libraries.items()}
    for name, file in libraries.items():
        copy = prefix / "lib" / names[name]
        shutil.copyfile(file, copy)
        copy.chmod(0o755)
        elf.run("patchelf", "--set-soname", names[name], str(copy))
        programs.append(copy)
    for file in programs:
        changes = [word for name in elf.needed(file) if name in names
                   for word in ("--replace-needed", name, names[name])]
        if changes:
            elf.run("patchelf", *changes, str(file))
        elf.set_run_path(file, prefix, prefix.parent / "torch/lib")
    copy_notices({*filter(None, map(package_of, libraries.values())), *COMPILED_IN}, prefix / "share/sslx/licences")


if __name__ == "__main__":
    bundle(sys.argv[1])
