// Several commands, each on a machine of its own, that train every trial together: which of them
// this one is, as torchrun's variables say it, or Slurm's.
#pragma once

#include "host/processes/processes.h"
#include "host/sweep/plan.h"

namespace sslx::sweep {

/// By RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, one command for each rank; without RANK by
/// SLURM_PROCID, SLURM_NTASKS, the first of SLURM_STEP_NODELIST, and a port made of SLURM_JOB_ID
/// (MASTER_ADDR and MASTER_PORT come first where they are set). Throws Error(kInput).
processes::Machines machines_of_environment();

/// The first name of Slurm's list of nodes: "a07" of "a[07-09,12],b1".
std::string first_node(const std::string& list);

/// Throws Error(kInput) where a trial's train.processes cannot be divided among the machines.
void check_machines(const Plan& plan, const processes::Machines& machines);

}  // namespace sslx::sweep
