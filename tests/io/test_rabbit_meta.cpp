// SPDX-License-Identifier: BSD-3-Clause
// The pickle of rabbit's files, as Python writes it.
#include "tensor_fixture.hpp"

#include <kovar/io/rabbit_meta.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace kovar::io {
namespace {

using test::expect_equal;

// pickle.dumps(meta, protocol=5) of Python 3.11 with hist 2.12.1 and boost-histogram 1.8.1, where meta has
// the channels a (Regular(3, -2, 4, name="x", overflow=False), StrCategory(["u", "v"], name="c")), m
// (Variable([0, 1, 5], name="v"); masked, with flow) and b (Integer(2, 5, name="q", underflow=False),
// Boolean(name="t")), in this order, and additive systematics.
constexpr char const* of_python =
    "800595e0020000000000007d94288c0c6368616e6e656c5f696e666f947d94288c0161947d94288c0461786573"
    "945d94288c09686973742e61786973948c07526567756c61729493942981947d948c035f6178948c1a626f6f73"
    "745f686973746f6772616d2e5f636f72652e61786973948c0d726567756c61725f75666c6f7794939429819428"
    "4b004b004b037d94288c046e616d65948c0178948c056c6162656c948c00947547c00000000000000047401800"
    "0000000000749462736268078c0b53747243617465676f72799493942981947d94680c680d8c0c63617465676f"
    "72795f737472949394298194284b004b028c0175948c0176947d942868128c0163946814681575749462736265"
    "8c066d61736b656494898c04666c6f779489758c016d947d942868055d9468078c085661726961626c65949394"
    "2981947d94680c680d8c0f7661726961626c655f756f666c6f779493942981944b008c136e756d70792e5f636f"
    "72652e6e756d65726963948c0b5f66726f6d627566666572949394289618000000000000000000000000000000"
    "000000000000f03f0000000000001440948c056e756d7079948c0564747970659493948c026638948988879452"
    "94284b038c013c944e4e4e4affffffff4affffffff4b007494624b0385948c014394749452947d942868128c01"
    "76946814681575879462736261682388682488758c0162947d942868055d942868078c07496e74656765729493"
    "942981947d94680c680d8c0d696e74656765725f6f666c6f77949394298194284b004b037d942868128c017194"
    "68146815754b02749462736268078c07426f6f6c65616e9493942981947d94680c680d8c07626f6f6c65616e94"
    "9394298194284b004b027d942868128c01749468146815754b0074946273626568238968248975758c1073796d"
    "6d65747269635f74656e736f7294888c0f73797374656d617469635f74797065948c066e6f726d616c948c096d"
    "6574615f696e666f947d948c0474696d65948c036e6f779473752e";

std::string bytes_of(std::string const& hexadecimal)
{
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    bytes += static_cast<char>(std::strtol(hexadecimal.substr(i, 2).c_str(), nullptr, 16));
  return bytes;
}

TEST(RabbitMeta, ReadsTheAxesOfHist)
{
  auto const meta = read_rabbit_meta(bytes_of(of_python), 12, 16);
  EXPECT_EQ(meta.type, fit::SystematicType::additive);
  ASSERT_EQ(meta.channels.size(), 3U);
  using fit::AxisKind;
  expect_equal(meta.channels[0], {"a",
                                  0,
                                  6,
                                  false,
                                  {{"x", AxisKind::regular, {-2, 0, 2, 4}, {}, true, false},
                                   {"c", AxisKind::category, {}, {"u", "v"}, false, true}},
                                  false});
  expect_equal(meta.channels[1], {"b",
                                  6,
                                  12,
                                  false,
                                  {{"q", AxisKind::integer, {2, 3, 4, 5}, {}, false, true},
                                   {"t", AxisKind::integer, {0, 1, 2}, {}, false, false}},
                                  false});
  expect_equal(meta.channels[2],
               {"m", 12, 16, true, {{"v", AxisKind::variable, {0, 1, 5}, {}, true, true}}, true});
}

TEST(RabbitMeta, LeavesChannelsAsideThatHaveOtherBins)
{
  auto const meta = read_rabbit_meta(bytes_of(of_python), 12, 17);
  EXPECT_EQ(meta.type, fit::SystematicType::additive);
  EXPECT_TRUE(meta.channels.empty());
}

TEST(RabbitMeta, ReadsWhatItWrites)
{
  auto const tensor = test::full_tensor();
  auto const meta = read_rabbit_meta(rabbit_meta_of(tensor), 8, 11);
  ASSERT_EQ(meta.channels.size(), tensor.channels.size());
  for (std::size_t c = 0; c < meta.channels.size(); ++c)
    expect_equal(meta.channels[c], tensor.channels[c]);
}

// Only the number of bins and the ends are written: these exactly.
TEST(RabbitMeta, KeepsTheEndsOfAxes)
{
  auto tensor = test::full_tensor();
  tensor.channels[0].axes = {
      {"x", fit::AxisKind::regular, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}, {}, false, false}};
  auto const edges =
      read_rabbit_meta(rabbit_meta_of(tensor), 8, 11).channels.at(0).axes.at(0).edges;
  ASSERT_EQ(edges.size(), 7U);
  EXPECT_EQ(edges.front(), 0.1);
  EXPECT_EQ(edges.back(), 0.7);
  for (std::size_t i = 0; i < edges.size(); ++i)
    EXPECT_NEAR(edges[i], 0.1 + 0.1 * static_cast<double>(i), 1e-15);  // rounding
}

}  // namespace
}  // namespace kovar::io
