// SPDX-License-Identifier: BSD-3-Clause
#include "io/response_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/hdf5_table.hpp>
#include <kovar/io/samples.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::InputError;
using kovar::io::Hdf5Handle;
using kovar::io::read_hdf5_table;
using kovar::io::read_table;
using kovar::io::Table;
using kovar::io::TableOptions;
using kovar::io::TextColumns;
using kovar::test::create_file;
using kovar::test::message_of;
using kovar::test::write_dataset;

using Names = std::vector<std::string>;
using Values = std::vector<double>;

/// Write texts of fixed length (NumPy's), or of any (h5py's), as an attribute; one as a scalar.
void write_texts(Hdf5Handle const& file, std::string const& object, std::string const& attribute,
                 Names const& texts, std::size_t fixed_length = 0)
{
  Hdf5Handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), fixed_length == 0 ? H5T_VARIABLE : fixed_length);
  if (fixed_length > 0) H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  hsize_t const n = texts.size();
  Hdf5Handle const space(n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, nullptr),
                         H5Sclose);
  Hdf5Handle const open(H5Acreate_by_name(file.id(), object.c_str(), attribute.c_str(), type.id(),
                                          space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                        H5Aclose);
  std::string fixed(n * fixed_length, '\0');
  std::vector<char const*> pointers;
  for (std::size_t i = 0; i < n; ++i) {
    if (fixed_length > 0) texts[i].copy(&fixed[i * fixed_length], fixed_length);
    pointers.push_back(texts[i].c_str());
  }
  void const* const data = fixed_length > 0 ? static_cast<void const*>(fixed.data())
                                            : static_cast<void const*>(pointers.data());
  ASSERT_GE(H5Awrite(open.id(), type.id(), data), 0);
}

void write_text_dataset(Hdf5Handle const& file, std::string const& name, hsize_t n)
{
  Hdf5Handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), 4);
  Hdf5Handle const space(H5Screate_simple(1, &n, nullptr), H5Sclose);
  Hdf5Handle const dataset(H5Dcreate2(file.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT,
                                      H5P_DEFAULT, H5P_DEFAULT),
                           H5Dclose);
  ASSERT_TRUE(dataset.valid());
}

Hdf5Handle create_group(Hdf5Handle const& file, std::string const& name, bool keeps_order = false)
{
  Hdf5Handle const creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  if (keeps_order)
    H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return {H5Gcreate2(file.id(), name.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose};
}

class Hdf5Table : public kovar::test::ResponseFixture {
 protected:
  /// X (3 x 2, with names) and y (3), as in the data sets of scikit-learn.
  void write_matrix_and_target()
  {
    on_root([&] {
      Hdf5Handle const file = create_file(path);
      write_dataset(file, "X", {3, 2}, {1, 2, 3, 4, 5, 6});
      write_dataset(file, "y", {3}, {10, 20, 30});
      write_texts(file, "X", "columns", {"age", "bmi"});
      write_texts(file, "/", "source", {"by hand"});
    });
  }
  Table read(std::string const& dataset = "", TextColumns text = TextColumns::refuse)
  {
    TableOptions options;
    options.dataset = dataset;
    options.text = text;
    return read_table(comm, path, options);
  }
  std::string error(std::string const& dataset = "")
  {
    return message_of<InputError>([&] { read(dataset); });
  }
};

TEST_F(Hdf5Table, MatrixAndWhatIsBesideIt)
{
  write_matrix_and_target();
  for (std::string const dataset : {"", "/", "X", "/X"}) {
    Table const table = read(dataset);
    EXPECT_EQ(table.source, path);
    EXPECT_EQ(table.columns, (Names{"age", "bmi", "y"}));
    EXPECT_EQ(table.n_rows, 3);
    EXPECT_EQ(table.values, (Values{1, 2, 10, 3, 4, 20, 5, 6, 30}));
    EXPECT_TRUE(table.lines.empty());
    EXPECT_EQ(table.defects, (Names{"", "", ""}));
    EXPECT_EQ(table.place(2, 1), "'" + path + "', row 3, column 'bmi'");
  }
}

TEST_F(Hdf5Table, IsKnownByItsSignatureBehindAUserBlock)
{
  path = folder / "data.csv";
  on_root([&] {
    Hdf5Handle const creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_userblock(creation.id(), 1024);
    Hdf5Handle const file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), H5P_DEFAULT),
                          H5Fclose);
    write_dataset(file, "y", {2}, {1, 2});
  });
  EXPECT_EQ(read().values, (Values{1, 2}));
}

TEST_F(Hdf5Table, NamesOfFixedLength)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "X", {1, 3}, {1, 2, 3});
    write_texts(file, "X", "feature_names", {"a", "four", "bc"}, 4);
  });
  EXPECT_EQ(read().columns, (Names{"a", "four", "bc"}));
}

TEST_F(Hdf5Table, NamesWhereThereAreNone)
{
  on_root([&] { write_dataset(create_file(path), "X", {1, 3}, {1, 2, 3}); });
  EXPECT_EQ(read().columns, (Names{"X_1", "X_2", "X_3"}));
}

TEST_F(Hdf5Table, ColumnsOfOneAxisOrTwo)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "X", {3, 2}, {1, 2, 3, 4, 5, 6});
    write_dataset(file, "y", {3, 1}, {10, 20, 30});
    write_dataset(file, "other", {4}, {0, 0, 0, 0});
    write_dataset(file, "scalar", {}, {7});
  });
  Table const table = read();
  EXPECT_EQ(table.columns, (Names{"X_1", "X_2", "y"}));
  EXPECT_EQ(table.values, (Values{1, 2, 10, 3, 4, 20, 5, 6, 30}));
}

TEST_F(Hdf5Table, GroupOfColumns)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    Hdf5Handle const group = create_group(file, "houses");
    write_dataset(group, "rooms", {2}, {3, 4}, H5T_STD_I16LE);
    write_dataset(group, "income", {2}, {1.5, 2.5}, H5T_IEEE_F32LE);
  });
  for (std::string const dataset : {"houses", "/houses", "/houses/"}) {
    Table const table = read(dataset);
    EXPECT_EQ(table.columns, (Names{"income", "rooms"}));
    EXPECT_EQ(table.values, (Values{1.5, 3, 2.5, 4}));
  }
}

TEST_F(Hdf5Table, OrderOfCreationWhereItIsKept)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    Hdf5Handle const group = create_group(file, "houses", true);
    for (std::string const name : {"c", "a", "b"}) write_dataset(group, name, {1}, {1});
  });
  EXPECT_EQ(read("houses").columns, (Names{"c", "a", "b"}));
}

TEST_F(Hdf5Table, OfMatlabIsTurned)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    // X = [1 2; 3 4; 5 6] and y = [10; 20; 30], z = [7 8 9] as save -v7.3 lays them down
    write_dataset(file, "X", {2, 3}, {1, 3, 5, 2, 4, 6});
    write_dataset(file, "y", {1, 3}, {10, 20, 30});
    write_dataset(file, "z", {3, 1}, {7, 8, 9});
    write_dataset(file, "title", {3, 1}, {65, 66, 67}, H5T_STD_U16LE);
    for (std::string const name : {"X", "y", "z"})
      write_texts(file, name, "MATLAB_class", {"double"}, 6);
    write_texts(file, "title", "MATLAB_class", {"char"}, 4);
  });
  Table const table = read();
  EXPECT_EQ(table.columns, (Names{"X_1", "X_2", "y", "z"}));
  EXPECT_EQ(table.values, (Values{1, 2, 10, 7, 3, 4, 20, 8, 5, 6, 30, 9}));
}

TEST_F(Hdf5Table, MissingValuesAndPreparedSamples)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "X", {3, 1}, {1, std::numeric_limits<double>::quiet_NaN(), 5});
    write_dataset(file, "y", {3}, {10, 20, 30});
  });
  kovar::io::SampleOptions options;
  options.columns.target = "y";
  EXPECT_EQ(message_of<InputError>([&] { prepare_samples(read(), options); }),
            "'" + path +
                "', row 2, column 'X' is missing (1 of 3 rows lack a value); fill in what is "
                "missing, leave the column out, or set missing=drop");
  options.missing = kovar::io::MissingRows::drop;
  EXPECT_EQ(prepare_samples(read(), options).train.x, (Values{-1, 1}));
}

TEST_F(Hdf5Table, TextColumns)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "a", {2}, {1, 2});
    write_text_dataset(file, "town", 2);
  });
  EXPECT_EQ(error(),
            "'/town' in '" + path +
                "' holds no numbers (a column is integers or floating point); convert it, or "
                "read with text=defer and leave the column out");
  Table const table = read("", TextColumns::defer);
  EXPECT_EQ(table(1, 0), 2);
  EXPECT_TRUE(std::isnan(table(0, 1)));
  EXPECT_EQ(table.defects[1], "'/town' in '" + path +
                                  "' holds no numbers (a column is integers or floating point); "
                                  "convert it, or leave the column out");
}

TEST_F(Hdf5Table, NoSuchDataset)
{
  write_matrix_and_target();
  EXPECT_EQ(error("/Z"),
            "'" + path + "' has no dataset or group '/Z'; it holds 'X' (3 x 2), 'y' (3)");
}

TEST_F(Hdf5Table, NoTable)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "cube", {2, 3, 4}, {});
    create_group(file, "empty");
  });
  EXPECT_EQ(error(),
            "'" + path +
                "' has no table in '/' (a matrix, rows x columns, or a dataset per column); "
                "it holds 'cube' (2 x 3 x 4)");
  EXPECT_EQ(error("empty"),
            "'" + path +
                "' has no table in '/empty' (a matrix, rows x columns, or a dataset "
                "per column); it holds no datasets");
  EXPECT_EQ(
      error("cube"),
      "'/cube' in '" + path +
          "' has rank 3 (2 x 3 x 4, and a table is rows x columns); name a matrix, or a group "
          "of datasets that are columns");
}

TEST_F(Hdf5Table, SeveralMatrices)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "test", {1, 2}, {1, 2});
    write_dataset(file, "train", {2, 2}, {1, 2, 3, 4});
  });
  EXPECT_EQ(error(),
            "'" + path +
                "' has several matrices in '/': 'test' (1 x 2), 'train' (2 x 2); say which "
                "one by its dataset");
  EXPECT_EQ(read("train").n_rows, 2);
}

TEST_F(Hdf5Table, ColumnsOfSeveralLengths)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "a", {2}, {1, 2});
    write_dataset(file, "b", {3}, {1, 2, 3});
  });
  EXPECT_EQ(error(),
            "'" + path +
                "': columns of one table are equally long, and in '/' there are 'a' (2), 'b' "
                "(3); move what is no column to another group");
}

TEST_F(Hdf5Table, NamesThatDoNotFit)
{
  write_matrix_and_target();
  on_root([&] {
    Hdf5Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Adelete_by_name(file.id(), "X", "columns", H5P_DEFAULT);
    write_texts(file, "X", "columns", {"a", "b", "c"});
  });
  EXPECT_EQ(error(), "'/X' in '" + path +
                         "' has 2 columns, and its attribute 'columns' 3 names; write one name per "
                         "column");
}

TEST_F(Hdf5Table, TwoColumnsOfOneName)
{
  write_matrix_and_target();
  on_root([&] {
    Hdf5Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    write_dataset(file, "bmi", {3}, {1, 2, 3});
  });
  EXPECT_EQ(error(), "'" + path + "': two columns of '/' are named 'bmi'; rename one of them");
}

TEST_F(Hdf5Table, NoRows)
{
  on_root([&] { write_dataset(create_file(path), "X", {0, 2}, {}); });
  EXPECT_EQ(error(), "'" + path + "': the table in '/' is 0 x 2 (a table has one row at least)");
}

TEST_F(Hdf5Table, TruncatedFile)
{
  write_matrix_and_target();
  on_root([&] { std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100); });
  std::string const message = error();
  EXPECT_EQ(message.find("'" + path + "' is incomplete (truncated file: eof = "), 0U) << message;
}

}  // namespace
