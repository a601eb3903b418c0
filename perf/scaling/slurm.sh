#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Scaling series under Slurm. Edit the lines marked EDIT, then
#     sh slurm.sh 1 2 4 8 16                     a job for each number of nodes
#     sbatch --nodes=4 --exclusive slurm.sh      one job, on 4 nodes
# Records gather in one folder; a record that is there is not run again, so a job that ran out of time is
# submitted once more.
#SBATCH --job-name=kovar_scaling
#SBATCH --time=01:00:00
#SBATCH --output=kovar_scaling_%j.log
# EDIT: what your site wants, one line each
##SBATCH --account=ACCOUNT
##SBATCH --partition=PARTITION

set -eu
kovar=$HOME/kovar                       # EDIT: the source folder
build=$kovar/build/openmp               # EDIT: configured with -DKOVAR_ENABLE_PERF=ON
output=${SCRATCH:-$PWD}/kovar_scaling   # EDIT: on a disk that all nodes see
ranks_per_node=16                       # EDIT: ranks x threads = cores of a node; a rank for each
threads=8                               #       memory domain (NUMA, L3) is a good start
series="$kovar/perf/scaling/series/strong_*.json"   # EDIT
modules() {
  :                                     # EDIT: module load gcc openmpi python ...
}

if [ -z "${SLURM_JOB_ID:-}" ]; then
  [ $# -gt 0 ] || { echo "usage: sh slurm.sh NODES..." >&2; exit 2; }
  for nodes in "$@"; do
    sbatch --nodes="$nodes" --ntasks-per-node=$ranks_per_node --cpus-per-task=$threads --exclusive "$0"
  done
  exit 0
fi

modules
export OMP_PROC_BIND=close OMP_PLACES=cores
# shellcheck disable=SC2086  # series is a list
python3 "$kovar/perf/scaling/run.py" $series --build="$build" --output="$output" --launcher=srun \
  --ranks-per-node=$ranks_per_node --runs=$((SLURM_JOB_NUM_NODES * ranks_per_node))x$threads \
  --label="${SLURM_CLUSTER_NAME:-}"
