// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/finish_estimate.hpp>

#include <string>

namespace kovar::gsn {
namespace {

/// Shrink, then project; or shrink what the checkpoint holds, and read the projected ones. Collective.
template <class Scalar, class ExecSpace>
ProjectedCovariances<Scalar, ExecSpace> projection_stage(
    Task<Scalar, ExecSpace> const& task, RawCovariances<Scalar, ExecSpace> const& raw)
{
  Checkpoint* const checkpoint = task.options.checkpoint;
  ProjectedCovariances<Scalar, ExecSpace> covariances;
  bool const is_held = checkpoint != nullptr && checkpoint->holds(projection_stage_name);
  dist::agree(task.comm, [&] {
    if (!task.comm.is_root()) return;
    covariances = shrink(task.space, raw, task.result.noise_level.level,
                         task.result.data_level.level, task.options.returns);
    if (!is_held) project(task.space, raw, task.n_units(), task.options.projection, covariances);
  });
  if (is_held) {
    read_projection(task.space, task.comm, *checkpoint, raw.units, covariances);
    return covariances;
  }
  std::int64_t shared[2] = {covariances.n_iterations, covariances.converged ? 0 : 1};
  task.comm.max_to_all(shared, 2);
  covariances.n_iterations = static_cast<int>(shared[0]);
  covariances.converged = shared[1] == 0;
  if (checkpoint != nullptr)
    put_projection(task.space, task.comm, *checkpoint, task.options.returns,
                   work_after(projection_stage_name, task.options.returns, task.n_units()),
                   covariances);
  return covariances;
}

/// A basis from the checkpoint; or made on rank 0, and left there. Collective.
template <class Scalar, class ExecSpace, class Make>
void basis_stage(Task<Scalar, ExecSpace> const& task, std::string const& stage,
                 Vector<Scalar, ExecSpace>& values, Matrix<Scalar, ExecSpace>& vectors,
                 Make const& make)
{
  Checkpoint* const checkpoint = task.options.checkpoint;
  if (checkpoint != nullptr && checkpoint->holds(stage)) {
    read_basis(task.space, task.comm, *checkpoint, stage, values, vectors);
    return;
  }
  dist::agree(task.comm, [&] {
    if (task.comm.is_root()) make();
  });
  if (checkpoint != nullptr)
    put_basis(task.space, task.comm, *checkpoint, stage,
              work_after(stage, task.options.returns, task.n_units()), values, vectors);
}

}  // namespace

template <class Scalar, class ExecSpace>
void finish_estimate(Task<Scalar, ExecSpace> const& task,
                     RawCovariances<Scalar, ExecSpace> const& raw,
                     Estimate<Scalar, ExecSpace>& result)
{
  Options const& options = task.options;
  double const eigen_work = eigen_flops(task.n_units());
  // What follows needs whole matrices: rank 0 works, the others wait for the outcome.
  task.clock.begin("projection", eigen_work);
  auto covariances = projection_stage(task, raw);
  result.n_iterations = covariances.n_iterations;
  if (!covariances.converged) result.warnings.push_back(not_converged_warning());
  task.clock.begin("results", result_work(task.n_units()));
  dist::agree(task.comm, [&] {
    if (task.comm.is_root())
      store_matrices(task.space, raw.units, options.returns, covariances, result);
  });
  if (wants_signal_basis(options.returns)) {
    task.clock.begin("signal eigenbasis", eigen_work);
    basis_stage(task, signal_basis_stage, result.eigenvalues_signal, result.eigenvectors_signal,
                [&] { store_signal_basis(task.space, options, covariances, result); });
  }
  if (wants_difference_basis(options.returns)) {
    task.clock.begin("difference eigenbasis", eigen_work);
    basis_stage(task, difference_basis_stage, result.eigenvalues_difference,
                result.eigenvectors_difference,
                [&] { store_difference_basis(task.space, options, raw, covariances, result); });
  }
  result.phases = task.clock.finish();
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                              \
  template void finish_estimate(Task<Scalar, ExecSpace> const&,           \
                                RawCovariances<Scalar, ExecSpace> const&, \
                                Estimate<Scalar, ExecSpace>&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
