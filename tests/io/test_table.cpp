// SPDX-License-Identifier: BSD-3-Clause
// The kind of a file is known by its content, and all ranks get what rank 0 reads.
#include "scratch_folder.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/io/row_split.hpp>
#include <kovar/io/table.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::dist::Communicator;
using kovar::io::read_table;
using kovar::io::Table;
using kovar::io::TableOptions;
using kovar::test::message_of;
using kovar::test::ScratchFolder;

using Names = std::vector<std::string>;

class TableOnRanks : public testing::Test {
 protected:
  void write(std::string const& content) const
  {
    if (comm.is_root()) std::ofstream(path, std::ios::binary) << content;
    comm.barrier();
  }

  Communicator comm = Communicator::world();
  ScratchFolder folder{comm};
  std::string path = folder / "data.csv";
};

TEST_F(TableOnRanks, AllRanksHaveAllOfIt)
{
  write("a,town,b\n1,Bern,2\n\"3\",Ulm,NA\n");
  TableOptions options;
  options.text = kovar::io::TextColumns::defer;
  Table const table = read_table(comm, path, options);
  EXPECT_EQ(table.source, path);
  EXPECT_EQ(table.columns, (Names{"a", "town", "b"}));
  ASSERT_EQ(table.n_rows, 2);
  EXPECT_EQ(table.lines, (std::vector<std::int64_t>{2, 3}));
  ASSERT_EQ(table.values.size(), 6U);
  EXPECT_EQ(table(0, 0), 1);
  EXPECT_EQ(table(0, 2), 2);
  EXPECT_EQ(table(1, 0), 3);
  EXPECT_TRUE(std::isnan(table(1, 2)));
  ASSERT_EQ(table.defects.size(), 3U);
  EXPECT_EQ(table.defects[0], "");
  EXPECT_NE(table.defects[1], "");
}

TEST_F(TableOnRanks, ErrorsAreThrownOnAllRanksTogether)
{
  write("a,b\n1,2\n3,x\n");
  try {
    read_table(comm, path);
    ADD_FAILURE() << "no exception";
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks());
    EXPECT_EQ(std::string(e.what()).find("'" + path + "', line 3, column 'b': 'x' is no number"),
              0U)
        << e.what();
  }
}

TEST_F(TableOnRanks, OnlyRankZeroNeedsTheFile)
{
  write("a\n5\n");
  std::string const mine = comm.is_root() ? path : folder / "elsewhere.csv";
  Table const table = read_table(comm, mine);
  EXPECT_EQ(table.source, path);
  EXPECT_EQ(table.values, (std::vector<double>{5}));
}

TEST_F(TableOnRanks, NoSuchFile)
{
  EXPECT_EQ(message_of<InputError>([&] { read_table(comm, path); }),
            "'" + path + "' does not exist; check the path");
}

TEST_F(TableOnRanks, TheNameOfAFileDoesNotCount)
{
  path = folder / "data.h5";
  write("a\n5\n");
  EXPECT_EQ(read_table(comm, path).values, (std::vector<double>{5}));
}

TEST_F(TableOnRanks, ShortFilesHaveNoSignature)
{
  write("1");
  EXPECT_EQ(read_table(comm, path).values, (std::vector<double>{1}));
}

#ifndef KOVAR_ENABLE_HDF5
TEST_F(TableOnRanks, Hdf5WhereItIsOff)
{
  write("\x89HDF\r\n\x1a\n");
  EXPECT_EQ(
      message_of<InputError>([&] { read_table(comm, path); }),
      "'" + path +
          "' is an HDF5 file (kovar was built without HDF5); write the table as CSV, or build "
          "with KOVAR_ENABLE_HDF5=ON");
}
#endif

TEST_F(TableOnRanks, ShuffledSplitsAreTheSameOnAllRanks)
{
  std::vector<std::int64_t> rows(100);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  auto const split = kovar::io::split_rows(rows, {30, kovar::RowOrder::shuffled, 7});
  std::vector<std::int64_t> largest = split.validation;
  comm.max_to_all(largest.data(), static_cast<std::int64_t>(largest.size()));
  EXPECT_EQ(largest, split.validation);
}

}  // namespace
