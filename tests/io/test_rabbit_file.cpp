// SPDX-License-Identifier: BSD-3-Clause
// Files of rabbit are read as the tensors that they were written from, and written so that they are.
#include "fit/fit_case.hpp"
#include "scratch_folder.hpp"
#include "tensor_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/tensor_file.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar::io {
namespace {

using fit::SystematicType;
using test::expect_equal;
using test::expect_equal_but_channels;
using test::full_tensor;
using test::message_of;
using test::ScratchFolder;

std::string rabbit_oracle(std::string const& name)
{
  return test::oracle_path("binned_fit/rabbit_layout_" + name + ".h5");
}

// Rabbit keeps variances of data only where they are not the data.
fit::TemplateTensor oracle(std::string const& name)
{
  auto tensor = test::tensor_of(test::OracleFile("binned_fit/" + name + ".h5"));
  if (tensor.data_variances == tensor.data) tensor.data_variances.clear();
  return tensor;
}

void expect_channels(fit::TemplateTensor const& found, fit::TemplateTensor const& expected)
{
  ASSERT_EQ(found.channels.size(), expected.channels.size());
  for (std::size_t c = 0; c < found.channels.size(); ++c) {
    EXPECT_EQ(found.channels[c].name, expected.channels[c].name);
    EXPECT_EQ(found.channels[c].first_bin, expected.channels[c].first_bin);
    EXPECT_EQ(found.channels[c].end_bin, expected.channels[c].end_bin);
    EXPECT_EQ(found.channels[c].is_masked, expected.channels[c].is_masked);
  }
}

TEST(RabbitFile, IsTheTensorThatItWasWrittenFrom)
{
  for (std::string const name : {"dense_tiny", "sparse_2ch", "sparse_external"}) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(is_rabbit_file(rabbit_oracle(name)));
    auto const found = read_rabbit_file(rabbit_oracle(name));
    auto const expected = oracle(name);
    expect_equal_but_channels(found, expected);
    expect_channels(found, expected);
  }
}

TEST(RabbitFile, WithoutThePickleIsTheSameButForNames)
{
  auto const found = read_rabbit_file(rabbit_oracle("asymmetric_nometa"));
  auto const expected = oracle("asymmetric");
  expect_equal_but_channels(found, expected);
  ASSERT_EQ(found.channels.size(), 1U);
  EXPECT_EQ(found.channels[0].name, "ch0");
  EXPECT_EQ(found.channels[0].end_bin, expected.n_bins);
  EXPECT_EQ(read_rabbit_file(rabbit_oracle("asymmetric_nometa"), SystematicType::additive).type,
            SystematicType::additive);
}

TEST(RabbitFile, TellsTheAxes)
{
  auto const channels = read_rabbit_file(rabbit_oracle("sparse_2ch")).channels;
  ASSERT_EQ(channels.size(), 3U);
  ASSERT_EQ(channels[0].axes.size(), 1U);
  EXPECT_EQ(channels[0].axes[0].name, "x");
  ASSERT_EQ(channels[1].axes.size(), 2U);
  EXPECT_EQ(channels[1].axes[0].edges.front(), -2);
  EXPECT_EQ(channels[1].axes[0].edges.back(), 2);
  EXPECT_EQ(channels[1].axes[0].n_bins(), 10);
  EXPECT_TRUE(channels[1].axes[0].has_underflow);
  EXPECT_EQ(channels[1].axes[1].kind, fit::AxisKind::integer);
  EXPECT_EQ(channels[1].axes[1].edges, (std::vector<double>{0, 1, 2, 3}));
  EXPECT_FALSE(channels[1].axes[1].has_overflow);
  EXPECT_TRUE(channels[2].is_masked);
  EXPECT_TRUE(channels[2].has_flow);
}

TEST(RabbitFile, ComesBackAsItWasWritten)
{
  ScratchFolder const folder;
  auto tensor = full_tensor();
  tensor.external_terms[0].name = "last µ";  // rabbit's names are those of groups, in their order
  std::swap(tensor.external_terms[0], tensor.external_terms[2]);
  for (auto& set : tensor.pseudodata)  // rabbit has variances for all sets or for none
    if (set.data_variances.empty()) set.data_variances = set.data;
  for (auto const type : {SystematicType::log_normal, SystematicType::additive}) {
    tensor.type = type;
    write_rabbit_file(folder / "tensor.h5", tensor);
    expect_equal(read_rabbit_file(folder / "tensor.h5"), tensor);
  }
}

TEST(RabbitFile, WrittenWithoutThePickleHasTwoColumnsForEachSystematic)
{
  ScratchFolder const folder;
  auto const tensor = oracle("sparse_2ch");
  write_rabbit_file(folder / "tensor.h5", tensor, RabbitPickle::none);
  auto const found = read_rabbit_file(folder / "tensor.h5");
  EXPECT_FALSE(found.is_symmetric);
  EXPECT_EQ(found.variations.n_columns, 2 * tensor.n_systematics());
  ASSERT_EQ(found.channels.size(), 2U);
  EXPECT_EQ(found.channels[1].name, "ch0_masked");
  EXPECT_EQ(found.channels[1].first_bin, tensor.n_bins);
  auto same = found;
  same.is_symmetric = true;
  same.variations.n_columns = tensor.n_systematics();
  expect_equal_but_channels(same, tensor);
}

TEST(RabbitFile, RefusesToWriteWhatRabbitWouldMistake)
{
  ScratchFolder const folder;
  std::string const path = folder / "tensor.h5";
  auto tensor = full_tensor();
  EXPECT_EQ(
      message_of<InputError>([&] { write_rabbit_file(path, tensor); }),
      "external term 'z last/µ' cannot be written for rabbit (its name becomes that of a group "
      "of HDF5, without '/', '%' and a leading '.'); rename it");
  tensor.type = SystematicType::additive;
  EXPECT_EQ(message_of<InputError>([&] { write_rabbit_file(path, tensor, RabbitPickle::none); }),
            "'" + path +
                "' cannot be written without its pickle (rabbit would take the additive "
                "systematics for log-normal ones); write it with the pickle");
}

TEST(RabbitFile, IsNoTensorOfKovar)
{
  ScratchFolder const folder;
  write_tensor(folder / "tensor.h5", full_tensor());
  EXPECT_FALSE(is_rabbit_file(folder / "tensor.h5"));
  EXPECT_EQ(message_of<InputError>([&] { read_rabbit_file(folder / "tensor.h5"); }),
            "'" + (folder / "tensor.h5") +
                "': 'hprocs' is missing (no whole file of its kind); write the file again with "
                "rabbit");
  EXPECT_EQ(message_of<InputError>([&] { read_tensor(rabbit_oracle("dense_tiny")); }),
            "'" + rabbit_oracle("dense_tiny") +
                "': '/' has no attribute 'format': it is no tensor of kovar; write the file again "
                "with kovar");
}

}  // namespace
}  // namespace kovar::io
