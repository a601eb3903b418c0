// SPDX-License-Identifier: BSD-3-Clause
// Matrices over ranks in a checkpoint: taken up by any ranks, in any grid and blocks; and what is refused.
#include "checkpoint_fixture.hpp"
#include "full_disk.hpp"

#include <kovar/core/hash.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/io/block_cyclic_file.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::dist::BlockCyclicMatrix;
using kovar::dist::BlockShape;
using kovar::dist::Communicator;
using kovar::dist::Host;
using kovar::dist::Part;
using kovar::dist::ProcessGrid;
using kovar::io::CheckpointFile;
using kovar::io::RowStorage;
using kovar::io::SharedHdf5File;
using kovar::test::content_of;
using kovar::test::FullDisk;
using kovar::test::message_of;
namespace fs = std::filesystem;

double element(std::int64_t i, std::int64_t j)
{
  return 1000.25 * static_cast<double>(i) - static_cast<double>(j);
}

/// element(i, j); above the diagonal NaN if only the lower part counts.
template <class Scalar>
BlockCyclicMatrix<Scalar> filled(ProcessGrid const& grid, std::int64_t n_rows,
                                 std::int64_t n_columns, BlockShape block, Part part)
{
  BlockCyclicMatrix<Scalar> const a(Host(), "test::filled", grid, n_rows, n_columns, block);
  for (std::int64_t j = 0; j < static_cast<std::int64_t>(a.local().extent(1)); ++j)
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(a.local().extent(0)); ++i) {
      bool const is_wanted = part == Part::all || a.global_row(i) >= a.global_column(j);
      a.local()(i, j) = is_wanted
                            ? static_cast<Scalar>(element(a.global_row(i), a.global_column(j)))
                            : std::numeric_limits<Scalar>::quiet_NaN();
    }
  return a;
}

/// Entries of this rank that are not what filled() gave; above the diagonal of a lower part: that are not 0.
template <class Scalar>
std::int64_t n_wrong(BlockCyclicMatrix<Scalar> const& a, Part part)
{
  std::int64_t n = 0;
  for (std::int64_t j = 0; j < static_cast<std::int64_t>(a.local().extent(1)); ++j)
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(a.local().extent(0)); ++i) {
      bool const is_wanted = part == Part::all || a.global_row(i) >= a.global_column(j);
      auto const expected =
          is_wanted ? static_cast<Scalar>(element(a.global_row(i), a.global_column(j))) : Scalar(0);
      if (a.local()(i, j) != expected) ++n;
    }
  return n;
}

struct Shape {
  std::int64_t n_rows;
  std::int64_t n_columns;
  Part part;
};

std::vector<Shape> shapes()
{
  return {{0, 0, Part::all},        {0, 0, Part::lower},     {1, 1, Part::lower},
          {1, 7, Part::all},        {13, 5, Part::all},      {13, 13, Part::lower},
          {5, 0, Part::all},        {130, 130, Part::lower}, {64, 67, Part::all},
          {3000, 3000, Part::lower}};  // more than a piece of rows in the last one
}

template <class T>
class CheckpointOverRanks : public kovar::test::CheckpointFixture {
};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(CheckpointOverRanks, Scalars);

TYPED_TEST(CheckpointOverRanks, IsTakenUpByOtherRanks)
{
  bool const is_alone = this->comm.rank() == this->comm.size() - 1;
  Communicator const part_of_ranks = this->comm.split(is_alone ? 1 : 0, 0);
  std::vector<Shape> const all = shapes();
  {
    ProcessGrid const grid(this->comm);
    CheckpointFile checkpoint = this->open();
    for (std::size_t k = 0; k < all.size(); ++k)
      checkpoint.put_over_ranks(
          "m" + std::to_string(k),
          filled<TypeParam>(grid, all[k].n_rows, all[k].n_columns, {3, 2}, all[k].part),
          all[k].part);
    checkpoint.put_numbers("numbers", {1, 2});
    checkpoint.complete_stage("first");
  }
  CheckpointFile const checkpoint(part_of_ranks, this->path, this->fingerprint);
  ProcessGrid const grid(part_of_ranks, {part_of_ranks.size(), 1});
  EXPECT_EQ(checkpoint.numbers("numbers"), (std::vector<double>{1, 2}));
  for (std::size_t k = 0; k < all.size(); ++k) {
    BlockCyclicMatrix<TypeParam> const back(Host(), "test::back", grid, all[k].n_rows,
                                            all[k].n_columns, {7, 64});
    Kokkos::deep_copy(back.local(), TypeParam(-1));
    checkpoint.read_over_ranks("m" + std::to_string(k), back, all[k].part);
    EXPECT_EQ(n_wrong(back, all[k].part), 0) << all[k].n_rows << " x " << all[k].n_columns;
  }
}

TYPED_TEST(CheckpointOverRanks, KeepsWhatIsNotDroppedAndReplacesWhatIsPutAgain)
{
  ProcessGrid const grid(this->comm);
  auto const of = [&](std::int64_t n) {
    return filled<TypeParam>(grid, n, n, {4, 4}, Part::lower);
  };
  {
    CheckpointFile checkpoint = this->open();
    checkpoint.put_over_ranks("kept", of(9), Part::lower);
    checkpoint.put_over_ranks("changing", of(4), Part::lower);
    checkpoint.put_over_ranks("dropped", of(40), Part::lower);
    checkpoint.complete_stage("first");
    checkpoint.drop("dropped");
    checkpoint.put_over_ranks("changing", of(5), Part::lower);
    checkpoint.put_over_ranks("changing", of(6), Part::lower);
    checkpoint.put_over_ranks("of one rank in the end", of(3), Part::lower);
    checkpoint.put_numbers("of one rank in the end", {7});
    checkpoint.complete_stage("second");
    checkpoint.complete_stage("third");
  }
  CheckpointFile const checkpoint = this->open();
  EXPECT_FALSE(checkpoint.holds("dropped"));
  EXPECT_EQ(checkpoint.numbers("of one rank in the end"), std::vector<double>{7});
  auto const kept = of(9);
  auto const changing = of(6);
  checkpoint.read_over_ranks("kept", kept, Part::lower);
  checkpoint.read_over_ranks("changing", changing, Part::lower);
  EXPECT_EQ(n_wrong(kept, Part::lower), 0);
  EXPECT_EQ(n_wrong(changing, Part::lower), 0);
}

using CheckpointOverRanksErrors = kovar::test::CheckpointFixture;

TEST_F(CheckpointOverRanksErrors, RefusesWhatDoesNotFit)
{
  ProcessGrid const grid(comm);
  CheckpointFile checkpoint = open();
  EXPECT_EQ(
      message_of<InputError>([&] {
        checkpoint.put_over_ranks("a", filled<double>(grid, 3, 5, {2, 2}, Part::all), Part::lower);
      }),
      "'a' is 3 x 5 (only a square matrix has a lower triangle for the checkpoint); put all "
      "of it");
  checkpoint.put_over_ranks("a", filled<double>(grid, 3, 5, {2, 2}, Part::all), Part::all);
  checkpoint.complete_stage("first");
  EXPECT_EQ(
      message_of<InputError>([&] {
        checkpoint.read_over_ranks("a", filled<double>(grid, 4, 4, {2, 2}, Part::all), Part::all);
      }),
      "'a' in the checkpoint '" + path +
          "' is 15 x 1 of 8 bytes (16 x 1 of 8 are wanted); remove the file to start anew");
  EXPECT_EQ(
      message_of<InputError>([&] {
        checkpoint.read_over_ranks("a", filled<float>(grid, 3, 5, {2, 2}, Part::all), Part::all);
      }),
      "'a' in the checkpoint '" + path +
          "' is 15 x 1 of 8 bytes (15 x 1 of 4 are wanted); remove the file to start anew");
  EXPECT_EQ(
      message_of<InputError>([&] {
        checkpoint.read_over_ranks("b", filled<double>(grid, 3, 5, {2, 2}, Part::all), Part::all);
      }),
      "the checkpoint '" + path + "' has no array 'b' (an error in the program)");
}

TEST_F(CheckpointOverRanksErrors, AllRanksLearnOfDamage)
{
  ProcessGrid const grid(comm);
  auto const a = filled<double>(grid, 20, 20, {3, 3}, Part::lower);
  {
    CheckpointFile checkpoint = open();
    checkpoint.put_over_ranks("a", a, Part::lower);
    checkpoint.complete_stage("first");
  }
  std::string const whole = content_of(path);
  comm.barrier();
  on_root_alone([&] {
    double const value = element(17, 3);
    std::string spoilt = whole;
    auto const at = spoilt.find(std::string(reinterpret_cast<char const*>(&value), sizeof value));
    ASSERT_NE(at, std::string::npos);
    spoilt[at] = static_cast<char>(spoilt[at] ^ 1);
    std::ofstream(path, std::ios::binary) << spoilt;
  });
  EXPECT_EQ(message_of<InputError>([&] { open().read_over_ranks("a", a, Part::lower); }),
            "the checkpoint '" + path +
                "' is damaged ('a' is not what was written); remove it to start anew");

  CheckpointFile const opened = open();
  comm.barrier();
  on_root_alone(
      [&] { std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() / 2); });
  std::string const incomplete = "'" + path + "' is incomplete";
  EXPECT_EQ(
      message_of<InputError>([&] { opened.read_over_ranks("a", a, Part::lower); }).find(incomplete),
      0U);
  EXPECT_EQ(message_of<InputError>([&] { open(); }).find(incomplete), 0U);
}

TEST_F(CheckpointOverRanksErrors, FullDiskKeepsTheStageBefore)
{
  ProcessGrid const grid(comm);
  {
    CheckpointFile checkpoint = open();
    checkpoint.put_over_ranks("a", filled<double>(grid, 30, 30, {3, 3}, Part::all), Part::all);
    checkpoint.complete_stage("first");
  }
  std::string const before = content_of(path);
  comm.barrier();
  {
    FullDisk const full_disk(2000000);
    CheckpointFile checkpoint = open();
    EXPECT_EQ(message_of<BackendError>([&] {
                checkpoint.put_over_ranks("b", filled<double>(grid, 1000, 400, {64, 64}, Part::all),
                                          Part::all);
              }),
              "the checkpoint could not be written: '" + path +
                  "' cannot be written (4.2 MB are needed: File too large); make room or choose "
                  "another folder; the one of stage 'first' is still there");
  }
  comm.barrier();
  EXPECT_EQ(content_of(path), before);
  EXPECT_FALSE(fs::exists(path + ".part"));
}

// Where no room can be reserved the disk fills up while ranks write.
TEST_F(CheckpointOverRanksErrors, AllRanksLearnThatADiskGotFull)
{
  std::string const file = folder / "shared.h5";
  on_root_alone([&] {
    kovar::io::NewHdf5File made(file, 0);
    made.make_matrix<double>("a", 1000, 400, {});  // 3.2 MB
    made.commit();
  });
  auto const a = filled<double>(ProcessGrid(comm), 1000, 400, {64, 64}, Part::all);
  SharedHdf5File shared(comm, file);
  FullDisk const full_disk(1000000);
  std::string const message = message_of<BackendError>([&] { shared.write("a", a); });
  EXPECT_EQ(message.find("writing '" + file + "' failed in H5Dwrite ("), 0U) << message;
}

TEST_F(CheckpointOverRanksErrors, AllRanksLearnThatThereIsNoSuchMatrix)
{
  std::string const file = folder / "shared.h5";
  on_root_alone([&] {
    kovar::io::NewHdf5File made(file, 0);
    made.create_group("arrays");
    made.commit();
  });
  SharedHdf5File shared(comm, file);
  auto const a = filled<double>(ProcessGrid(comm), 4, 4, {2, 2}, Part::all);
  std::string const message = message_of<BackendError>([&] { shared.write("arrays/a", a); });
  EXPECT_EQ(message.find("writing '" + file + "' failed in H5Dopen ("), 0U) << message;
  SharedHdf5File unread(comm, file, SharedHdf5File::Use::read);
  EXPECT_EQ(message_of<BackendError>([&] {
              unread.read("arrays/a", a);
            }).find("reading '" + file + "' failed in H5Dopen ("),
            0U);
}

TEST_F(CheckpointOverRanksErrors, NamesAValueOfTheFingerprint)
{
  EXPECT_EQ(CheckpointFile::value_in_fingerprint(comm, path, "data"), "");
  open().complete_stage("first");
  EXPECT_EQ(CheckpointFile::value_in_fingerprint(comm, path, "data"), "1234");
  EXPECT_EQ(CheckpointFile::value_in_fingerprint(comm, path, "date"), "");
  comm.barrier();
  on_root_alone([&] { std::ofstream(path) << "a letter"; });
  EXPECT_EQ(message_of<InputError>([&] {
              CheckpointFile::value_in_fingerprint(comm, path, "data");
            }).find("'" + path + "' is not an HDF5 file"),
            0U);
}

// Where HDF5 has no MPI-IO rank 0 writes and reads for all.
TEST_F(CheckpointOverRanksErrors, RankZeroWritesAndReadsWhereOthersCannot)
{
  using File = SharedHdf5File;
  ProcessGrid const grid(comm);
  std::string const name = folder / "by_root.h5";
  auto const a = filled<double>(grid, 131, 131, {4, 4}, Part::lower);
  on_root_alone([&] {
    kovar::io::NewHdf5File made(name, 0);
    made.make_matrix<double>("a", n_stored(a, RowStorage::lower), 1, {});
    made.commit();
  });
  {
    File file(comm, name, File::Use::write, File::Route::through_root);
    file.write("a", a, RowStorage::lower);
    file.close();
  }
  comm.barrier();
  for (File::Route const route : {File::Route::through_root, File::Route::automatic}) {
    BlockCyclicMatrix<double> const back(Host(), "test::back", grid, 131, 131, {5, 5});
    File file(comm, name, File::Use::read, route);
    file.read("a", back, RowStorage::lower);
    file.close();
    EXPECT_EQ(n_wrong(back, Part::lower), 0);
  }
}

// The same as of the numbers that one rank would store.
TEST_F(CheckpointOverRanksErrors, HashIsThatOfTheStoredRows)
{
  ProcessGrid const grid(comm);
  auto const a = filled<double>(grid, 6, 6, {2, 2}, Part::all);
  std::vector<double> all;
  std::vector<double> lower;
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t j = 0; j < 6; ++j) {
      all.push_back(element(i, j));
      if (j <= i) lower.push_back(element(i, j));
    }
  EXPECT_EQ(hash_of_rows(a, RowStorage::lower), kovar::hash_of_array(lower.data(), 21));
  EXPECT_EQ(hash_of_rows(a, RowStorage::packed), kovar::hash_of_array(all.data(), 36));
  EXPECT_EQ(hash_of_rows(a, RowStorage::matrix), kovar::hash_of_array(all.data(), 36));
}

}  // namespace
