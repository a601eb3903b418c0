// SPDX-License-Identifier: BSD-3-Clause
#include "fit_plan.hpp"
#include "product_rate.hpp"

#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/shared_columns.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::apps {
namespace {

/// Flops of sparse products over those of dense ones in the same time: they wait for memory.
constexpr double slower_by_memory = 10;

/// Numbers that a rank sends and adds up in a second.
constexpr double summed_per_second = 2e8;

/// Buffers of the file and of moved blocks, where matrices are as large.
constexpr double buffer_bytes = 1 << 27;

double square(std::int64_t n) { return static_cast<double>(n) * static_cast<double>(n); }

double cube(std::int64_t n) { return square(n) * static_cast<double>(n); }

/// Bytes that matrices of bins take on every rank, either way.
double chi_square_bytes(CovarianceSize const& size)
{
  double const n_bins = static_cast<double>(size.n_chi_square);
  return 8 * (3 * square(size.n_chi_square) + 2 * n_bins * static_cast<double>(size.n_free));
}

}  // namespace

CovarianceSize covariance_size(StudyRequest const& request, fit::Parameters const& parameters,
                               fit::TemplateTensor const& tensor, int n_ranks)
{
  auto const free = fit::free_parameters(parameters.names, request.fit.minimum.frozen);
  CovarianceSize size;
  size.n_free = static_cast<std::int64_t>(free.size());
  size.n_parameters = parameters.size();
  size.n_fits = std::max<std::int64_t>(1, static_cast<std::int64_t>(request.pseudodata.size()));
  bool const has_errors = request.wants_yields && request.yield_errors != fit::YieldErrors::none;
  if (has_errors && request.yield_errors == fit::YieldErrors::covariance)
    size.n_yields = tensor.n_all_bins();
  if (request.chi_square) size.n_chi_square = tensor.n_bins;
  size.n_passes = (has_errors ? 1 : 0) + (has_errors && request.by_process ? 1 : 0) +
                  (size.n_yields > 0 ? 1 : 0) + (request.chi_square ? 1 : 0);
  if (std::find(request.impacts.begin(), request.impacts.end(), "traditional") !=
      request.impacts.end()) {
    for (auto const i : free)
      size.n_unconstrained += parameters.weight[static_cast<std::size_t>(i)] == 0 ? 1 : 0;
    size.largest_group = size.n_unconstrained;
    for (fit::Group const& group : tensor.groups)
      size.largest_group =
          std::max(size.largest_group, static_cast<std::int64_t>(group.members.size()));
  }
  size.n_entries_of_rank =
      tensor.variations.n_entries() / (tensor.dealt_bins.empty() ? n_ranks : 1);
  return size;
}

SharingCosts covariance_costs(CovarianceSize const& size, int n_ranks, double flops_per_second)
{
  auto const ranks = static_cast<double>(n_ranks);
  double const n = static_cast<double>(size.n_free);
  double const of_free = 8 * square(size.n_free);
  double const of_all = 8 * square(size.n_parameters);
  double const of_group = 8 * square(size.largest_group);
  double const of_yields = 8 * square(size.n_yields);
  auto const fits = static_cast<double>(size.n_fits);
  SharingCosts costs;
  // Rank 0 has a second one for the file, of each fit; parts of it are copied for blocks of yields.
  costs.whole_bytes =
      2 * of_free + fits * of_all + of_group + (2 * fits + 1) * of_yields + chi_square_bytes(size);
  double const with_zeros = size.n_free < size.n_parameters ? of_all : 0;
  double const packs = 8 * n * 3 * static_cast<double>(fit::pack_of_columns);
  costs.ranks_bytes = (fits * of_free + with_zeros + of_group + (2 * fits) * of_yields) / ranks +
                      packs + chi_square_bytes(size) + std::min(buffer_bytes, 2 * of_free);

  double const n_products = n + 2 * static_cast<double>(size.n_unconstrained);
  double const products = n_products * 4 * static_cast<double>(size.n_entries_of_rank) *
                          slower_by_memory / flops_per_second;
  double const sums = square(size.n_free) / summed_per_second;
  double const factors =
      (cube(size.n_free) + cube(size.largest_group) / 3 + cube(size.n_unconstrained)) /
      flops_per_second;
  costs.whole_seconds = fits * (products + sums + factors);
  costs.ranks_seconds =
      fits * (products + static_cast<double>(1 + size.n_passes) * sums +
              slower_by_sharing * factors / speed_up(n_ranks) + seconds_of_waiting(size.n_free, 3) +
              seconds_of_waiting(size.largest_group, 1));
  return costs;
}

MatrixPlan plan_covariance(dist::Communicator const& comm, StudyRequest const& request,
                           fit::Parameters const& parameters, fit::TemplateTensor const& tensor,
                           bool on_host)
{
  CovarianceSize size;
  dist::agree(comm, [&] { size = covariance_size(request, parameters, tensor, comm.size()); });
  comm.max_to_all(&size.n_entries_of_rank, 1);  // the slowest rank counts
  std::string const obstacle =
      request.scan.n_groups > 1 ? "groups of ranks share the points of scans" : "";
  std::string const smaller = size.n_yields > 0 || size.n_chi_square > 0
                                  ? "leave covariances of yields and the chi square away"
                                  : "freeze parameters (--freeze)";
  return plan_matrices(comm, request.command, request.matrices,
                       covariance_costs(size, comm.size(), product_rate(comm)), on_host, smaller,
                       DeviceMatrices::may_leave, obstacle);
}

}  // namespace kovar::apps
