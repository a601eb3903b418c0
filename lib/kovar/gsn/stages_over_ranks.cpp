// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/stages_over_ranks.hpp>

#include <cstdint>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::CheckpointOverRanks;
using dist::Host;

constexpr char const* passes_name = "passes";
constexpr char const* noise_name = "semidefinite noise covariance";
constexpr char const* signal_name = "semidefinite signal covariance";

template <class Scalar>
BlockCyclicMatrix<Scalar> read_matrix_like(Host const& space, CheckpointOverRanks const& checkpoint,
                                           std::string const& name,
                                           BlockCyclicMatrix<Scalar> const& like,
                                           std::int64_t n_columns, dist::Part part)
{
  BlockCyclicMatrix<Scalar> const a(space, "kovar::gsn::" + name, like.grid(), like.n_rows(),
                                    n_columns, like.block());
  checkpoint.read_over_ranks(name, a, part);
  return a;
}

/// Both covariances with a number of passes.
template <class Scalar>
LoopState<Scalar> read_state(Host const& space, CheckpointOverRanks const& checkpoint,
                             BlockCyclicMatrix<Scalar> const& like, int n_passes)
{
  auto const read = [&](char const* name) {
    return read_matrix_like(space, checkpoint, name, like, like.n_columns(), dist::Part::lower);
  };
  return {read(signal_name), read(noise_name), n_passes};
}

template <class Scalar>
void put_covariances(CheckpointOverRanks& checkpoint, BlockCyclicMatrix<Scalar> const& signal,
                     BlockCyclicMatrix<Scalar> const& noise)
{
  checkpoint.put_over_ranks(signal_name, signal, dist::Part::lower);
  checkpoint.put_over_ranks(noise_name, noise, dist::Part::lower);
}

/// Start where the checkpoint stands, and leave each pass there.
template <class Scalar>
LoopRestart<Scalar> restart_of(Host const& space, CheckpointOverRanks& checkpoint,
                               BlockCyclicMatrix<Scalar> const& like)
{
  LoopRestart<Scalar> restart;
  if (checkpoint.holds(passes_name))
    restart.start = read_state(space, checkpoint, like,
                               static_cast<int>(checkpoint.numbers(passes_name).at(0)));
  restart.leave = [&checkpoint](LoopState<Scalar> const& state) {
    checkpoint.put_numbers(passes_name, {static_cast<double>(state.n_passes)});
    put_covariances(checkpoint, state.signal, state.noise);
    checkpoint.complete_stage("pass " + std::to_string(state.n_passes), 1);
  };
  return restart;
}

}  // namespace

CheckpointOverRanks* checkpoint_over_ranks(Options const& options)
{
  if (options.checkpoint == nullptr) return nullptr;
  auto* const checkpoint = dynamic_cast<CheckpointOverRanks*>(options.checkpoint);
  if (checkpoint == nullptr)
    throw InputError(
        "estimate_over_ranks: the checkpoint keeps matrices of rank 0 only (here no rank has "
        "whole ones); give a dist::CheckpointOverRanks as io::CheckpointFile, or use estimate()",
        true);
  return checkpoint;
}

template <class Scalar>
BiconvexResultOverRanks<Scalar> projection_stage_over_ranks(Host const& space,
                                                            CheckpointOverRanks* checkpoint,
                                                            Items const& returns,
                                                            RawOverRanks<Scalar> const& raw)
{
  if (checkpoint != nullptr && checkpoint->holds(projection_stage_name)) {
    std::vector<double> const numbers = checkpoint->numbers(projection_stage_name);
    auto const state = read_state(space, *checkpoint, raw.signal, static_cast<int>(numbers.at(0)));
    return {state.signal, state.noise, state.n_passes, numbers.at(1) != 0};
  }
  auto const restart =
      checkpoint == nullptr ? LoopRestart<Scalar>() : restart_of(space, *checkpoint, raw.signal);
  auto const psd = biconvex_loop_over_ranks(space, raw.signal, raw.noise, raw.noise_share,
                                            raw.weights, raw.variance, restart);
  if (checkpoint == nullptr) return psd;
  checkpoint->put_numbers(projection_stage_name,
                          {static_cast<double>(psd.n_iterations), psd.converged ? 1.0 : 0.0});
  put_covariances(*checkpoint, psd.signal, psd.noise);
  if (checkpoint->holds(passes_name)) checkpoint->drop(passes_name);
  checkpoint->complete_stage(projection_stage_name,
                             work_after(projection_stage_name, returns, raw.signal.n_rows()));
  return psd;
}

template <class Scalar>
EigenbasisOverRanks<Scalar> basis_stage_over_ranks(
    Host const& space, CheckpointOverRanks* checkpoint, std::string const& stage, double next_work,
    BlockCyclicMatrix<Scalar> const& like, std::function<EigenbasisOverRanks<Scalar>()> const& make)
{
  if (checkpoint == nullptr) return make();
  std::string const columns_name = stage + " columns";
  std::string const vectors_name = stage + " vectors";
  EigenbasisOverRanks<Scalar> basis;
  if (checkpoint->holds(stage)) {
    for (double const value : checkpoint->numbers(stage))
      basis.values.push_back(static_cast<Scalar>(value));
    auto const n_columns = static_cast<std::int64_t>(checkpoint->numbers(columns_name).at(0));
    if (n_columns > 0)
      basis.vectors =
          read_matrix_like(space, *checkpoint, vectors_name, like, n_columns, dist::Part::all);
    return basis;
  }
  basis = make();
  checkpoint->put_numbers(stage, {basis.values.begin(), basis.values.end()});
  checkpoint->put_numbers(columns_name, {static_cast<double>(basis.vectors.n_columns())});
  if (basis.vectors.n_columns() > 0)
    checkpoint->put_over_ranks(vectors_name, basis.vectors, dist::Part::all);
  checkpoint->complete_stage(stage, next_work);
  return basis;
}

#define KOVAR_GSN_OVER_RANKS(Scalar)                                                 \
  template BiconvexResultOverRanks<Scalar> projection_stage_over_ranks(              \
      Host const&, CheckpointOverRanks*, Items const&, RawOverRanks<Scalar> const&); \
  template EigenbasisOverRanks<Scalar> basis_stage_over_ranks(                       \
      Host const&, CheckpointOverRanks*, std::string const&, double,                 \
      BlockCyclicMatrix<Scalar> const&, std::function<EigenbasisOverRanks<Scalar>()> const&);
KOVAR_GSN_OVER_RANKS(double)
KOVAR_GSN_OVER_RANKS(float)
#undef KOVAR_GSN_OVER_RANKS

}  // namespace kovar::gsn
