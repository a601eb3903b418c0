// SPDX-License-Identifier: BSD-3-Clause
// Tensors come back from files as they went in, in parts on several ranks too.
#include "fit/fit_case.hpp"
#include "fit/random_tensor.hpp"
#include "scratch_folder.hpp"
#include "support/spaces.hpp"
#include "tensor_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/tensor_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

namespace kovar::io {
namespace {

using test::expect_equal;
using test::full_tensor;
using test::message_of;
using test::ScratchFolder;

dist::Communicator world() { return dist::Communicator::world(); }

// Written by one rank, seen by all.
void write_once(std::string const& path, fit::TemplateTensor const& tensor,
                TensorFileOptions const& options = {})
{
  if (world().is_root()) write_tensor(path, tensor, options);
  world().barrier();
}

TEST(TensorFile, HoldsEverything)
{
  ScratchFolder const folder(world());
  auto const tensor = full_tensor();
  fit::require_tensor(tensor);
  write_once(folder / "full.h5", tensor);
  expect_equal(read_tensor(folder / "full.h5"), tensor);
}

TEST(TensorFile, HoldsNothing)
{
  ScratchFolder const folder(world());
  fit::TemplateTensor empty;
  empty.bin_start = {0};
  write_once(folder / "empty.h5", empty);
  expect_equal(read_tensor(folder / "empty.h5"), empty);
  expect_equal(read_tensor(world(), folder / "empty.h5"), empty);
}

TEST(TensorFile, HoldsTheReferences)
{
  ScratchFolder const folder(world());
  std::string last;
  for (auto const& [name, config] : test::fit_cases) {
    if (name == last) continue;
    last = name;
    SCOPED_TRACE(name);
    auto const tensor = test::tensor_of(test::OracleFile("binned_fit/" + last + ".h5"));
    write_once(folder / (last + ".h5"), tensor);
    expect_equal(read_tensor(folder / (last + ".h5")), tensor);
  }
}

TEST(TensorFile, CompressedIsTheSame)
{
  ScratchFolder const folder(world());
  auto const tensor = full_tensor();
  write_once(folder / "deflated.h5", tensor, {Compression::deflate, Compression::deflate});
  expect_equal(read_tensor(folder / "deflated.h5"), tensor);
}

TEST(TensorFile, DeflateShrinksIndices)
{
  ScratchFolder const folder(world());
  auto tensor = full_tensor();
  test::HostMatrix k(18, 4000);  // every row full: indices that compress well
  for (double& entry : k.values) entry = 0.25;
  tensor.variations = test::sparse(k);
  tensor.systematics.clear();
  for (int s = 0; s < 2000; ++s) tensor.systematics.push_back("s" + std::to_string(s));
  tensor.constraint_weights.assign(2000, 1.0);
  write_once(folder / "plain.h5", tensor);
  write_once(folder / "deflated.h5", tensor, {Compression::deflate, Compression::none});
  auto const bytes = [&](char const* name) {
    return static_cast<std::int64_t>(std::filesystem::file_size(folder / name));
  };
  std::int64_t const index_bytes = 4 * tensor.variations.n_entries();
  EXPECT_LT(bytes("deflated.h5"), bytes("plain.h5") - index_bytes / 2);
  expect_equal(read_tensor(folder / "deflated.h5"), tensor);
}

TEST(TensorFile, TellsThatLz4IsMissing)
{
  if (H5Zfilter_avail(32004) > 0) GTEST_SKIP() << "the filter is there";
  ScratchFolder const folder;
  auto const message = message_of<InputError>([&] {
    write_tensor(folder / "lz4.h5", full_tensor(), {Compression::lz4, Compression::none});
  });
  EXPECT_EQ(message,
            "'tensor/norm/indptr' is to be compressed with LZ4 (HDF5 filter 32004, which is not "
            "installed here); set HDF5_PLUGIN_PATH to the folder with its plugin, or compress with "
            "deflate");
  EXPECT_FALSE(std::filesystem::exists(folder / "lz4.h5"));
}

TEST(TensorFile, RefusesToWriteWhatIsNoTensor)
{
  ScratchFolder const folder;
  auto tensor = full_tensor();
  tensor.data.pop_back();
  EXPECT_EQ(message_of<InputError>([&] { write_tensor(folder / "x.h5", tensor); }),
            "tensor: the list of data has 7 entries (8 are needed, one per fitted bin)");
  tensor = full_tensor();
  tensor.processes[1] = "to\xC3";
  EXPECT_EQ(
      message_of<InputError>([&] { write_tensor(folder / "x.h5", tensor); }),
      "'tensor/procs' of '" + (folder / "x.h5") + "': 'to\xC3' is no UTF-8 text; use another name");
  tensor = full_tensor();
  tensor.dealt_bins = {0, 11};
  EXPECT_EQ(
      message_of<InputError>([&] { write_tensor(folder / "x.h5", tensor); }),
      "'" + (folder / "x.h5") +
          "' cannot be written from a rank's part of a tensor (the others' variations would be "
          "missing); read the tensor by one process");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.h5"));
}

// The parts of all ranks are the whole; each variation and each row of a Hessian is on one of them.
TEST(TensorFile, RanksHoldTheirParts)
{
  ScratchFolder const folder(world());
  auto const tensor = full_tensor();
  write_once(folder / "full.h5", tensor);
  auto part = read_tensor(world(), folder / "full.h5");
  fit::require_tensor(part);
  EXPECT_EQ(part.dealt_bins.empty(), world().size() == 1);
  auto const sum = [](std::int64_t n) {
    auto total = static_cast<double>(n);
    world().sum_to_all(&total, 1);
    return static_cast<std::int64_t>(total);
  };
  EXPECT_EQ(sum(part.variations.n_entries()), tensor.variations.n_entries());
  for (std::size_t i = 0; i < tensor.external_terms.size(); ++i)
    EXPECT_EQ(sum(part.external_terms[i].hessian.upper.n_entries()),
              tensor.external_terms[i].hessian.upper.n_entries());
  auto const mine = fit::rank_share(world(), part);
  auto const expected = fit::rank_share(world(), tensor);
  EXPECT_EQ(mine.first_bin, expected.first_bin);
  EXPECT_EQ(mine.end_bin, expected.end_bin);
  expect_equal(fit::rank_variations(part, mine), fit::rank_variations(tensor, expected), "rows");

  // All the rest is on every rank.
  part.variations = tensor.variations;
  for (std::size_t i = 0; i < tensor.external_terms.size(); ++i)
    part.external_terms[i].hessian = tensor.external_terms[i].hessian;
  expect_equal(part, tensor);
}

/// What a rank takes from a file of many variations.
TEST(TensorFile, NoRankReadsAll)
{
  ScratchFolder const folder(world());
  test::RandomShape shape;
  shape.n_bins = 200;
  shape.n_systematics = 300;
  shape.filling = 0.9;
  auto tensor = test::random_tensor(shape);
  tensor.external_terms.clear();
  tensor.data_covariance_inverse.clear();
  write_once(folder / "large.h5", tensor);
  std::int64_t const before = numbers_read_bytes();
  auto const part = read_tensor(world(), folder / "large.h5");
  auto const mine = static_cast<double>(numbers_read_bytes() - before);
  std::int64_t const before_all = numbers_read_bytes();
  read_tensor(folder / "large.h5");
  auto const all = static_cast<double>(numbers_read_bytes() - before_all);
  constexpr double bytes_of_entry = 12;
  double const shared = bytes_of_entry * static_cast<double>(tensor.variations.n_entries());
  EXPECT_GT(shared, 0.85 * all);  // else the bound below says little
  EXPECT_EQ(mine, all - shared + bytes_of_entry * static_cast<double>(part.variations.n_entries()));
  EXPECT_LT(mine, all - shared + 1.2 * shared / world().size());
}

template <class ExecSpace>
class TensorFileParts : public ::testing::Test {
};
TYPED_TEST_SUITE(TensorFileParts, test::ExecSpaces);

template <class ExecSpace>
std::vector<double> results_of(ExecSpace const& space, test::OracleFile const& file,
                               std::string const& config, fit::TemplateTensor const& tensor)
{
  auto likelihood = test::likelihood_of(space, world(), file, config, tensor);
  auto const n = likelihood.parameters().size();
  std::vector<double> point = likelihood.parameters().start;
  for (std::size_t i = 0; i < point.size(); ++i) point[i] += 0.1 * std::sin(static_cast<double>(i));
  Vector<double, ExecSpace> const found("test::found", n);
  std::vector<double> results = {
      likelihood.value_and_gradient(space, to_space(space, point, "test::x"), found)};
  auto const append = [&](std::vector<double> const& list) {
    results.insert(results.end(), list.begin(), list.end());
  };
  append(to_list(space, found));
  likelihood.hessian_product(space, to_space(space, point, "test::u"), found);
  append(to_list(space, found));
  likelihood.hessian_diagonal(space, fit::HessianForm::fisher, found);
  append(to_list(space, found));
  append(likelihood.yields(space));
  return results;
}

// To the last bit: the dealing is the same, whether a rank reads all or its part.
TYPED_TEST(TensorFileParts, GiveTheSameLikelihood)
{
  TypeParam const space;
  ScratchFolder const folder(world());
  std::string const path = folder / "tensor.h5";
  for (auto const& [name, config] : test::fit_cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    write_once(path, test::tensor_of(file));
    auto const whole = results_of(space, file, config, read_tensor(path));
    EXPECT_EQ(results_of(space, file, config, read_tensor(world(), path)), whole);
    world().barrier();
  }
}

TEST(TensorFile, PartsAreForTheSameRanks)
{
  ScratchFolder const folder(world());
  write_once(folder / "full.h5", full_tensor());
  auto const part = read_tensor(world(), folder / "full.h5");
  if (world().size() == 1) return;
  using Space = Kokkos::DefaultHostExecutionSpace;
  auto const make = [](fit::TemplateTensor const& tensor) {
    return message_of<InputError>(
        [&] { fit::Likelihood<Space>(Space(), dist::Communicator(), tensor, {}); });
  };
  std::string const n = std::to_string(world().size());
  EXPECT_EQ(make(part),
            "tensor: its bins were dealt to " + n +
                " ranks, the likelihood has 1 (a rank holds the variations of its own bins only); "
                "read the tensor with the ranks of the likelihood");
  auto dealt_terms = full_tensor();
  dealt_terms.external_terms = part.external_terms;
  EXPECT_EQ(make(dealt_terms),
            "external term 'z last/µ': the rows of its Hessian were dealt to " + n +
                " ranks, the likelihood has 1 (a rank holds its own rows only); read the "
                "tensor with the ranks of the likelihood");
}

TEST(TensorFile, RefusesOnAllRanks)
{
  ScratchFolder const folder(world());
  std::string const path = folder / "none.h5";
  auto const message = message_of<InputError>([&] { read_tensor(world(), path); });
  EXPECT_EQ(message, "'" + path + "' does not exist; check the path");
}

}  // namespace
}  // namespace kovar::io
