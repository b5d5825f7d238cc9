"""Makes a wheel of a folder: wheel.py PACKAGES SCRIPTS OUT VERSION LIBTORCH-VERSION. PACKAGES/sslx is what bundle.py made,
SCRIPTS holds what goes into bin/. The same content makes the same bytes."""
import base64
import hashlib
import os
import pathlib
import platform
import stat
import sys
import zipfile

NAME = "sslx"


def tag():
    """For every Python 3 on a Linux with this machine's glibc or a newer one."""
    glibc = os.confstr("CS_GNU_LIBC_VERSION").split()[1].replace(".", "_")
    return f"py3-none-manylinux_{glibc}_{platform.machine()}"


def requirement(libtorch):
    major, minor = map(int, libtorch.split(".")[:2])
    return f"torch>={major}.{minor},<{major}.{minor + 1}"


def metadata(version, libtorch, readme):
    return "\n".join((
        "Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {version}",
        "Summary: Experiments of self-supervised vision as sweeps, with every result in a database",
        "Requires-Python: >=3.10", f"Requires-Dist: {requirement(libtorch)}",
        "Classifier: Operating System :: POSIX :: Linux",
        "Description-Content-Type: text/markdown", "", readme.read_text()))


class Wheel:
    def __init__(self, path):
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9)
        self.record = []

    def add(self, name, content, mode=0o644):
        entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = (stat.S_IFREG | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        self.archive.writestr(entry, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(content)}")

    def add_folder(self, folder, below):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                mode = 0o755 if os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else 0o644
                self.add(f"{below}{path.relative_to(folder)}", path.read_bytes(), mode)

    def finish(self, info):
        self.record.append(f"{info}/RECORD,,")
        record, self.record = "\n".join(self.record) + "\n", []
        self.add(f"{info}/RECORD", record.encode())
        self.archive.close()


def make(packages, scripts, out, version, libtorch):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{NAME}-{version}-{tag()}.whl"
    aside = file.with_suffix(".new")
    info = f"{NAME}-{version}.dist-info"
    wheel = Wheel(aside)
    wheel.add_folder(pathlib.Path(packages), "")
    wheel.add_folder(pathlib.Path(scripts), f"{NAME}-{version}.data/scripts/")
    readme = pathlib.Path(__file__).resolve().parent.parent / "README.md"
    wheel.add(f"{info}/METADATA", metadata(version, libtorch, readme).encode())
    wheel.add(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: sslx packaging\nRoot-Is-Purelib: false\nTag: {tag()}\n".encode())
    wheel.finish(info)
    aside.rename(file)
    return file


if __name__ == "__main__":
    print(make(*sys.argv[1:]))
