"""A power cut: the home as a disk has it that was given nothing but what was synced (power.cpp keeps that)."""

import os
import shutil


class Power:
    def __init__(self, home):
        self.home, self.shadow = home, home.beside("shadow")
        for kind in ("content", "folder", "alive"):
            os.makedirs(os.path.join(self.shadow, kind))

    def env(self, lies=False, **fault):
        """Of a command; with the variables of a fault of the shim, both are preloaded."""
        out = dict(fault, POWER_HOME=self.home.path, POWER_SHADOW=self.shadow)
        out["LD_PRELOAD"] = " ".join(filter(None, [fault.get("LD_PRELOAD"), self.home.tools.shim("power")]))
        if lies:
            out["POWER_LIES"] = "1"
        return out

    def kept(self, kind, inode):
        return os.path.join(self.shadow, kind, str(inode))

    def cut(self, names):
        """All end at once, and every file is as at its last fsync: empty without one. With `names`, the names of files
        are those of their folder's last fsync, too; else all of them have reached the disk. Folders stay."""
        self.home.kill_all()
        for folder, _, files in os.walk(self.home.path):
            if names:
                self.names_of(folder)
                files = [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
            for file in files:
                self.content_of(os.path.join(folder, file))
        shutil.rmtree(self.shadow)

    def names_of(self, folder):
        listed = {}
        try:
            with open(self.kept("folder", os.stat(folder).st_ino)) as lines:
                for line in lines:
                    inode, name = line.rstrip("\n").split(" ", 1)
                    listed[name] = int(inode)
        except FileNotFoundError:
            pass
        for entry in list(os.scandir(folder)):
            if entry.is_file(follow_symlinks=False) and listed.get(entry.name) != entry.inode():
                os.remove(entry.path)
        for name, inode in listed.items():
            path, alive = os.path.join(folder, name), self.kept("alive", inode)
            if not os.path.lexists(path) and os.path.isfile(alive):
                os.link(alive, path)

    def content_of(self, path):
        inode = os.lstat(path).st_ino
        kept = self.kept("content", inode)
        mode = os.stat(path).st_mode & 0o777
        bytes_then = b""
        if os.path.exists(kept):
            with open(kept, "rb") as file:
                bytes_then = file.read()
        os.remove(path)  # the link that keeps its number stays as it is
        with open(path, "wb") as file:
            file.write(bytes_then)
        os.chmod(path, mode)
