// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STAGES_HPP
#define KOVAR_GSN_STAGES_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/checkpoint_matrices.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/finish.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// \file
/// The estimate stage by stage: what a checkpoint holds is read, what it lacks is computed and left there.

namespace kovar::gsn {

/// A choice of levels as numbers, and back.
std::vector<double> to_numbers(LevelChoice const& choice);
LevelChoice level_choice_from_numbers(std::vector<double> const& numbers);

/// Warnings into the checkpoint, and back.
void put_warnings(Checkpoint& checkpoint, std::string const& name,
                  std::vector<Warning> const& warnings);
std::vector<Warning> read_warnings(Checkpoint const& checkpoint, std::string const& name);

/// A level from the checkpoint, with its warnings; or computed, and left there.
/// \param next_work  work of the next stage over that of this one
inline LevelChoice level_stage(Checkpoint* checkpoint, std::string const& stage, double next_work,
                               EstimateSummary& result, std::function<LevelChoice()> const& choose)
{
  if (checkpoint == nullptr) return choose();
  std::string const warnings_name = stage + " warnings";
  if (checkpoint->holds(stage)) {
    for (Warning const& warning : read_warnings(*checkpoint, warnings_name))
      result.warnings.push_back(warning);
    return level_choice_from_numbers(checkpoint->numbers(stage));
  }
  std::size_t const n_before = result.warnings.size();
  LevelChoice const choice = choose();
  checkpoint->put_numbers(stage, to_numbers(choice));
  put_warnings(
      *checkpoint, warnings_name,
      {result.warnings.begin() + static_cast<std::ptrdiff_t>(n_before), result.warnings.end()});
  checkpoint->complete_stage(stage, next_work);
  return choice;
}

constexpr char const* projection_stage_name = "projection";
constexpr char const* signal_basis_stage = "signal eigenbasis";
constexpr char const* difference_basis_stage = "difference eigenbasis";

/// Work after a stage that is a partial eigendecomposition, over the work of that stage: another one, or
/// the results alone.
double work_after(std::string const& stage, Items const& returns, std::int64_t n_units);

/// Names in the checkpoint of what the covariance stage leaves.
namespace covariance_stage {
constexpr char const* name = "covariances";
constexpr char const* path = "path";
constexpr char const* moments = "unit moments";
constexpr char const* noise = "noise covariance";
constexpr char const* data = "data covariance";
constexpr char const* share = "noise share";
constexpr char const* warnings = "covariance warnings";
}  // namespace covariance_stage

/// Leave the raw covariances, and what is known of units and levels besides. Collective.
/// \param next_work  work of the projection over that of the covariances
template <class Scalar, class ExecSpace>
void put_covariances(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
                     double next_work, RawCovariances<Scalar, ExecSpace> const& raw,
                     EstimateSummary const& result)
{
  std::vector<double> scalars = {raw.share.constant, raw.difference_share, raw.weights.noise,
                                 raw.weights.residual};
  for (std::int64_t const unit : raw.units) scalars.push_back(static_cast<double>(unit));
  std::vector<double> moments = result.mean_signal;
  moments.insert(moments.end(), result.noise_ceiling_snr.begin(), result.noise_ceiling_snr.end());
  checkpoint.put_numbers(covariance_stage::name, scalars);
  checkpoint.put_numbers(covariance_stage::path, {static_cast<double>(result.path)});
  checkpoint.put_numbers(covariance_stage::moments, moments);
  checkpoint.put_numbers("noise level", to_numbers(result.noise_level));
  checkpoint.put_numbers("data level", to_numbers(result.data_level));
  put_warnings(checkpoint, covariance_stage::warnings, result.warnings);
  put_triangle(space, comm, checkpoint, covariance_stage::noise, raw.noise);
  put_triangle(space, comm, checkpoint, covariance_stage::data, raw.data);
  if (result.path == Path::per_unit)
    put_triangle(space, comm, checkpoint, covariance_stage::share, raw.share.entrywise);
  checkpoint.complete_stage(covariance_stage::name, next_work);
}

/// Is the projection not the last stage that needs the raw covariances, or the share of the noise?
inline bool wants_raw_covariances(Items const& returns)
{
  return returns.contains_any({Item::noise_covariance, Item::signal_covariance});
}
inline bool wants_noise_share(Items const& returns)
{
  return wants_raw_covariances(returns) || wants_difference_basis(returns);
}

/// The same back, as far as it is still needed; else matrices of extent 0. Collective.
template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> read_covariances(ExecSpace const& space,
                                                   dist::Communicator const& comm,
                                                   Checkpoint const& checkpoint,
                                                   Items const& returns, EstimateSummary& result)
{
  std::vector<double> const scalars = checkpoint.numbers(covariance_stage::name);
  std::vector<double> const moments = checkpoint.numbers(covariance_stage::moments);
  // Known before where the responses are in memory, and then the same.
  result.path =
      static_cast<Path>(static_cast<int>(checkpoint.numbers(covariance_stage::path).at(0)));
  auto const n_units = static_cast<std::ptrdiff_t>(moments.size() / 2);
  result.mean_signal.assign(moments.begin(), moments.begin() + n_units);
  result.noise_ceiling_snr.assign(moments.begin() + n_units, moments.end());
  result.mean_noise.assign(static_cast<std::size_t>(n_units), 0.0);
  result.noise_level = level_choice_from_numbers(checkpoint.numbers("noise level"));
  result.data_level = level_choice_from_numbers(checkpoint.numbers("data level"));
  result.warnings = read_warnings(checkpoint, covariance_stage::warnings);
  RawCovariances<Scalar, ExecSpace> raw;
  raw.share.constant = scalars[0];
  raw.difference_share = scalars[1];
  raw.weights = {scalars[2], scalars[3]};
  for (std::size_t k = 4; k < scalars.size(); ++k)
    raw.units.push_back(static_cast<std::int64_t>(scalars[k]));
  auto const n = comm.is_root() ? static_cast<std::int64_t>(raw.units.size()) : 0;
  bool const is_projected = checkpoint.holds(projection_stage_name);
  if (!is_projected || wants_raw_covariances(returns)) {
    raw.noise = read_triangle<Scalar>(space, comm, checkpoint, covariance_stage::noise, n);
    raw.data = read_triangle<Scalar>(space, comm, checkpoint, covariance_stage::data, n);
  }
  if (result.path == Path::per_unit && (!is_projected || wants_noise_share(returns)))
    raw.share.entrywise =
        read_triangle<Scalar>(space, comm, checkpoint, covariance_stage::share, n);
  return raw;
}

/// Leave the semidefinite covariances; the raw ones may go where nothing needs them any more. Collective.
/// \param next_work  work of what follows over that of the projection
template <class Scalar, class ExecSpace>
void put_projection(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
                    Items const& returns, double next_work,
                    ProjectedCovariances<Scalar, ExecSpace> const& covariances)
{
  checkpoint.put_numbers(projection_stage_name, {static_cast<double>(covariances.n_iterations),
                                                 covariances.converged ? 1.0 : 0.0});
  put_triangle(space, comm, checkpoint, "semidefinite noise covariance", covariances.noise_psd);
  put_triangle(space, comm, checkpoint, "semidefinite signal covariance", covariances.signal_psd);
  if (!wants_raw_covariances(returns)) {
    checkpoint.drop(covariance_stage::noise);
    checkpoint.drop(covariance_stage::data);
  }
  if (!wants_noise_share(returns) && checkpoint.holds(covariance_stage::share))
    checkpoint.drop(covariance_stage::share);
  checkpoint.complete_stage(projection_stage_name, next_work);
}

/// The same back. Collective.
template <class Scalar, class ExecSpace>
void read_projection(ExecSpace const& space, dist::Communicator const& comm,
                     Checkpoint const& checkpoint, std::vector<std::int64_t> const& units,
                     ProjectedCovariances<Scalar, ExecSpace>& covariances)
{
  std::vector<double> const numbers = checkpoint.numbers(projection_stage_name);
  covariances.n_iterations = static_cast<int>(numbers.at(0));
  covariances.converged = numbers.at(1) != 0;
  auto const n = comm.is_root() ? static_cast<std::int64_t>(units.size()) : 0;
  covariances.noise_psd =
      read_triangle<Scalar>(space, comm, checkpoint, "semidefinite noise covariance", n);
  covariances.signal_psd =
      read_triangle<Scalar>(space, comm, checkpoint, "semidefinite signal covariance", n);
}

/// Leave a basis; values or vectors may be of extent 0. Collective.
/// \param next_work  work of what follows over that of the basis
template <class Scalar, class ExecSpace>
void put_basis(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
               std::string const& stage, double next_work, Vector<Scalar, ExecSpace> const& values,
               Matrix<Scalar, ExecSpace> const& vectors)
{
  std::vector<double> shape = {static_cast<double>(values.extent(0)),
                               static_cast<double>(vectors.extent(0)),
                               static_cast<double>(vectors.extent(1))};
  comm.broadcast(shape.data(), 3);  // of rank 0
  checkpoint.put_numbers(stage, shape);
  Matrix<Scalar, ExecSpace> const one_column(values.data(), values.extent(0),
                                             values.extent(0) > 0 ? 1 : 0);
  put_matrix(space, comm, checkpoint, stage + " values", one_column);
  put_matrix(space, comm, checkpoint, stage + " vectors", vectors);
  checkpoint.complete_stage(stage, next_work);
}

/// The same back. Collective.
template <class Scalar, class ExecSpace>
void read_basis(ExecSpace const& space, dist::Communicator const& comm,
                Checkpoint const& checkpoint, std::string const& stage,
                Vector<Scalar, ExecSpace>& values, Matrix<Scalar, ExecSpace>& vectors)
{
  std::vector<double> const shape = checkpoint.numbers(stage);
  auto const extent = [&](std::size_t k) {
    return comm.is_root() ? static_cast<std::int64_t>(shape.at(k)) : 0;
  };
  auto const column = read_matrix<Scalar>(space, comm, checkpoint, stage + " values", extent(0),
                                          extent(0) > 0 ? 1 : 0);
  if (extent(0) > 0) values = Kokkos::subview(column, Kokkos::ALL, 0);
  vectors = read_matrix<Scalar>(space, comm, checkpoint, stage + " vectors", extent(1), extent(2));
}

}  // namespace kovar::gsn

#endif
