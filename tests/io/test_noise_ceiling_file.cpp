// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/io/noise_ceiling_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <string>
#include <vector>

namespace {

using kovar::gsn::NoiseCeiling;
using kovar::test::ScratchFolder;
using Space = Kokkos::DefaultExecutionSpace;

/// Everything of a dataset as doubles; its extents.
std::vector<double> read(hid_t file, std::string const& name,
                         std::vector<hsize_t>* extents = nullptr)
{
  hid_t const set = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
  EXPECT_GE(set, 0) << name;
  hid_t const space = H5Dget_space(set);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  if (extents != nullptr) {
    extents->resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, extents->data(), nullptr);
  }
  H5Sclose(space);
  H5Dclose(set);
  return values;
}

/// Does an object have a text attribute of this name?
bool has_attribute(hid_t file, std::string const& object, std::string const& name)
{
  return H5Aexists_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

bool exists(hid_t file, std::string const& name)
{
  return H5Lexists(file, name.c_str(), H5P_DEFAULT) > 0;
}

kovar::Matrix<double, Space> matrix(double factor)
{
  kovar::Matrix<double, Space> const m("test::matrix", 3, 3);
  auto const host = Kokkos::create_mirror_view(m);
  for (int j = 0; j < 3; ++j)
    for (int i = 0; i < 3; ++i) host(i, j) = factor * (10 * i + j);
  Kokkos::deep_copy(m, host);
  return m;
}

NoiseCeiling<double, Space> ceiling()
{
  NoiseCeiling<double, Space> c;
  c.noise_ceiling = 0.5;
  c.values = {0.25, 0.5, 0.75};
  c.scale = 1.5;
  c.n_trials = 6;
  c.split_sizes = {1, 3};
  c.scales = {0.5, 1.5, 2.5};
  c.data_reliability = {0.1, 0.2};
  c.n_splits = {15, 10};
  c.model_reliability = {1, 2, 3, 4, 5, 6};
  c.n_model_simulations = 50;
  c.fits = {10, 90, 20};
  c.signal_covariance = matrix(1.5);
  c.warnings = {"W_ROUGH_FITS: rough"};
  c.estimate.mean_signal = {7, 8, 9};
  c.estimate.noise_ceiling_snr = {1, 2, 3};
  c.estimate.signal_covariance_psd = matrix(1);
  c.estimate.noise_covariance_psd = matrix(2);
  return c;
}

TEST(NoiseCeilingFile, HoldsTheCeilingAndWhereItComesFrom)
{
  ScratchFolder const folder;
  std::string const path = folder / "ceiling.h5";
  kovar::io::write_noise_ceiling(path, ceiling(), {true, false, true}, {{"program", "a test"}});
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  EXPECT_EQ(read(file, "noise_ceiling"), (std::vector<double>{0.5}));
  EXPECT_EQ(read(file, "noise_ceiling_values"), (std::vector<double>{0.25, 0.5, 0.75}));
  EXPECT_EQ(read(file, "scale"), (std::vector<double>{1.5}));
  EXPECT_EQ(read(file, "split_sizes"), (std::vector<double>{1, 3}));
  EXPECT_EQ(read(file, "n_splits"), (std::vector<double>{15, 10}));
  EXPECT_EQ(read(file, "fits"), (std::vector<double>{10, 90, 20}));
  std::vector<hsize_t> extents;
  EXPECT_EQ(read(file, "model_reliability", &extents), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(extents, (std::vector<hsize_t>{3, 2}));  // scale, split size
  EXPECT_EQ(read(file, "cSb_rsa")[5], 1.5 * 12);     // row 1, column 2
  EXPECT_EQ(read(file, "cNb")[5], 2 * 12);
  EXPECT_FALSE(exists(file, "cSb"));
  EXPECT_EQ(read(file, "mnS", &extents), (std::vector<double>{7, 8, 9}));
  EXPECT_EQ(extents, (std::vector<hsize_t>{1, 3}));
  for (std::string const name : {"noise_ceiling", "noise_ceiling_values", "data_reliability",
                                 "model_reliability", "cSb_rsa"})
    for (std::string const attribute : {"units", "description"})
      EXPECT_TRUE(has_attribute(file, name, attribute)) << name << " " << attribute;
  EXPECT_TRUE(has_attribute(file, "provenance", "program"));
  EXPECT_TRUE(has_attribute(file, "/", "warnings"));
  H5Fclose(file);
}

TEST(NoiseCeilingFile, HasNoReliabilitiesWhereNoScaleWasMatched)
{
  ScratchFolder const folder;
  std::string const path = folder / "ceiling.h5";
  auto c = ceiling();
  c.scales.clear();
  c.split_sizes.clear();
  kovar::io::write_noise_ceiling(path, c, {}, {});
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  EXPECT_TRUE(exists(file, "scale"));
  for (std::string const name : {"scales", "split_sizes", "data_reliability", "fits", "cSb_rsa"})
    EXPECT_FALSE(exists(file, name)) << name;
  H5Fclose(file);
}

}  // namespace
