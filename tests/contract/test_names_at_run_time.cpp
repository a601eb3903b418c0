// SPDX-License-Identifier: BSD-3-Clause
// Names as profiling tools see them.

#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/simulate.hpp>

#include <gtest/gtest.h>
#include <Kokkos_Core.hpp>

#include <cstdint>
#include <set>
#include <string>

#include "support/spaces.hpp"
#include "support/views.hpp"

namespace {

namespace tools = Kokkos::Tools::Experimental;

/// All that ran, was allocated or was opened as a region while a Recorder lived.
struct Names {
  std::set<std::string> kernels;
  std::set<std::string> views;
  std::set<std::string> regions;
};

Names* recorded = nullptr;

void note_kernel(char const* name, std::uint32_t, std::uint64_t*)
{
  recorded->kernels.insert(name);
}
void note_region(char const* name) { recorded->regions.insert(name); }
void note_view(Kokkos::Tools::SpaceHandle, char const* name, void const*, std::uint64_t)
{
  recorded->views.insert(name);
}

/// Listens to Kokkos in place of whatever tool is loaded, for the length of a scope.
class Recorder {
 public:
  explicit Recorder(Names& names) : before_(tools::get_callbacks())
  {
    recorded = &names;
    tools::set_begin_parallel_for_callback(note_kernel);
    tools::set_begin_parallel_reduce_callback(note_kernel);
    tools::set_begin_parallel_scan_callback(note_kernel);
    tools::set_allocate_data_callback(note_view);
    tools::set_push_region_callback(note_region);
  }
  ~Recorder() { tools::set_callbacks(before_); }
  Recorder(Recorder const&) = delete;
  Recorder& operator=(Recorder const&) = delete;

 private:
  tools::EventSet before_;
};

/// Kokkos and Kokkos Kernels name their own work (filling a view, copies, gemm); nobody else may.
/// The memory of teams has no name in old Kokkos.
void expect_full_names(std::set<std::string> const& names, char const* what)
{
  EXPECT_FALSE(names.empty()) << "no " << what << " was seen";
  for (std::string const& name : names) {
    bool const is_ours = name.compare(0, 7, "kovar::") == 0;
    bool const is_theirs = name.compare(0, 6, "Kokkos") == 0 || name == "[unlabeled]";
    EXPECT_TRUE(is_ours || is_theirs) << what << " '" << name << "' does not begin with kovar::";
  }
}

template <class ExecSpace>
class NamesAtRunTime : public ::testing::Test {
};
TYPED_TEST_SUITE(NamesAtRunTime, kovar::test::ExecSpaces);

/// Random responses of more units than noise contrasts can span, and the estimate with all results.
template <class ExecSpace>
Names names_of_estimate(kovar::gsn::Scoring scoring)
{
  int const n_units = 12;
  int const n_conditions = 10;
  int const n_trials = 3;
  auto const normal = kovar::test::random_matrix(n_units * n_conditions * n_trials, 1, 7);
  Kokkos::View<double***, Kokkos::LayoutRight, ExecSpace> const responses(
      "test::responses", n_units, n_conditions, n_trials);
  auto const host = Kokkos::create_mirror_view(responses);
  for (std::size_t k = 0; k < normal.values.size(); ++k) host.data()[k] = normal.values[k];
  Kokkos::deep_copy(responses, host);

  kovar::gsn::Options options;
  options.scoring = scoring;
  for (kovar::gsn::Item const item : kovar::gsn::all_items()) options.returns.insert(item);
  Names names;
  {
    Recorder const recorder(names);
    kovar::gsn::estimate(ExecSpace{}, responses, options);
  }
  return names;
}

TYPED_TEST(NamesAtRunTime, OfAnEstimateBeginWithKovar)
{
  using kovar::gsn::Scoring;
  for (Scoring const scoring : {Scoring::automatic, Scoring::decomposition, Scoring::cholesky}) {
    Names const names = names_of_estimate<TypeParam>(scoring);
    expect_full_names(names.kernels, "kernel");
    expect_full_names(names.views, "view");
    expect_full_names(names.regions, "region");
    EXPECT_EQ(names.regions.count("kovar::gsn::estimate"), 1U);
  }
}

TEST(NamesOfSimulation, BeginWithKovar)
{
  kovar::gsn::SimulationOptions options;
  options.n_units = 12;
  options.n_conditions = 10;
  Names names;
  {
    Recorder const recorder(names);
    kovar::gsn::simulate(options);
  }
  expect_full_names(names.kernels, "kernel");
  expect_full_names(names.views, "view");
  expect_full_names(names.regions, "region");
}

}  // namespace
