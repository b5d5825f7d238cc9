#!/usr/bin/env python3
"""That house.py sees what is wrong: each test plants one fault in a copy of the house, or draws a small one."""

import pathlib
import shutil
import sys
import tempfile
import unittest

from house import House

SOURCE = pathlib.Path(sys.argv.pop(1))


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def copy(self):
        for part in ("cli", "host"):
            shutil.copytree(SOURCE / part, self.root / part)

    def draw(self, files):
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def begin(self, file, line):
        path = self.root / file
        path.write_text(line + "\n" + path.read_text())

    def told(self):
        return House(self.root).check()

    def one(self, *words):
        told = self.told()
        self.assertEqual(len(told), 1, told)
        for word in words:
            self.assertIn(word, told[0])

    def test_the_house_as_it_is(self):
        self.copy()
        self.assertEqual(self.told(), [])

    def test_an_include_that_runs_up(self):
        self.copy()
        self.begin("host/data/pack.cpp", '#include "host/machine/cores.h"')  # down: nothing is said
        self.begin("host/data/pack.cpp", '#include "host/trial/trial.h"')
        told = self.told()
        self.assertIn("host/data/pack.cpp:1: host/trial/trial.h is of sslx_trial, which runs up", told[0])

    def test_a_name_of_the_folders(self):
        self.copy()
        file = self.root / "host/record/plan_journal.cpp"
        file.write_text(file.read_text().replace("std::string packed(", "std::string compressed("))
        self.one("host/record/plan_journal.cpp", "its own compressed()", "host/record/compress.h")

    def test_an_include_that_closes_a_round(self):
        self.copy()
        self.begin("host/data/pack.cpp", '#include "host/trial/trial.h"')
        self.assertIn("rooms include one another: host/data -> host/trial", self.told()[1])

    def test_an_include_from_a_header_without_a_source(self):
        self.copy()
        self.begin("host/train/step_times.h", '#include "host/tools/bench_step.h"')
        self.assertIn("host/train/step_times.h:1: host/tools/bench_step.h is of sslx_tools", self.told()[0])

    def test_an_include_down_of_what_is_not_linked(self):
        self.copy()
        self.begin("cli/data.cpp", '#include "host/plugins/loader.h"')
        self.one("cli/data.cpp:1: host/plugins/loader.h is of sslx_loader, which is not linked")

    def test_an_include_up_within_a_room(self):
        self.copy()
        self.begin("host/data/pack.cpp", '#include "host/data/view_pipeline.h"')
        self.one("host/data/pack.cpp:1", "sslx_views, which runs up")

    def test_an_include_past_a_door(self):
        self.copy()
        self.begin("host/data/pack.cpp", '#include "host/data/jpeg/frame.h"')
        self.one("host/data/jpeg/frame.h is private to host/data/jpeg, whose door is host/data/jpeg/jpeg.h")

    def test_the_sdk_includes_the_host(self):
        self.copy()
        self.begin("host/sdk/method.h", '#include "host/train/device.h"')
        self.one("host/sdk/method.h:1", "a plugin's author has host/sdk alone")

    def test_an_include_of_nothing(self):
        self.copy()
        self.begin("host/train/loop.cpp", '#include "loop.h"')
        self.one("host/train/loop.cpp:1: there is no loop.h")

    def test_a_link_that_runs_up(self):
        self.copy()
        path = self.root / "host/data/CMakeLists.txt"
        path.write_text(path.read_text() + "target_link_libraries(sslx_data PRIVATE sslx_train)\n")
        self.one("host/data/CMakeLists.txt: sslx_data links sslx_train, which is above it")

    def test_a_file_that_nobody_builds(self):
        self.copy()
        self.draw({"host/train/forgotten.cpp": "\n"})
        self.one("host/train/forgotten.cpp: no CMakeLists lists it")

    def test_a_file_that_is_too_long(self):
        self.copy()
        self.draw({"host/train/long.h": "\n" * 401})
        self.one("host/train/long.h: 401 lines are more than 400")

    def test_a_check_of_numbers_that_prints_309_digits(self):
        self.copy()
        self.begin("cli/attention.cpp", "// ->check(CLI::NonNegativeNumber)")
        self.one("cli/attention.cpp:1: CLI::NonNegativeNumber", "cli/number_check.h")

    def test_torch_without_its_precompiled_header(self):
        self.copy()
        self.begin("host/trial/foresight.h", "#include <sslx/augmentation.h>")
        self.one("host/main.cpp: it sees torch: host/main.cpp -> host/trial/foresight.h -> host/sdk/augmentation.h")

    def test_rooms_that_need_one_another_by_targets_that_do_not(self):
        self.draw({
            "cli/CMakeLists.txt": "",
            "host/CMakeLists.txt": "add_subdirectory(a) # twice\nadd_subdirectory(b)\nadd_subdirectory(a/top)\n",
            "host/a/CMakeLists.txt": "add_library(low STATIC low.cpp)\n",
            "host/a/top/CMakeLists.txt": "add_library(top STATIC top.cpp)\ntarget_link_libraries(top PUBLIC mid)\n",
            "host/b/CMakeLists.txt": "add_library(mid STATIC mid.cpp)\ntarget_link_libraries(mid PUBLIC low)\n",
            "host/a/low.h": "", "host/a/low.cpp": '#include "host/a/low.h"\n',
            "host/b/mid.h": '#include "host/a/low.h"\n', "host/b/mid.cpp": "",
            "host/a/top/top.cpp": '#include "host/b/mid.h"\n',
        })
        self.one("rooms include one another: host/a -> host/b -> host/a", "host/a/top/top.cpp:1", "host/b/mid.h:1")


if __name__ == "__main__":
    unittest.main()
