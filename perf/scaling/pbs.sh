#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Scaling series under PBS. Edit the lines marked EDIT, then
#     sh pbs.sh 1 2 4 8 16        a job for each number of nodes
# Records gather in one folder; a record that is there is not run again, so a job that ran out of time is
# submitted once more.
#PBS -N kovar_scaling
#PBS -l walltime=01:00:00
#PBS -j oe
# EDIT: what your site wants, one line each
##PBS -A ACCOUNT
##PBS -q QUEUE

set -eu
kovar=$HOME/kovar                       # EDIT: the source folder
build=$kovar/build/openmp               # EDIT: configured with -DKOVAR_ENABLE_PERF=ON
output=${SCRATCH:-$HOME}/kovar_scaling  # EDIT: on a disk that all nodes see
ranks_per_node=16                       # EDIT: ranks x threads = cores of a node; a rank for each
threads=8                               #       memory domain (NUMA, L3) is a good start
series="$kovar/perf/scaling/series/strong_*.json"   # EDIT
# EDIT: Open MPI's words; other launchers hand the environment on by themselves
launcher="mpirun -n {ranks} --map-by ppr:{ranks_per_node}:node:PE={threads} -x OMP_NUM_THREADS -x OMP_PROC_BIND -x OMP_PLACES"
modules() {
  :                                     # EDIT: module load gcc openmpi python ...
}

if [ -z "${PBS_JOBID:-}" ]; then
  [ $# -gt 0 ] || { echo "usage: sh pbs.sh NODES..." >&2; exit 2; }
  for nodes in "$@"; do
    cores=$((ranks_per_node * threads))
    qsub -l "select=$nodes:ncpus=$cores:mpiprocs=$ranks_per_node:ompthreads=$threads" -v "nodes=$nodes" "$0"
  done
  exit 0
fi

cd "$PBS_O_WORKDIR"
modules
export OMP_PROC_BIND=close OMP_PLACES=cores
# shellcheck disable=SC2086  # series is a list
python3 "$kovar/perf/scaling/run.py" $series --build="$build" --output="$output" --launcher="$launcher" \
  --ranks-per-node=$ranks_per_node --runs=$((nodes * ranks_per_node))x$threads
