// SPDX-License-Identifier: BSD-3-Clause
// A result written by all ranks is the file that one rank would write.
#include "full_estimate.hpp"
#include "result_reader.hpp"
#include "scratch_folder.hpp"

#include <kovar/dist/fill.hpp>
#include <kovar/io/result_file_over_ranks.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using kovar::dist::BlockCyclicMatrix;
using kovar::dist::Communicator;
using kovar::dist::Host;
using kovar::dist::ProcessGrid;
using kovar::test::full_estimate;
using kovar::test::n_units;
using kovar::test::ScratchFolder;
using Result = kovar::test::ResultReader;

char const* const names[] = {"cN", "cS", "cNb", "cSb", "eigvecs_signal", "eigvecs_difference"};

/// test::element(i, j), in blocks of two rows and columns.
template <class Scalar>
BlockCyclicMatrix<Scalar> spread(ProcessGrid const& grid, std::int64_t n_rows,
                                 std::int64_t n_columns, std::int64_t block)
{
  BlockCyclicMatrix<Scalar> const a(Host(), "test::spread", grid, n_rows, n_columns,
                                    {block, block});
  for (std::int64_t j = 0; j < static_cast<std::int64_t>(a.local().extent(1)); ++j)
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(a.local().extent(0)); ++i)
      a.local()(i, j) = static_cast<Scalar>(kovar::test::element(
          static_cast<int>(a.global_row(i)), static_cast<int>(a.global_column(j))));
  return a;
}

/// full_estimate() with its matrices over ranks.
template <class Scalar>
kovar::gsn::EstimateOverRanks<Scalar> spread_estimate(Communicator const& comm)
{
  kovar::gsn::EstimateOverRanks<Scalar> estimate;
  static_cast<kovar::gsn::EstimateSummary&>(estimate) = full_estimate<Scalar>();
  ProcessGrid const grid(comm);
  auto const matrix = spread<Scalar>(grid, n_units, n_units, 2);
  estimate.noise_covariance = matrix;
  estimate.signal_covariance = matrix;
  estimate.noise_covariance_psd = matrix;
  estimate.signal_covariance_psd = matrix;
  estimate.eigenvalues_signal = {5, 4, 3, 2, 1};
  estimate.eigenvectors_signal = matrix;
  estimate.eigenvalues_difference = {5, 4, 3, 2, 1};
  estimate.eigenvectors_difference = matrix;
  return estimate;
}

template <class Scalar>
class ResultFileOverRanks : public testing::Test {
};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(ResultFileOverRanks, Scalars);

TYPED_TEST(ResultFileOverRanks, IsThatOfOneRank)
{
  Communicator const comm = Communicator::world();
  ScratchFolder const folder(comm);
  kovar::io::write_estimate(folder / "ranks.h5", comm, spread_estimate<TypeParam>(comm),
                            {{"program", "test"}});
  if (!comm.is_root()) return;
  kovar::io::write_estimate(folder / "root.h5", full_estimate<TypeParam>(), {{"program", "test"}});

  Result const found(folder / "ranks.h5");
  Result const expected(folder / "root.h5");
  hid_t const type = sizeof(TypeParam) == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  for (std::string const name : names) {
    EXPECT_EQ(found.shape(name), expected.shape(name)) << name;
    EXPECT_EQ(found.values(name), expected.values(name)) << name;
    EXPECT_TRUE(found.has_type(name, type)) << name;
    for (char const* const attribute : {"units", "description", "DIMENSION_LABELS"})
      EXPECT_EQ(found.texts(name, attribute), expected.texts(name, attribute)) << name;
  }
  for (std::string const name : {"eigvals_signal", "eigvals_difference", "mnS", "mnN", "nllD",
                                 "shrinklevels", "shrinklevelN", "numiters", "n_components"}) {
    EXPECT_EQ(found.values(name), expected.values(name)) << name;
    EXPECT_EQ(found.texts(name, "description"), expected.texts(name, "description")) << name;
  }
  EXPECT_EQ(found.texts("/", "warnings"), expected.texts("/", "warnings"));
  EXPECT_EQ(found.texts("provenance", "program"), expected.texts("provenance", "program"));
  EXPECT_FALSE(std::filesystem::exists(folder / "ranks.h5.part"));
}

/// More rows than a rank writes at once.
TEST(ResultFileOfManyPieces, KeepsEveryEntry)
{
  Communicator const comm = Communicator::world();
  ScratchFolder const folder(comm);
  std::int64_t const n_rows = 150;
  std::int64_t const n_columns = 60000;  // 69 rows a piece
  kovar::gsn::EstimateOverRanks<double> estimate;
  estimate.eigenvectors_signal = spread<double>(ProcessGrid(comm), n_rows, n_columns, 64);
  kovar::io::write_estimate(folder / "wide.h5", comm, estimate, {});
  if (!comm.is_root()) return;

  std::vector<double> const found = Result(folder / "wide.h5").values("eigvecs_signal");
  std::int64_t n_wrong = 0;
  for (std::int64_t i = 0; i < n_rows; ++i)
    for (std::int64_t j = 0; j < n_columns; ++j)
      if (found[static_cast<std::size_t>(i * n_columns + j)] !=
          kovar::test::element(static_cast<int>(i), static_cast<int>(j)))
        ++n_wrong;
  EXPECT_EQ(n_wrong, 0);
}

TEST(ResultFileErrors, AllRanksLearnThatThereIsNoFolder)
{
  Communicator const comm = Communicator::world();
  try {
    kovar::io::write_estimate("/nowhere/at/all/result.h5", comm, spread_estimate<double>(comm), {});
    FAIL() << "no error";
  } catch (kovar::InputError const& error) {
    EXPECT_TRUE(error.on_all_ranks());
    EXPECT_STREQ(error.what(),
                 "'/nowhere/at/all/result.h5' cannot be written (there is no folder "
                 "'/nowhere/at/all'); create it first");
  }
}

}  // namespace
