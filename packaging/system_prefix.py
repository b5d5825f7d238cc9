"""Makes an installed prefix one that takes all but itself from the system, LibTorch apart, to which no run path leads:
system_prefix.py PREFIX."""
import pathlib
import sys

import bundle
import elf

prefix = pathlib.Path(sys.argv[1]).resolve()
for file in elf.elf_files(prefix):
    elf.set_run_path(file, prefix)
bundle.copy_notices(bundle.COMPILED_IN, prefix / "share/sslx/licences")
