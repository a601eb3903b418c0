// SPDX-License-Identifier: BSD-3-Clause
// Damaged and hostile files in rabbit's layout: one InputError each.
#include "hdf5_editor.hpp"
#include "scratch_folder.hpp"
#include "tensor_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/pickle.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/rabbit_meta.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>
#include <string>

namespace kovar::io {
namespace {

using test::full_tensor;
using test::Hdf5Editor;
using test::message_of;
using test::ScratchFolder;

struct Damage {
  std::function<void(Hdf5Editor&)> make;
  std::string message;  // without path and remedy
};

fit::TemplateTensor tensor_for_rabbit()
{
  auto tensor = full_tensor();
  tensor.external_terms[0].name = "prior";
  return tensor;
}

class RabbitFileErrors : public ::testing::Test {
 protected:
  RabbitFileErrors() { write_rabbit_file(good, tensor_for_rabbit()); }

  void expect_refused(std::vector<Damage> const& damages)
  {
    for (auto const& damage : damages) {
      std::filesystem::copy_file(good, bad, std::filesystem::copy_options::overwrite_existing);
      {
        Hdf5Editor editor(bad);
        damage.make(editor);
      }
      EXPECT_EQ(message_of<InputError>([&] { read_rabbit_file(bad); }),
                "'" + bad + "': " + damage.message + "; write the file again with rabbit");
    }
  }

  ScratchFolder folder;
  std::string good = folder / "good.h5";
  std::string bad = folder / "bad.h5";
};

TEST_F(RabbitFileErrors, MissingParts)
{
  for (std::string const name :
       {"hprocs", "hsignals", "hsysts", "hconstraintweights", "hsystgroups", "hsystgroupidxs",
        "hdata_obs", "hpseudodata", "hsumw2", "hnorm_sparse/indices", "hnorm_sparse/values",
        "hlogk_sparse/indices", "hlogk_sparse/values", "external_terms/prior/params"})
    expect_refused({{[&](Hdf5Editor& f) { f.remove(name); },
                     "'" + name + "' is missing (no whole file of its kind)"}});
  expect_refused({{[](Hdf5Editor& f) { f.remove("hsumw"); },
                   "'hkstat' is missing (no whole file of its kind)"}});
}

TEST_F(RabbitFileErrors, VariationsOfBinStatistics)
{
  std::filesystem::copy_file(good, bad);
  Hdf5Editor(bad).rename("hdata_var", "hbetavariations");
  EXPECT_EQ(
      message_of<InputError>([&] { read_rabbit_file(bad); }),
      "'" + bad +
          "': 'hbetavariations' has variations of bin statistics between bins (a fit here has "
          "none, and would be another one than rabbit's); write the file again with rabbit, "
          "without add_beta_variations");
}

TEST_F(RabbitFileErrors, ShapesAndValues)
{
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused({
      {[](Hdf5Editor& f) { f.shorten<double>("hdata_var"); },
       "'hdata_var' has the shape 7 (8 is needed)"},
      {[](Hdf5Editor& f) {
         f.put_integers("hsumw", "original_shape", {3, 11});
       },
       "'hsumw' has the shape 3 x 11 (11 x 3 is needed)"},
      {[](Hdf5Editor& f) {
         f.put_integers("hsumw", "original_shape", {11, 4});
       },
       "'hsumw' stands for the shape 11 x 4 and has the shape 33 (they need as many entries)"},
      {[](Hdf5Editor& f) {
         f.put_integers("hsumw", "original_shape",
                        {std::int64_t{1} << 40U, std::int64_t{1} << 40U});
       },
       "'hsumw' stands for the shape 1099511627776 x 1099511627776 and has the shape 33 (they need "
       "as many entries)"},
      {[](Hdf5Editor& f) {
         f.put_integers("hnorm_sparse", "dense_shape", {7, 3});
       },
       "'hnorm_sparse' has the shape 7 x 3 (at least 8 bins x 3 processes are needed)"},
      {[](Hdf5Editor& f) {
         f.put_integers("hlogk_sparse", "dense_shape", {18, 5});
       },
       "'hlogk_sparse' has the shape 18 x 5 (18 x 4 or 18 x 8 is needed)"},
      {[](Hdf5Editor& f) {
         f.put_integers("hlogk_sparse", "dense_shape", {18, 4});
       },
       "'hlogk_sparse/indices' has an entry at row 1, column 5 of a matrix of 18 x 4"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("hlogk_sparse/indices", 0, -1); },
       "'hlogk_sparse/indices' has an entry at row -1, column 5 of a matrix of 18 x 8"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("hnorm_sparse/indices", 0, 1); },
       "'hnorm_sparse/indices' has row 0 after row 1 (entries are sorted by rows)"},
      {[](Hdf5Editor& f) { f.put<std::int64_t>("hnorm_sparse/indices", 1, 1); },
       "tensor: entry 1 of bin 0 is of process 1 of 3, after process 1 (processes ascend within a "
       "bin)"},
      {[](Hdf5Editor& f) { f.put<double>("hlogk_sparse/values", 0, nan); },
       "tensor: the matrix of variations is nan at row 1, column 5 (entries are finite numbers)"},
      {[](Hdf5Editor& f) { f.shorten<double>("hnorm_sparse/values"); },
       "'hnorm_sparse' has indices of shape 36 for values of shape 17 (a row and a column each are "
       "needed)"},
      {[](Hdf5Editor& f) { f.put_texts("hsignals", 3, "top"); },
       "'hsignals' are not the first processes (they come first)"},
      {[](Hdf5Editor& f) { f.put_texts("hsystgroups", 1, "ab"); },
       "'hsystgroupidxs' has 3 lists for 2 groups (one each is needed)"},
      {[](Hdf5Editor& f) { f.put<double>("external_terms/prior/hess_sparse/values", 1, 77); },
       "'external_terms/prior/hess_sparse' is not symmetric: entries across the diagonal differ by "
       "up to 76.911890 (a Hessian is)"},
      {[](Hdf5Editor& f) {
         f.claim("hsumw", H5T_NATIVE_DOUBLE, {std::int64_t{1} << 40U}, {1U << 20U});
       },
       "'hsumw' has the shape 1099511627776 (11 x 3 is needed)"},
      {[](Hdf5Editor& f) {
         f.claim("hdata_obs", H5T_NATIVE_DOUBLE, {std::int64_t{1} << 40U}, {1U << 20U});
       },
       "'hdata_obs' claims 8796093022208 bytes (1099511627776) where what the file holds for it "
       "makes 0 at most"},
      {[](Hdf5Editor& f) {
         f.claim("hlogk_sparse/values", H5T_NATIVE_DOUBLE, {1 << 20}, {1U << 20U});
       },
       "'hlogk_sparse/values' claims 8388608 bytes (1048576) where what the file holds for it "
       "makes "
       "0 at most"},
  });
}

// Chunks as Blosc2 leaves them: without its filter the file cannot be read, with a word on what helps.
TEST_F(RabbitFileErrors, FiltersThatAreNotThere)
{
  for (auto const& [id, label] : {std::pair{32026, "blosc2"}, std::pair{32001, "blosc"}}) {
    if (H5Zfilter_avail(id) > 0) continue;
    std::filesystem::copy_file(good, bad, std::filesystem::copy_options::overwrite_existing);
    Hdf5Editor(bad).claim_filtered("hdata_obs", id, label, 8);
    EXPECT_EQ(message_of<InputError>([&] { read_rabbit_file(bad); }),
              std::string("'hdata_obs' in '") + bad + "' is compressed with " + label +
                  " (HDF5 filter " + std::to_string(id) +
                  ", which is not installed here); set HDF5_PLUGIN_PATH to the folder with its "
                  "plugin, or rewrite the file where it can be read: h5repack -f GZIP=4 old.h5 "
                  "new.h5");
  }
}

// The pickle is not needed: whatever stands in it, the tensor is read.
TEST(RabbitPickle, DamagedIsLeftAside)
{
  auto const tensor = full_tensor();
  auto const whole = rabbit_meta_of(tensor);
  EXPECT_EQ(read_rabbit_meta(whole, 8, 11).channels.size(), 3U);
  EXPECT_EQ(read_rabbit_meta(whole, 7, 11).channels.size(), 0U);
  for (unsigned seed = 0; seed < 20000; ++seed) {
    std::mt19937_64 random(seed);
    std::string damaged = whole;
    for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    for (auto const& channel : read_rabbit_meta(damaged, 8, 11).channels)
      EXPECT_LE(channel.end_bin, 11);
  }
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(read_rabbit_meta(whole.substr(0, length), 8, 11).channels.empty());
}

TEST(RabbitPickle, OpcodesOfNoUseAreRefused)
{
  auto const refusal = [](std::string const& bytes) {
    return message_of<InputError>([&] { Pickle const pickle(bytes); });
  };
  EXPECT_EQ(refusal(""), "pickle: it ends too early (at byte 0 of 0)");
  EXPECT_EQ(refusal("."), "pickle: it takes what is not there (at byte 1 of 1)");
  EXPECT_EQ(refusal("e."), "pickle: it takes what is not there (at byte 1 of 2)");
  EXPECT_EQ(refusal("(a."), "pickle: it takes what is not there (at byte 2 of 3)");
  EXPECT_EQ(refusal("h\x07."), "pickle: it recalls what it never remembered (at byte 2 of 3)");
  EXPECT_EQ(refusal("Nr\xFF\xFF\xFF\xFF."), "pickle: it remembers out of turn (at byte 6 of 7)");
  EXPECT_EQ(refusal("X\xFF\xFF\xFF\x7F."), "pickle: it ends too early (at byte 5 of 6)");
  EXPECT_EQ(refusal("\x8d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF."),
            "pickle: it ends too early (at byte 9 of 10)");
  EXPECT_EQ(refusal("z."), "pickle: has the opcode 122, which is not known (at byte 1 of 2)");
}

// Damage anywhere in the data, which HDF5 keeps no checksums of.
TEST_F(RabbitFileErrors, RandomValuesInAnyDataset)
{
  auto const names = {"hnorm_sparse/indices", "hlogk_sparse/indices",
                      "external_terms/prior/hess_sparse/indices"};
  int n_refused = 0;
  for (unsigned seed = 0; seed < 50; ++seed)
    for (auto const* const name : names) {
      std::mt19937_64 random(seed);
      std::filesystem::copy_file(good, bad, std::filesystem::copy_options::overwrite_existing);
      auto const value = static_cast<std::int64_t>(seed % 2 == 0 ? random() : random() % 12);
      Hdf5Editor(bad).put<std::int64_t>(name, static_cast<std::int64_t>(random() % 8), value);
      try {
        fit::require_tensor(read_rabbit_file(bad));
      } catch (InputError const&) {
        ++n_refused;
      }
    }
  EXPECT_GT(n_refused, 75);
}

}  // namespace
}  // namespace kovar::io
