#!/bin/bash
# CRD between unlike networks: the teacher is the backbone with its weights, the student the table's, and what is
# evaluated and exported. A method without a student refuses the table.
. "$(dirname "$0")/common.sh"

printf '[[variants]]\nname = "teacher"\nmethod = { name = "supervised" }\n' | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
sslx export "$(run_of teacher)" "$HOME_DIR/teacher.safetensors" || fail "$(cat "$HOME_DIR/out")"
crd='[[variants]]
name = "crd"
method = { name = "crd", negatives = 64 }
backbone = { weights = "teacher.safetensors" }
student = { name = "convnet", width = 4 }'
echo "$crd" | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
sslx export "$(run_of crd)" "$HOME_DIR/student.safetensors" || fail "$(cat "$HOME_DIR/out")"
python3 - "$HOME_DIR" <<'P' || fail "the export is not the student"
import json, sys
def header(name):
    with open(f"{sys.argv[1]}/{name}.safetensors", "rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))
student = header("student")
facts = json.loads(student["__metadata__"]["backbone"])
assert facts["name"] == "convnet", facts
assert not any(name.startswith("layer1") for name in student), list(student)
assert set(header("teacher")) != set(student)
P
# It changes what a trial is.
echo "$crd" | sed 's/width = 4/width = 8/' | sweep --dry-run >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "to do  crd" "$HOME_DIR/out" || fail "another student is the same trial: $(cat "$HOME_DIR/out")"
printf '[[variants]]\nname = "simclr"\nmethod = { name = "simclr" }\nstudent = { name = "convnet" }\n' |
  sweep >"$HOME_DIR/out" 2>&1 && fail "SimCLR took a student"
grep -q "method 'simclr' has no student; the table student must be left out" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
