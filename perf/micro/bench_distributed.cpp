// SPDX-License-Identifier: BSD-3-Clause
// Times dense operations on matrices that lie in blocks over the ranks, and prints a line of JSON; perf/scaling
// runs it.
#include "support/bench.hpp"
#include "support/rank_phases.hpp"

#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/fill.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/dist/psd_projection.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

struct DistributedOptions : RunOptions {
  std::int64_t n = 2000;  ///< order
  std::int64_t k = 400;   ///< columns of the product
};

DistributedOptions distributed_options(int argc, char** argv)
{
  DistributedOptions options;
  options.bench_case = "dense";
  options.precision = "double";
  options.repeats = 3;
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("n", options.n);
  list.take("k", options.k);
  list.require_empty();
  KOVAR_REQUIRE(options.n > 0 && options.k > 0, "--n and --k count from 1");
  KOVAR_REQUIRE(options.precision == "double", "--precision is double");
  return options;
}

/// Symmetric: 1 on the diagonal, small beside it, so that eigenvalues are within 0.5 of 1; with `every` above 0 each
/// so many-th diagonal entry is -1.
void fill_symmetric(Host const& space, BlockCyclicMatrix<double> const& a, std::int64_t every = 0)
{
  double const scale = 0.25 / std::sqrt(static_cast<double>(a.n_rows()));
  std::int64_t const n = a.n_rows();
  dist::fill_entries(
      space, "kovar::perf::symmetric_entries", a, dist::Part::lower,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        auto const place = static_cast<std::uint64_t>(i > j ? i * n + j : j * n + i);
        if (i != j) return scale * normal_pair(1, 0, place).first;
        return every > 0 && i % every == 0 ? -1.0 : 1.0;
      });
}

void fill_columns(Host const& space, BlockCyclicMatrix<double> const& a)
{
  std::int64_t const n = a.n_columns();
  dist::fill_entries(
      space, "kovar::perf::entries", a, dist::Part::all,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        return normal_pair(1, 1, static_cast<std::uint64_t>(i * n + j)).first;
      });
}

/// The median of several calls, each after the ranks have met; the first is not counted.
PhaseTime timed(Host const& space, DistributedOptions const& options, std::string const& name,
                std::function<void()> const& prepare, std::function<void()> const& call)
{
  auto const comm = dist::Communicator::world();
  std::vector<double> seconds;
  for (std::int64_t i = -1; i < options.repeats; ++i) {
    prepare();
    comm.barrier();
    double const one = seconds_of_one(space, call);
    if (i >= 0) seconds.push_back(one);
  }
  return {name, median_of(seconds)};
}

JsonObject bench(DistributedOptions const& options)
{
  Host const space;
  auto const comm = dist::Communicator::world();
  dist::ProcessGrid const grid(comm);
  auto const block = dist::square_blocks(grid, options.n);
  BlockCyclicMatrix<double> const a(space, "kovar::perf::a", grid, options.n, options.n, block);
  auto const x = dist::columns_beside(space, "kovar::perf::x", a, options.k);
  fill_columns(space, x);
  bool is_definite = true;
  std::vector<PhaseTime> phases;
  phases.push_back(timed(
      space, options, "product", [] {},
      [&] { dist::syrk(space, dist::Op::none, 1.0, x, 0.0, a); }));
  phases.push_back(timed(
      space, options, "factor", [&] { fill_symmetric(space, a); },
      [&] { is_definite = static_cast<bool>(dist::cholesky(space, a)) && is_definite; }));
  KOVAR_REQUIRE(is_definite, "the matrix of --n=" << options.n << " is not positive definite");
  auto const sides = dist::columns_beside(space, "kovar::perf::sides", a, options.n);
  phases.push_back(timed(
      space, options, "solve",
      [&] {
        fill_symmetric(space, a);
        dist::cholesky(space, a);
        fill_columns(space, sides);
      },
      [&] { dist::triangular_solve(space, dist::Side::factor, a, sides); }));
  phases.push_back(timed(
      space, options, "inverse",
      [&] {
        fill_symmetric(space, a);
        dist::cholesky(space, a);
      },
      [&] { dist::invert_factored(space, a); }));
  constexpr std::int64_t one_in =
      5;  // eigenvalues that are negative, as of many signal covariances
  std::int64_t n_negative = 0;
  phases.push_back(timed(
      space, options, "projection", [&] { fill_symmetric(space, a, one_in); },
      [&] { n_negative = dist::project_psd(space, a); }));

  JsonObject line = run_fields<Host>(options);
  line.add("n", options.n);
  line.add("k", options.k);
  line.add("negative", n_negative);
  line.add("grid_rows", std::int64_t{grid.n_rows()});
  line.add("grid_columns", std::int64_t{grid.n_columns()});
  add_phases(line, comm, phases);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::DistributedOptions;
  return kovar::perf::bench_main("kovar_distributed", argc, argv, kovar::perf::distributed_options,
                                 [](DistributedOptions const& options, auto, auto const&) {
                                   return kovar::perf::bench(options);
                                 });
}
