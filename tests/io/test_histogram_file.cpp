// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/histogram_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <string>
#include <vector>

namespace {

using namespace kovar;
using fit::Histogram;
using fit::HistogramForm;
using test::message_of;
using test::ScratchFolder;

constexpr char const* remedy = "write it again";

fit::Axis mass()
{
  auto axis = fit::regular_axis("mass", 3, 0, 30);
  axis.has_underflow = axis.has_overflow = true;
  return axis;
}

fit::Axis charge() { return fit::category_axis("charge", {"minus", "plus µ"}); }

std::vector<double> counting(std::size_t n)
{
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = 0.5 + static_cast<double>(i);
  return values;
}

void expect_equal(Histogram const& a, Histogram const& b)
{
  EXPECT_EQ(a.form, b.form);
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.indices, b.indices);
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.variances, b.variances);
  ASSERT_EQ(a.axes.size(), b.axes.size());
  for (std::size_t i = 0; i < a.axes.size(); ++i) {
    EXPECT_EQ(a.axes[i].name, b.axes[i].name);
    EXPECT_EQ(a.axes[i].kind, b.axes[i].kind);
    EXPECT_EQ(a.axes[i].edges, b.axes[i].edges);
    EXPECT_EQ(a.axes[i].labels, b.axes[i].labels);
    EXPECT_EQ(a.axes[i].has_underflow, b.axes[i].has_underflow);
    EXPECT_EQ(a.axes[i].has_overflow, b.axes[i].has_overflow);
  }
}

class HistogramFile : public testing::Test {
 protected:
  void write(Histogram const& h, io::Compression compression = io::Compression::none) const
  {
    io::NewHdf5File file(path, 0);
    io::write_histogram(file, "region/top", h, compression);
    file.commit();
  }
  Histogram read(std::string const& name = "region/top") const
  {
    return io::read_histogram(io::Hdf5Reader(path, remedy), name);
  }
  std::string error(std::string const& name = "region/top") const
  {
    return message_of<InputError>([&] { read(name); });
  }
  /// What stands at the start of messages about an object.
  std::string at(std::string const& object) const { return "'" + path + "': '" + object + "' "; }

  ScratchFolder folder;
  std::string path = folder / "histograms.h5";
};

TEST_F(HistogramFile, EveryFormIsReadAsItWasWritten)
{
  std::vector<Histogram> const all = {
      fit::dense_histogram({mass(), charge()}, counting(6), counting(6)),
      fit::dense_histogram_with_flow({mass(), charge()}, counting(10)),
      fit::array_histogram({2, 3}, counting(6), counting(6)),
      fit::sparse_histogram({mass(), charge()}, {9, 0, 4}, counting(3), counting(3)),
      fit::sparse_histogram({mass()}, {}, {}),
      fit::matrix_histogram(2, 3, {0, 1, 2}, {2, 0}, {5, 6}),
      fit::dense_histogram({}, {7}),
  };
  for (auto const& h : all) {
    write(h);
    auto expected = h;
    if (h.axes.empty() && h.form == HistogramForm::dense) expected.form = HistogramForm::array;
    expect_equal(read(), expected);
  }
}

TEST_F(HistogramFile, CompressedOnesToo)
{
  auto const h = fit::dense_histogram({mass(), charge()}, counting(6), counting(6));
  write(h, io::Compression::deflate);
  expect_equal(read(), h);
}

TEST_F(HistogramFile, AxesAreReadAlone)
{
  write(fit::dense_histogram({mass(), charge()}, counting(6)));
  auto const axes = io::read_histogram_axes(io::Hdf5Reader(path, remedy), "region/top");
  ASSERT_EQ(axes.size(), 2U);
  EXPECT_EQ(axes[0].edges, mass().edges);
  EXPECT_EQ(axes[1].labels, charge().labels);
}

/// A group with an axis of little more than edges, and a truth value as h5py writes it.
void write_by_hand(std::string const& path)
{
  hid_t const file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t const links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  auto const write = [&](char const* name, std::vector<hsize_t> const& shape, hid_t type,
                         void const* values) {
    hid_t const space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    hid_t const dataset = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
    H5Sclose(space);
  };
  double const edges[] = {0, 1, 10};
  float const values[] = {1.5F, 2.5F, 9};
  int const counts[] = {3, 4};
  write("top/values", {3}, H5T_NATIVE_FLOAT, values);
  write("top/axes/0/edges", {3}, H5T_NATIVE_DOUBLE, edges);
  write("bare", {2, 1}, H5T_NATIVE_INT, counts);
  hid_t const truth = H5Tenum_create(H5T_NATIVE_INT8);
  signed char const no = 0;
  signed char const yes = 1;
  H5Tenum_insert(truth, "FALSE", &no);
  H5Tenum_insert(truth, "TRUE", &yes);
  hid_t const scalar = H5Screate(H5S_SCALAR);
  hid_t const axis = H5Gopen2(file, "top/axes/0", H5P_DEFAULT);
  hid_t const attribute = H5Acreate2(axis, "overflow", truth, scalar, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, truth, &yes);
  H5Aclose(attribute);
  H5Gclose(axis);
  H5Sclose(scalar);
  H5Tclose(truth);
  H5Pclose(links);
  H5Fclose(file);
}

TEST_F(HistogramFile, LittleIsEnoughForAnAxis)
{
  write_by_hand(path);
  auto const h = read("top");
  EXPECT_EQ(h.form, HistogramForm::dense_with_flow);
  EXPECT_EQ(h.values, (std::vector<double>{1.5, 2.5, 9}));
  ASSERT_EQ(h.axes.size(), 1U);
  EXPECT_EQ(h.axes[0].kind, fit::AxisKind::variable);
  EXPECT_EQ(h.axes[0].name, "");
  EXPECT_FALSE(h.axes[0].has_underflow);
  EXPECT_TRUE(h.axes[0].has_overflow);
}

TEST_F(HistogramFile, ADatasetAloneIsAnArray)
{
  write_by_hand(path);
  expect_equal(read("/bare"), fit::array_histogram({2, 1}, {3, 4}));
  EXPECT_TRUE(io::read_histogram_axes(io::Hdf5Reader(path, remedy), "bare").empty());
}

TEST_F(HistogramFile, AnUnknownNameIsToldWithTheNearest)
{
  write(fit::dense_histogram({mass()}, counting(3)));
  EXPECT_EQ(error("region/tob"),
            at("region/tob") + "is not there, did you mean 'region/top'?; write it again");
  EXPECT_EQ(error("regoin/top"),
            at("regoin/top") + "is not there, did you mean 'region'?; write it again");
  EXPECT_EQ(error("quark"), at("quark") + "is not there; write it again");
  EXPECT_EQ(error("/"), at("/") + "names no histogram; write it again");
  EXPECT_EQ(error("region"),
            at("region/values") + "is missing (no whole file of its kind); " + remedy);
}

TEST_F(HistogramFile, ValuesOfAnotherShapeThanTheAxesAreAnError)
{
  io::NewHdf5File file(path, 0);
  auto const values = counting(4);
  file.write("h/values", {4}, values.data(), {});
  file.write("g/values", {4}, values.data(), {});
  file.create_group("h/axes");
  file.create_group("g/axes");
  file.create_group("h/axes/0");
  file.create_group("g/axes/0");
  double const edges[] = {0, 1, 2, 3};
  file.write("h/axes/0/edges", {4}, edges, {});
  file.write("g/axes/0/edges", {4}, edges, {});
  file.write_integer("h/axes/0", "underflow", 1);
  file.write_integer("h/axes/0", "overflow", 1);
  file.commit();
  EXPECT_EQ(error("h"), at("h/values") +
                            "has the shape 4 (its axes have 3 bins, or with flow bins 5); "
                            "write it again");
  EXPECT_EQ(error("g"), at("g/values") + "has the shape 4 (its axes have 3 bins); write it again");
}

TEST_F(HistogramFile, WrongPartsAreNamed)
{
  io::NewHdf5File file(path, 0);
  auto const values = counting(4);
  std::int64_t const indices[] = {0, 1, 9};
  file.write("a/values", {2, 2}, values.data(), {});
  file.write("a/indices", {3}, indices, {});
  file.write_integers("a", "shape", {2, 2});
  file.write("b/values", {4}, values.data(), {});
  file.write("b/indices", {3}, indices, {});
  file.write_integers("b", "shape", {2, 2});
  file.write("c/values", {3}, values.data(), {});
  file.write("c/indices", {3}, indices, {});
  file.write_integers("c", "shape", {2, 2});
  file.write("d/values", {3}, values.data(), {});
  file.write("d/indices", {3}, indices, {});
  file.write("e/values", {3}, values.data(), {});
  file.write("e/variances", {4}, values.data(), {});
  file.write("f/values", {3}, values.data(), {});
  file.write("f/axes/0/edges", {3}, values.data(), {});
  file.write_text("f/axes/0", "kind", "round");
  double const falling[] = {0, 1, 1};
  file.write("g/values", {2}, values.data(), {});
  file.write("g/axes/0/edges", {3}, falling, {});
  file.write("i/values", {2}, values.data(), {});
  file.write("i/axes/0/edges", {3}, values.data(), {});
  file.write_integer("i/axes/0", "underflow", 2);
  file.commit();
  std::string const end = "; write it again";
  EXPECT_EQ(error("a"),
            at("a/values") + "has the shape 2 x 2 (beside 'indices' a list is needed)" + end);
  EXPECT_EQ(error("b"), at("b/indices") + "has the shape 3 (4 is needed)" + end);
  EXPECT_EQ(error("c"), "'" + path +
                            "': 'c': index 9 of the histogram is outside of its 4 bins (they count "
                            "from 0)");
  EXPECT_EQ(error("d"), at("d") + "has no attribute 'shape' (no whole file of its kind)" + end);
  EXPECT_EQ(error("e"), at("e/variances") + "has the shape 4 (3 is needed)" + end);
  EXPECT_EQ(error("f"),
            at("f/axes/0") +
                "is of kind 'round' (regular, variable, integer and category are known)" + end);
  EXPECT_EQ(error("g"), at("g/axes/0/edges") + "does not ascend" + end);
  EXPECT_EQ(error("i"),
            at("i/axes/0") + "has an attribute 'underflow' of 2 (1 is yes, 0 no)" + end);
}

TEST_F(HistogramFile, OneThatDoesNotFitTogetherIsNotWritten)
{
  auto h = fit::dense_histogram({mass()}, counting(4));
  EXPECT_EQ(message_of<InputError>([&] { write(h); }),
            "'region/top': the histogram has 4 values for 3 bins (one each is needed)");
}

}  // namespace
