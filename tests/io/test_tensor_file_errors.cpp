// SPDX-License-Identifier: BSD-3-Clause
// Damaged, truncated and hostile files of tensors: one InputError each, whatever they claim.
#include "hdf5_editor.hpp"
#include "scratch_folder.hpp"
#include "tensor_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/tensor_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <random>
#include <string>

namespace kovar::io {
namespace {

using test::content_of;
using test::full_tensor;
using test::Hdf5Editor;
using test::message_of;
using test::ScratchFolder;

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Damage {
  std::function<void(Hdf5Editor&)> make;
  std::string message;  // without path and remedy
};

class TensorFileErrors : public ::testing::Test {
 protected:
  TensorFileErrors() { write_tensor(good, full_tensor()); }

  std::string refusal() const
  {
    return message_of<InputError>([&] { read_tensor(bad); });
  }

  void expect_refused(std::vector<Damage> const& damages)
  {
    for (auto const& damage : damages) {
      std::filesystem::copy_file(good, bad, std::filesystem::copy_options::overwrite_existing);
      {
        Hdf5Editor editor(bad);
        damage.make(editor);
      }
      EXPECT_EQ(refusal(),
                "'" + bad + "': " + damage.message + "; write the file again with kovar");
    }
  }

  ScratchFolder folder;
  std::string good = folder / "good.h5";
  std::string bad = folder / "bad.h5";
};

TEST_F(TensorFileErrors, OtherFormats)
{
  expect_refused({
      {[](Hdf5Editor& f) { f.remove_attribute("/", "format"); },
       "'/' has no attribute 'format': it is no tensor of kovar"},
      {[](Hdf5Editor& f) { f.put_attribute("/", "format", "a song"); },
       "'/' has the format 'a song': it is no tensor of kovar"},
      {[](Hdf5Editor& f) { f.put_integers("/", "format", {1}); },
       "'/' has an attribute 'format' that is not one text"},
      {[](Hdf5Editor& f) { f.remove_attribute("/", "format_version"); },
       "'/' has no attribute 'format_version' (no whole file of its kind)"},
      {[](Hdf5Editor& f) { f.put_attribute("/", "format", std::string(60000, 'x') + "\xC3"); },
       "'/' holds a text that is no UTF-8"},
      {[](Hdf5Editor& f) {
         f.put_attribute("/", "format", std::string(64000, 'x'));
         f.put_attribute("/", "format_version", "1.0");
       },
       "'/' has the format '" + std::string(64000, 'x') + "': it is no tensor of kovar"},
  });
  std::filesystem::copy_file(good, bad, std::filesystem::copy_options::overwrite_existing);
  {
    Hdf5Editor editor(bad);
    editor.remove_attribute("/", "format");
    editor.put_attribute("/", "content", "binned fit");
  }
  EXPECT_EQ(refusal(), "'" + bad +
                           "' is a result of kovar, of the content 'binned fit': it is no tensor "
                           "of kovar; give the tensor that 'kovar fit build' wrote");
  std::ofstream(bad) << "no HDF5";
  EXPECT_EQ(refusal(), "'" + bad +
                           "' is not an HDF5 file (its signature is missing); h5py writes such "
                           "files, and MATLAB with save -v7.3");
}

TEST_F(TensorFileErrors, NewerVersions)
{
  std::filesystem::copy_file(good, bad);
  Hdf5Editor(bad).put_attribute("/", "format_version", "2.0");
  EXPECT_EQ(refusal(), "'" + bad +
                           "' has version 2.0 of its format (this kovar reads versions 1.x); read "
                           "it with a newer kovar or write it again");
  Hdf5Editor(bad).put_attribute("/", "format_version", "1.7");
  EXPECT_NO_THROW(read_tensor(bad));
}

TEST_F(TensorFileErrors, MissingParts)
{
  for (std::string const name : {"procs",
                                 "systs",
                                 "channels",
                                 "channel_start",
                                 "channel_stop",
                                 "channel_masked",
                                 "channel_flow",
                                 "axes/a%2Fb/0/edges",
                                 "axes/a%2Fb/1/labels",
                                 "group_names",
                                 "group_ptr",
                                 "group_members",
                                 "noi_idx",
                                 "constraint_weights",
                                 "data_obs",
                                 "pseudodata_names",
                                 "pseudodata",
                                 "pseudodata_var",
                                 "sumw",
                                 "sumw2",
                                 "norm/indptr",
                                 "norm/indices",
                                 "norm/values",
                                 "logk/indptr",
                                 "logk/indices",
                                 "logk/values",
                                 "external_names"})
    expect_refused({{[&](Hdf5Editor& f) { f.remove("tensor/" + name); },
                     "'tensor/" + name + "' is missing (no whole file of its kind)"}});
  for (std::string const name : {"params", "hess_upper/indptr", "hess_upper/values"})
    expect_refused({{[&](Hdf5Editor& f) { f.remove("external/z last%2Fµ/" + name); },
                     "'external/z last%2Fµ/" + name + "' is missing (no whole file of its kind)"}});
  for (std::string const name : {"nbins", "nbinsfull", "symmetric", "systematic_type"})
    expect_refused({{[&](Hdf5Editor& f) { f.remove_attribute("tensor", name); },
                     "'tensor' has no attribute '" + name + "' (no whole file of its kind)"}});
  expect_refused({
      {[](Hdf5Editor& f) {
         f.remove("tensor/data_obs");
         f.rename("tensor/norm", "tensor/data_obs");
       },
       "'tensor/data_obs' is no dataset that can be read (HDF5: not a dataset)"},
  });
}

TEST_F(TensorFileErrors, WrongShapes)
{
  expect_refused({
      {[](Hdf5Editor& f) { f.shorten<double>("tensor/data_obs"); },
       "'tensor/data_obs' has the shape 7 (8 is needed)"},
      {[](Hdf5Editor& f) {
         f.replace<double>("tensor/data_obs", {2, 4}, std::vector<double>(8));
       },
       "'tensor/data_obs' has the shape 2 x 4 (8 is needed)"},
      {[](Hdf5Editor& f) { f.replace<double>("tensor/data_var", {7}, std::vector<double>(7)); },
       "'tensor/data_var' has the shape 7 (8 is needed)"},
      {[](Hdf5Editor& f) {
         f.replace<double>("tensor/data_cov_inv", {8, 7}, std::vector<double>(56));
       },
       "'tensor/data_cov_inv' has the shape 8 x 7 (8 x 8 is needed)"},
      {[](Hdf5Editor& f) { f.replace<double>("tensor/sumw2", {33}, std::vector<double>(33)); },
       "'tensor/sumw2' has the shape 33 (11 x 3 is needed)"},
      {[](Hdf5Editor& f) { f.shorten<double>("tensor/constraint_weights"); },
       "'tensor/constraint_weights' has the shape 3 (4 is needed)"},
      {[](Hdf5Editor& f) { f.shorten<std::int64_t>("tensor/channel_stop"); },
       "'tensor/channel_stop' has the shape 2 (3 is needed)"},
      {[](Hdf5Editor& f) { f.shorten<std::int64_t>("tensor/group_ptr"); },
       "'tensor/group_ptr' has the shape 3 (4 is needed)"},
      {[](Hdf5Editor& f) { f.shorten<std::int64_t>("tensor/logk/indptr"); },
       "'tensor/logk/indptr' has the shape 18 (19 is needed)"},
      {[](Hdf5Editor& f) { f.shorten<std::int32_t>("tensor/norm/indices"); },
       "'tensor/norm' has indices of shape 17 for values of shape 18 (one is needed per value)"},
      {[](Hdf5Editor& f) { f.shorten<double>("external/gradient/grad"); },
       "'external/gradient/grad' has the shape 0 (1 is needed)"},
      {[](Hdf5Editor& f) { f.shorten<double>("external/diagonal/hess_diagonal"); },
       "'external/diagonal/hess_diagonal' has the shape 1 (2 is needed)"},
      {[](Hdf5Editor& f) { f.put_integers("tensor/logk", "shape", {18}); },
       "'tensor/logk' has the shape 18 (18 x 8 is needed)"},
      {[](Hdf5Editor& f) {
         f.put_integers("tensor/logk", "shape", {huge, huge});
       },
       "'tensor/logk' has the shape 9223372036854775807 x 9223372036854775807 (18 x 8 is needed)"},
      {[](Hdf5Editor& f) {
         f.put_integers("tensor", "nbins", {8, 8});
       },
       "'tensor' has an attribute 'nbins' of 2 numbers (one is needed)"},
      {[](Hdf5Editor& f) { f.put_integers("tensor", "nbins", {-8}); },
       "'tensor' has an attribute 'nbins' below 0"},
      {[](Hdf5Editor& f) { f.put_integers("tensor", "nbinsfull", {huge}); },
       "'tensor' has an attribute 'nbinsfull' of 9223372036854775807 (0 to 2^48 bins)"},
      {[](Hdf5Editor& f) { f.put_integers("tensor", "nbinsfull", {-1}); },
       "'tensor' has an attribute 'nbinsfull' of -1 (0 to 2^48 bins)"},
      {[](Hdf5Editor& f) { f.put_integers("tensor", "symmetric", {2}); },
       "'tensor' has an attribute 'symmetric' of 2 (1 is yes, 0 no)"},
      {[](Hdf5Editor& f) { f.put_integers("tensor", "symmetric", {1}); },
       "'tensor/logk' has the shape 18 x 8 (18 x 4 is needed)"},
      {[](Hdf5Editor& f) { f.put_attribute("tensor", "systematic_type", "cubic"); },
       "'tensor' has systematics of type 'cubic' (log_normal or normal are known)"},
  });
}

TEST_F(TensorFileErrors, WrongTypes)
{
  expect_refused({
      {[](Hdf5Editor& f) {
         f.replace<double>("tensor/noi_idx", {2}, {0, 1});
       },
       "'tensor/noi_idx' holds no integers (they are needed here)"},
      {[](Hdf5Editor& f) { f.put_texts("tensor/data_obs", 8, std::string(64, '1')); },
       "'tensor/data_obs' holds no numbers (they are needed here)"},
      {[](Hdf5Editor& f) {
         f.replace<double>("tensor/procs", {3}, {0, 1, 2});
       },
       "'tensor/procs' holds no texts"},
      {[](Hdf5Editor& f) { f.claim("tensor/data_obs", H5T_NATIVE_LDOUBLE, {8}, {8}); },
       "'tensor/data_obs' claims 128 bytes (8) where what the file holds for it makes 0 at most"},
      {[](Hdf5Editor& f) { f.put_attribute("tensor", "nbins", "eight"); },
       "'tensor' has an attribute 'nbins' that is no integer"},
      {[](Hdf5Editor& f) { f.put_texts("tensor/procs", 3, "abcde\xC3xyz"); },
       "'tensor/procs' holds a text that is no UTF-8"},
      {[](Hdf5Editor& f) { f.put_attribute("tensor/axes/plain/0", "kind", "circular"); },
       "'tensor/axes/plain/0' is of kind 'circular' (regular, variable, integer and category are "
       "known)"},
  });
}

TEST_F(TensorFileErrors, SizesThatNobodyStored)
{
  auto const n = huge / 4;
  auto const chunk = hsize_t{1} << 20U;
  std::string const what = " where what the file holds for it makes 0 at most";
  expect_refused({
      {[&](Hdf5Editor& f) { f.claim("tensor/data_obs", H5T_NATIVE_DOUBLE, {n}, {chunk}); },
       "'tensor/data_obs' claims 9223372036854775807 bytes (2305843009213693951)" + what},
      {[&](Hdf5Editor& f) {
         f.claim("tensor/sumw", H5T_NATIVE_DOUBLE, {std::int64_t{1} << 40U, std::int64_t{1} << 40U},
                 {1024, 1024});
       },
       "'tensor/sumw' claims 9223372036854775807 bytes (1099511627776 x 1099511627776)" + what},
      {[&](Hdf5Editor& f) { f.claim("tensor/norm/indptr", H5T_NATIVE_INT64, {12}, {12}); },
       "'tensor/norm/indptr' claims 96 bytes (12)" + what},
      {[&](Hdf5Editor& f) { f.claim("tensor/logk/values", H5T_NATIVE_DOUBLE, {n}, {chunk}); },
       "'tensor/logk/values' claims 9223372036854775807 bytes (2305843009213693951)" + what},
      {[&](Hdf5Editor& f) {
         f.claim("tensor/group_members", H5T_NATIVE_INT64, {1 << 30}, {1U << 28U});
       },
       "'tensor/group_members' has chunks of 2147483648 bytes (1 GiB is the most)"},
      {[&](Hdf5Editor& f) {
         io::Hdf5Handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
         H5Tset_size(type.id(), 1U << 20U);
         f.claim("tensor/procs", type.id(), {std::int64_t{1} << 30U}, {1});
       },
       "'tensor/procs' claims 1125899906842624 bytes (1073741824)" + what},
      {[&](Hdf5Editor& f) { f.borrow("tensor/data_obs", 8, good); },
       "'tensor/data_obs' keeps its data in other files (all must be in this one)"},
  });
}

TEST_F(TensorFileErrors, RowPointers)
{
  expect_refused({
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/logk/indptr", 0, 1); },
       "'tensor/logk/indptr' starts with 1 (the first row starts at entry 0)"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/norm/indptr", 1, 6); },
       "'tensor/norm/indptr' descends from 6 to 5 after row 1"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/norm/indptr", 1, -1); },
       "'tensor/norm/indptr' descends from 0 to -1 after row 0"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/norm/indptr", 11, huge); },
       "'tensor/norm/indptr' ends with 9223372036854775807 where 18 entries are stored (it counts "
       "them)"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/group_ptr", 1, huge); },
       "'tensor/group_ptr' descends from 9223372036854775807 to 2 after row 1"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("external/z last%2Fµ/hess_upper/indptr", 3, 9); },
       "'external/z last%2Fµ/hess_upper/indptr' ends with 9 where 3 entries are stored (it counts "
       "them)"},
  });
}

TEST_F(TensorFileErrors, Values)
{
  auto const first_column = full_tensor().variations.column(0);
  expect_refused({
      {[](Hdf5Editor& f) { f.put<std::int32_t>("tensor/logk/indices", 0, 8); },
       "tensor: the matrix of variations: row 1 has an entry in column 8 of 8 (columns count from "
       "0)"},
      {[](Hdf5Editor& f) { f.put<std::int32_t>("tensor/logk/indices", 0, -1); },
       "tensor: the matrix of variations: row 1 has an entry in column -1 of 8 (columns count from "
       "0)"},
      {[&](Hdf5Editor& f) { f.put<std::int32_t>("tensor/logk/indices", 1, first_column); },
       "tensor: the matrix of variations: row 1 has column " + std::to_string(first_column) +
           " twice (columns ascend within a row); sort the rows"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/logk/values", 0, nan); },
       "tensor: the matrix of variations is nan at row 1, column " + std::to_string(first_column) +
           " (entries are finite numbers)"},
      {[](Hdf5Editor& f) { f.put<std::int32_t>("tensor/norm/indices", 0, 1); },
       "tensor: entry 1 of bin 0 is of process 1 of 3, after process 1 (processes ascend within a "
       "bin)"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/norm/values", 2, nan); },
       "tensor: a yield is nan at entry 2 (finite numbers are needed)"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/data_obs", 3, nan); },
       "tensor: the list of data is nan at entry 3 (finite numbers are needed)"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/pseudodata_var", 9, nan); },
       "tensor: the list of variances of pseudodata 'third' is nan at entry 1 (finite numbers are "
       "needed)"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/sumw2", 0, -1); },
       "tensor: a sum of squared weights is -1 at entry 0 (it is never negative)"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/noi_idx", 0, huge); },
       "tensor: the list of nuisances of interest names systematic 9223372036854775807 of 4 (they "
       "count from 0)"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/group_members", 0, -1); },
       "tensor: group 'theory' names systematic -1 of 4 (they count from 0)"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("tensor/channel_start", 1, huge); },
       "tensor: channel 'plain' has the bins 9223372036854775807 to 8 where bin 6 is the next "
       "(channels follow each other)"},
      {[](Hdf5Editor& f) { f.put_integers("tensor/procs", "n_signals", {huge}); },
       "tensor: 9223372036854775807 signals among 3 processes"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/axes/a%2Fb/0/edges", 1, 100); },
       "'tensor/axes/a%2Fb/0/edges' does not ascend"},
      {[](Hdf5Editor& f) { f.put<double>("tensor/axes/a%2Fb/0/edges", 1, nan); },
       "'tensor/axes/a%2Fb/0/edges' does not ascend"},
      {[](Hdf5Editor& f) { f.put<double>("external/diagonal/hess_diagonal", 1, nan); },
       "tensor: the Hessian of external term 'diagonal' is nan at row 1, column 1 (entries are "
       "finite numbers)"},
      {[](Hdf5Editor& f) { f.put<std::int32_t>("external/z last%2Fµ/hess_upper/indices", 0, 0); },
       "'external/z last%2Fµ/hess_upper' has an entry at row 0, column 0 (it holds what stands "
       "right of the diagonal)"},
  });
}

// Ten axes whose bins cannot be counted with 64 bits.
TEST_F(TensorFileErrors, AxesWithoutEnd)
{
  std::vector<double> edges(1001);
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = static_cast<double>(i);
  auto tensor = full_tensor();
  tensor.channels[0].axes.assign(10, {"x", fit::AxisKind::regular, edges, {}, false, false});
  EXPECT_EQ(message_of<InputError>([&] { write_tensor(bad, tensor); }),
            "tensor: the axes of channel 'a/b' have 9223372036854775807 bins, it has 6");
}

TEST_F(TensorFileErrors, TruncatedAnywhere)
{
  std::string const whole = content_of(good);
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 200) {
    std::ofstream(bad, std::ios::binary) << whole.substr(0, length);
    EXPECT_NE(refusal(), "") << length;
  }
}

// A flipped byte is noticed or harmless; in data it may become another number.
TEST_F(TensorFileErrors, FlippedBytes)
{
  std::string const whole = content_of(good);
  int n_refused = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    std::mt19937_64 random(seed);
    std::string damaged = whole;
    for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    std::ofstream(bad, std::ios::binary) << damaged;
    try {
      fit::require_tensor(read_tensor(bad));
    } catch (InputError const& error) {
      ++n_refused;
    } catch (std::exception const& error) {
      ADD_FAILURE() << "seed " << seed << ": " << error.what();
    }
  }
  EXPECT_GT(n_refused, 60);
}

}  // namespace
}  // namespace kovar::io
