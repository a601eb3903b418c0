// SPDX-License-Identifier: BSD-3-Clause
#include "support/oracle.hpp"
#include "support/typed.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/gp/jitter.hpp>
#include <kovar/gp/lane_jitter.hpp>
#include <kovar/linalg/interleaved.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace {

using namespace kovar;

/// Given matrices, and what the ladder makes of them.
struct LadderCase {
  explicit LadderCase(std::string const& name) : file("exact_gp/" + name + ".h5")
  {
    test::OracleArray const array = file.array("A");
    n_matrices = array.shape.at(0);
    n = array.shape.at(1);
    a = array.values;
    jitter = file.array("jitter_used").values;
    tries = file.array("tries").values;
    chol = file.array("chol").values;
    log_determinant = file.array("logdet").values;
    smallest = file.array("min_eig").values;
  }
  double entry(std::int64_t m, std::int64_t i, std::int64_t j) const
  {
    return a[static_cast<std::size_t>((m * n + i) * n + j)];
  }
  double factor_entry(std::int64_t m, std::int64_t i, std::int64_t j) const
  {
    return chol[static_cast<std::size_t>((m * n + i) * n + j)];
  }

  test::OracleFile file;
  std::int64_t n_matrices;
  std::int64_t n;
  std::vector<double> a;
  std::vector<double> jitter;
  std::vector<double> tries;
  std::vector<double> chol;
  std::vector<double> log_determinant;
  std::vector<double> smallest;
};

template <class Scalar>
std::string ladder_file()
{
  return sizeof(Scalar) == 4 ? "jitter_ladder_f32" : "jitter_ladder_f64";
}

/// Totals are multiples of the base by powers of ten; the file's are decimal texts.
constexpr double near_jitter = 1e-12;

/// Rounding moves eigenvalues by a few eps times the norm; what counts is how much of the smallest one
/// that is.
template <class Scalar>
double tolerance_of(LadderCase const& ladder, std::size_t m)
{
  double squares = 0;
  for (std::int64_t i = 0; i < ladder.n; ++i)
    for (std::int64_t j = 0; j < ladder.n; ++j)
      squares += std::pow(ladder.entry(static_cast<std::int64_t>(m), i, j), 2);
  double const smallest = ladder.smallest[m] + std::max(0.0, ladder.jitter[m]);
  return 4 * static_cast<double>(std::numeric_limits<Scalar>::epsilon()) * std::sqrt(squares) /
         smallest;
}

template <class Scalar>
void expect_report(gp::FactorReport const& report, LadderCase const& ladder, std::size_t m)
{
  SCOPED_TRACE("matrix " + std::to_string(m));
  EXPECT_EQ(report.n_tries, static_cast<int>(ladder.tries[m]));
  if (ladder.jitter[m] < 0) {
    EXPECT_EQ(report.outcome, gp::FactorOutcome::not_positive_definite);
    EXPECT_TRUE(std::isnan(report.log_determinant));
    return;
  }
  EXPECT_EQ(report.outcome, gp::FactorOutcome::factored);
  EXPECT_NEAR(report.jitter, ladder.jitter[m], near_jitter * ladder.jitter[m]);
  EXPECT_NEAR(report.log_determinant, ladder.log_determinant[m], tolerance_of<Scalar>(ladder, m));
}

template <class On>
class Jitter : public ::testing::Test {
};
TYPED_TEST_SUITE(Jitter, test::ScalarsAndSpaces);

/// One matrix through the ladder; its factor stays in `square`.
template <class Scalar, class ExecSpace>
gp::FactorReport climb(ExecSpace const& space, LadderCase const& ladder, std::int64_t m,
                       gp::JitterOptions const& options, Matrix<Scalar, ExecSpace> const& square)
{
  auto const host = Kokkos::create_mirror_view(square);
  gp::DiagonalReader<ExecSpace> const reader(space, ladder.n);
  return gp::factor_with_jitter(space, square, reader, options, [&](double jitter) {
    for (std::int64_t j = 0; j < ladder.n; ++j)
      for (std::int64_t i = 0; i < ladder.n; ++i)
        host(i, j) = static_cast<Scalar>(ladder.entry(m, i, j) + (i == j ? jitter : 0));
    Kokkos::deep_copy(space, square, host);
    space.fence();  // the host's copy is written again
  });
}

TYPED_TEST(Jitter, LadderIsThatOfTheReference)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  LadderCase const ladder(ladder_file<Scalar>());
  Matrix<Scalar, ExecSpace> const square("test::square", ladder.n, ladder.n);
  for (std::int64_t m = 0; m < ladder.n_matrices; ++m) {
    auto const k = static_cast<std::size_t>(m);
    auto const report = climb(space, ladder, m, {}, square);
    expect_report<Scalar>(report, ladder, k);
    if (!report) continue;
    auto const factor = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), square);
    for (std::int64_t j = 0; j < ladder.n; ++j)
      for (std::int64_t i = j; i < ladder.n; ++i)
        EXPECT_NEAR(static_cast<double>(factor(i, j)), ladder.factor_entry(m, i, j),
                    tolerance_of<Scalar>(ladder, k));
  }
}

TYPED_TEST(Jitter, OptionsAreKept)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  LadderCase const ladder(ladder_file<Scalar>());
  Matrix<Scalar, ExecSpace> const square("test::square", ladder.n, ladder.n);
  double const base = sizeof(Scalar) == 4 ? 1e-6 : 1e-8;
  gp::JitterOptions none;
  none.n_tries = 0;
  auto const refused = climb(space, ladder, 1, none, square);
  EXPECT_EQ(refused.outcome, gp::FactorOutcome::not_positive_definite);
  EXPECT_EQ(refused.jitter, 0);
  gp::JitterOptions large;
  large.base = 100 * base;
  auto const at_once = climb(space, ladder, 2, large, square);
  EXPECT_EQ(at_once.n_tries, 1);
  EXPECT_EQ(at_once.jitter, 100 * base);
  gp::JitterOptions always;
  always.always = 100 * base;
  auto const from_the_start = climb(space, ladder, 2, always, square);
  EXPECT_EQ(from_the_start.n_tries, 0);
  EXPECT_EQ(from_the_start.jitter, 100 * base);
  gp::JitterOptions relative;
  relative.is_relative = true;
  double mean = 0;
  for (std::int64_t i = 0; i < ladder.n; ++i)
    mean += ladder.entry(1, i, i) / static_cast<double>(ladder.n);
  auto const scaled = climb(space, ladder, 1, relative, square);
  double const multiple = std::pow(10.0, scaled.n_tries - 1);
  EXPECT_GE(scaled.n_tries, 1);
  EXPECT_NEAR(scaled.jitter / (base * mean), multiple, 1e-5 * multiple);
}

std::string message_of(gp::JitterOptions const& options)
{
  try {
    gp::require_jitter(options);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TEST(JitterOptions, AreChecked)
{
  EXPECT_EQ(message_of({}), "no error");
  EXPECT_EQ(message_of({0, 0, 0, false}), "no error");
  EXPECT_EQ(message_of({0, 0, -1, false}), "gp: -1 tries with jitter (none, 0, is the least)");
  EXPECT_EQ(message_of({-1, 0.5, 3, true}),
            "gp: jitter of -1 always and a base of 0.5 for more (both must be finite and not "
            "negative)");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (double const bad : {infinity, std::nan(""), -1e-300})
    for (bool const is_relative : {false, true}) {
      EXPECT_NE(message_of({bad, 0, 3, is_relative}), "no error") << bad;
      EXPECT_NE(message_of({0, bad, 3, is_relative}), "no error") << bad;
    }
}

/// What the ladder in lanes makes of a list of matrices.
template <class ExecSpace>
struct LaneFactors {
  std::vector<gp::FactorReport> reports;
  std::vector<double> factors;  ///< n x n each
};

template <class Scalar, class ExecSpace>
void climb_lanes(ExecSpace const& space, Vector<double, ExecSpace> const& matrices, int n,
                 gp::JitterOptions const& options,
                 Vector<gp::FactorReport, ExecSpace> const& reports,
                 Vector<double, ExecSpace> const& factors)
{
  using Pack = linalg::LanePack<Scalar, ExecSpace>;
  using Array = linalg::LaneArray<Scalar, ExecSpace>;
  using Tiles = linalg::LaneTiles<Pack, Array>;
  linalg::for_lane_groups<Scalar>(
      space, "test::climb_lanes", static_cast<std::int64_t>(reports.extent(0)), Tiles::size(n),
      KOKKOS_LAMBDA(linalg::LaneGroup const& group, Array const& work) {
        Tiles const tiles = {work, static_cast<int>(Tiles::tiles_of(n))};
        int sizes[n_lanes<Pack>];
        for (int l = 0; l < n_lanes<Pack>; ++l) sizes[l] = n;
        gp::LaneLadder<Pack> ladder;
        ladder.climb(options, tiles, sizes, [&](double const* jitter) {
          for (int i = 0; i < tiles.n_padded(); ++i)
            for (int j = 0; j <= i; ++j)
              for (int l = 0; l < n_lanes<Pack>; ++l) {
                double entry = i == j ? 1 : 0;
                if (i < n)
                  entry = matrices((group.problem(l) * n + i) * n + j) + (i == j ? jitter[l] : 0);
                set_lane(tiles(i, j), l, static_cast<Scalar>(entry));
              }
        });
        for (int l = 0; l < group.n; ++l) {
          std::int64_t const m = group.first + l;
          reports(m) = ladder.report(l);
          for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j)
              factors((m * n + i) * n + j) = static_cast<double>(lane_of(Pack(tiles(i, j)), l));
        }
      });
}

template <class Scalar, class ExecSpace>
LaneFactors<ExecSpace> climb_list(LadderCase const& ladder, std::vector<int> const& list,
                                  int n_tries = 3)
{
  ExecSpace const space;
  std::vector<double> matrices;
  auto const size = static_cast<std::ptrdiff_t>(ladder.n * ladder.n);
  for (int const m : list)
    matrices.insert(matrices.end(), ladder.a.begin() + m * size, ladder.a.begin() + (m + 1) * size);
  auto const a = to_space(space, matrices, "test::matrices");
  gp::JitterOptions options;
  options.base = sizeof(Scalar) == 4 ? 1e-6 : 1e-8;
  options.n_tries = n_tries;
  Vector<gp::FactorReport, ExecSpace> const reports("test::reports", list.size());
  Vector<double, ExecSpace> const factors("test::factors", matrices.size());
  climb_lanes<Scalar>(space, a, static_cast<int>(ladder.n), options, reports, factors);
  return {to_list(space, reports), to_list(space, factors)};
}

TYPED_TEST(Jitter, LadderInLanesIsThatOfTheReference)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  LadderCase const ladder(ladder_file<Scalar>());
  std::vector<int> list;
  for (int k = 0; k < 11; ++k) list.push_back(k % static_cast<int>(ladder.n_matrices));
  auto const found = climb_list<Scalar, ExecSpace>(ladder, list);
  for (std::size_t k = 0; k < list.size(); ++k)
    expect_report<Scalar>(found.reports[k], ladder, static_cast<std::size_t>(list[k]));
}

TYPED_TEST(Jitter, NumbersOfTriesMeanTheSameInLanes)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  LadderCase const ladder(ladder_file<Scalar>());
  Matrix<Scalar, ExecSpace> const square("test::square", ladder.n, ladder.n);
  std::vector<int> list;
  for (int m = 0; m < static_cast<int>(ladder.n_matrices); ++m) list.push_back(m);
  for (int const n_tries : {0, 1}) {
    gp::JitterOptions options;
    options.n_tries = n_tries;
    auto const found = climb_list<Scalar, ExecSpace>(ladder, list, n_tries);
    int n_refused = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
      SCOPED_TRACE("matrix " + std::to_string(k) + ", tries " + std::to_string(n_tries));
      auto const alone = climb(space, ladder, list[k], options, square);
      gp::FactorReport const& report = found.reports[k];
      EXPECT_EQ(report.outcome, alone.outcome);
      EXPECT_EQ(report.n_tries, alone.n_tries);
      EXPECT_EQ(report.jitter, alone.jitter);
      EXPECT_EQ(report.n_not_finite, alone.n_not_finite);
      EXPECT_EQ(std::isnan(report.log_determinant), std::isnan(alone.log_determinant));
      if (alone) {
        EXPECT_NEAR(report.log_determinant, alone.log_determinant, tolerance_of<Scalar>(ladder, k));
      } else {
        ++n_refused;
      }
    }
    EXPECT_GT(n_refused, 0);
    EXPECT_LT(n_refused, static_cast<int>(list.size()));
  }
}

TYPED_TEST(Jitter, OnlyMembersThatFailedAreChanged)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  LadderCase const ladder(ladder_file<Scalar>());
  auto const index = ladder.file.array("batch_index").values;
  auto const jitter = ladder.file.array("batch_jitter").values;
  std::vector<int> const list(index.begin(), index.end());
  auto const together = climb_list<Scalar, ExecSpace>(ladder, list);
  auto const size = static_cast<std::size_t>(ladder.n * ladder.n);
  for (std::size_t k = 0; k < list.size(); ++k) {
    EXPECT_NEAR(together.reports[k].jitter, jitter[k], near_jitter * jitter[k]);
    auto const alone = climb_list<Scalar, ExecSpace>(ladder, {list[k]});
    auto const first = together.factors.begin() + static_cast<std::ptrdiff_t>(k * size);
    EXPECT_EQ(alone.factors, std::vector<double>(first, first + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(alone.reports[0].log_determinant, together.reports[k].log_determinant);
  }
}

}  // namespace
