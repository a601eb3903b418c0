// SPDX-License-Identifier: BSD-3-Clause
// A result of a fit whose matrices ranks share is the file that one rank would write.
#include "result_reader.hpp"
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/fit_result_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace kovar;
using test::ScratchFolder;
using Result = test::ResultReader;
using SharedMatrix = dist::BlockCyclicMatrix<double>;

constexpr std::int64_t n_bins = 7;

fit::TemplateTensor example_tensor()
{
  fit::TemplateTensor tensor;
  tensor.channels = {{"counted", 0, n_bins, false}};
  tensor.processes = {"signal"};
  tensor.n_signals = 1;
  tensor.systematics = {"free", "scale", "last"};
  tensor.n_bins = n_bins;
  for (std::int64_t b = 0; b < n_bins; ++b) {
    tensor.data.push_back(10);
    tensor.bin_start.push_back(b);
    tensor.entry_process.push_back(0);
    tensor.entry_yield.push_back(9);
  }
  tensor.bin_start.push_back(n_bins);
  return tensor;
}

/// Symmetric.
double entry(std::int64_t i, std::int64_t j)
{
  return 1 / (1 + static_cast<double>(i + j)) + (i == j ? 2 : 0);
}

std::vector<double> square(std::int64_t n)
{
  std::vector<double> all;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) all.push_back(entry(i, j));
  return all;
}

/// The same in blocks of two; the lower triangle alone, or both.
SharedMatrix spread(dist::Communicator const& comm, std::int64_t n, bool both)
{
  SharedMatrix const a(dist::Host(), "test::spread", dist::ProcessGrid(comm), n, n, {2, 2});
  for (std::int64_t j = 0; j < static_cast<std::int64_t>(a.local().extent(1)); ++j)
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(a.local().extent(0)); ++i) {
      bool const is_upper = a.global_row(i) < a.global_column(j);
      a.local()(i, j) = is_upper && !both ? -1 : entry(a.global_row(i), a.global_column(j));
    }
  return a;
}

io::SavedFit example_fit()
{
  io::SavedFit fit;
  fit.parameters = {
      {"signal", "free", "scale", "last"}, 1, false, {1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 1, 1}};
  fit.rows = {0};
  fit.minimum.search.status = optim::TrustRegionStatus::converged;
  fit.minimum.x = {2, -0.5, 0.25, 0};
  fit.minimum.free = {0, 1, 2, 3};
  fit.prefit_x = {1, 0, 0, 0};
  fit.prefit_variances = {0, 0, 1, 1};
  fit.variances = {0.25, 0, 0.5, 0.5};
  fit.data.assign(n_bins, 10);
  fit.prefit.bins.value.assign(n_bins, 9);
  fit.postfit.bins.value.assign(n_bins, 9.5);
  return fit;
}

/// Of the free parameters.
std::vector<double> covariance_of(std::vector<std::int64_t> const& free)
{
  std::vector<double> all(16, 0.0);
  for (std::size_t i = 0; i < free.size(); ++i)
    for (std::size_t j = 0; j < free.size(); ++j)
      all[static_cast<std::size_t>(4 * free[i] + free[j])] =
          entry(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
  return all;
}

io::SavedFit whole_fit(std::vector<std::int64_t> const& free)
{
  auto fit = example_fit();
  fit.minimum.free = free;
  fit.covariance = covariance_of(free);
  fit.prefit.bins.covariance = fit.postfit.bins.covariance = square(n_bins);
  return fit;
}

io::SavedFit shared_fit(dist::Communicator const& comm, std::vector<std::int64_t> const& free)
{
  auto fit = example_fit();
  fit.minimum.free = free;
  fit.shared_covariance.matrix =
      spread(comm, static_cast<std::int64_t>(free.size()), /*both=*/false);
  fit.shared_covariance.free = free;
  fit.shared_covariance.n_parameters = 4;
  fit.prefit.bins.shared_covariance = fit.postfit.bins.shared_covariance =
      spread(comm, n_bins, /*both=*/true);
  return fit;
}

TEST(FitResultOverRanks, IsTheFileOfOneRank)
{
  auto const comm = dist::Communicator::world();
  ScratchFolder const folder(comm);
  // Of the second fit a parameter is frozen.
  auto fits = std::vector{shared_fit(comm, {0, 1, 2, 3}), shared_fit(comm, {0, 2, 3})};
  auto expected_fits = std::vector{whole_fit({0, 1, 2, 3}), whole_fit({0, 2, 3})};
  fits[1].group = expected_fits[1].group = io::result_group("other");
  io::write_fits(folder / "ranks.h5", comm, example_tensor(), fits, {{"program", "test"}});
  EXPECT_FALSE(std::filesystem::exists(folder / "ranks.h5.part"));
  if (!comm.is_root()) return;
  io::write_fits(folder / "root.h5", example_tensor(), expected_fits, {{"program", "test"}});
  Result const found(folder / "ranks.h5");
  Result const expected(folder / "root.h5");
  std::vector<std::string> names = {"cov", "x", "results/parms", "results/parms_variances"};
  for (std::string const& group : {fits[0].group, fits[1].group}) {
    names.push_back(group + "/cov");
    for (char const* const when : {"prefit", "postfit"}) {
      names.push_back(group + "/mappings/BaseMapping/hist_" + when + "_inclusive_cov");
      names.push_back(group + "/mappings/BaseMapping/channels/counted/hist_" + when + "_inclusive");
    }
  }
  for (std::string const& name : names) {
    EXPECT_EQ(found.shape(name), expected.shape(name)) << name;
    EXPECT_EQ(found.values(name), expected.values(name)) << name;
    for (char const* const attribute : {"units", "description", "DIMENSION_LABELS"})
      EXPECT_EQ(found.texts(name, attribute), expected.texts(name, attribute)) << name;
  }
  EXPECT_EQ(io::read_minimum(folder / "ranks.h5").covariance, covariance_of({0, 1, 2, 3}));
}

TEST(FitResultOverRanks, MayHaveMatricesOfOneRank)
{
  auto const comm = dist::Communicator::world();
  ScratchFolder const folder(comm);
  io::write_fits(folder / "result.h5", comm, example_tensor(), {whole_fit({0, 2, 3})}, {});
  if (!comm.is_root()) return;
  EXPECT_EQ(Result(folder / "result.h5").values("cov"), covariance_of({0, 2, 3}));
}

TEST(FitResultOverRanks, AllRanksLearnThatThereIsNoFolder)
{
  auto const comm = dist::Communicator::world();
  EXPECT_THROW(io::write_fits("/no/such/folder/result.h5", comm, example_tensor(),
                              {shared_fit(comm, {0, 1, 2, 3})}, {}),
               Error);
}

TEST(FitResultOverRanks, IsNotWrittenByOneOfSeveral)
{
  auto const comm = dist::Communicator::world();
  if (comm.size() == 1) return;
  ScratchFolder const folder(comm);
  auto const shared = shared_fit(comm, {0, 1, 2, 3});
  std::vector<io::SavedFit> fits(3, example_fit());  // each with one matrix that ranks share
  fits[0].shared_covariance = shared.shared_covariance;
  fits[1].prefit.bins.shared_covariance = shared.prefit.bins.shared_covariance;
  fits[2].postfit.bins.shared_covariance = shared.postfit.bins.shared_covariance;
  for (auto const& fit : fits)
    EXPECT_THROW(io::write_fits(folder / "result.h5", example_tensor(), {fit}, {}), InputError);
  comm.barrier();
  EXPECT_FALSE(std::filesystem::exists(folder / "result.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / "result.h5.part"));
}

}  // namespace
