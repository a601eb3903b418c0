// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/tensor_builder.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

Axis with_flow(Axis axis)
{
  axis.has_underflow = axis.kind != AxisKind::category;
  axis.has_overflow = true;
  return axis;
}

// A channel of 3 x 2 bins and a process with an empty bin; axes with flow bins.
struct Problem {
  Axis x = with_flow(regular_axis("x", 3, 0, 1));
  Axis y = with_flow(integer_axis("y", -1, 1));
  Axis kind = with_flow(category_axis("kind", {"ka", "kb"}));
  Axis par = with_flow(integer_axis("par", 10, 14));

  TensorBuilder builder(ChannelKind channel_kind, FlowBins flow) const
  {
    TensorBuilder builder;
    builder.add_channel("ch", {x, y}, channel_kind, flow);
    std::vector<double> yields(20);
    for (std::size_t b = 0; b < 20; ++b) yields[b] = b == 6 ? 0 : 1.0 + static_cast<double>(b);
    builder.add_process("p", "ch", dense_histogram_with_flow({x, y}, yields));
    if (channel_kind == ChannelKind::fitted)
      builder.add_data("ch", array_histogram({3, 2}, {1, 2, 3, 4, 5, 6}));
    return builder;
  }
};

std::int64_t n_positions(std::vector<Axis> const& axes)
{
  std::int64_t n = 1;
  for (auto const& axis : axes) n *= axis.extent();
  return n;
}

// A third of all positions, flow bins too, in no order.
Histogram random_sparse(std::vector<Axis> const& axes, std::mt19937_64& bits)
{
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < n_positions(axes); ++i)
    if (bits() % 3 == 0) indices.push_back(i);
  std::shuffle(indices.begin(), indices.end(), bits);
  std::vector<double> values;
  for (std::size_t k = 0; k < indices.size(); ++k)
    values.push_back(static_cast<double>(bits() % 1000) / 500 - 1);
  return sparse_histogram(axes, indices, values);
}

Histogram dense_of(Histogram const& sparse)
{
  std::vector<double> values(static_cast<std::size_t>(n_positions(sparse.axes)), 0.0);
  for (std::size_t k = 0; k < sparse.indices.size(); ++k)
    values[static_cast<std::size_t>(sparse.indices[k])] = sparse.values[k];
  return dense_histogram_with_flow(sparse.axes, values);
}

// The entries at one bin of each further axis, as a histogram of the others.
Histogram slice(Histogram const& h, std::map<std::string, std::int64_t> const& fixed)
{
  Histogram out;
  out.form = HistogramForm::sparse;
  for (auto const& axis : h.axes)
    if (fixed.count(axis.name) == 0) out.axes.push_back(axis);
  for (std::size_t k = 0; k < h.indices.size(); ++k) {
    std::int64_t position = h.indices[k];
    std::int64_t to = 0;
    std::int64_t stride = 1;
    bool is_inside = true;
    for (std::size_t a = h.axes.size(); a-- > 0;) {
      auto const& axis = h.axes[a];
      std::int64_t const digit = position % axis.extent();
      position /= axis.extent();
      if (fixed.count(axis.name) != 0) {
        is_inside = is_inside && digit == fixed.at(axis.name) + (axis.has_underflow ? 1 : 0);
      } else {
        to += digit * stride;
        stride *= axis.extent();
      }
    }
    if (!is_inside) continue;
    out.indices.push_back(to);
    out.values.push_back(h.values[k]);
  }
  return out;
}

void expect_equal(TemplateTensor const& a, TemplateTensor const& b)
{
  EXPECT_EQ(a.systematics, b.systematics);
  EXPECT_EQ(a.constraint_weights, b.constraint_weights);
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (std::size_t g = 0; g < a.groups.size(); ++g) {
    EXPECT_EQ(a.groups[g].name, b.groups[g].name);
    EXPECT_EQ(a.groups[g].members, b.groups[g].members);
  }
  ASSERT_EQ(a.variations.n_rows(), b.variations.n_rows());
  ASSERT_EQ(a.variations.n_entries(), b.variations.n_entries());
  ASSERT_GT(a.variations.n_entries(), 0);
  for (std::int64_t row = 0; row <= a.variations.n_rows(); ++row)
    EXPECT_EQ(a.variations.row_start(row), b.variations.row_start(row));
  for (std::int64_t k = 0; k < a.variations.n_entries(); ++k) {
    EXPECT_EQ(a.variations.column(k), b.variations.column(k));
    EXPECT_EQ(a.variations.value(k), b.variations.value(k));
  }
}

struct Choice {
  TemplateMeaning meaning;
  Symmetrization symmetrization;
  bool is_pair;
};

std::vector<Choice> choices()
{
  std::vector<Choice> list;
  for (auto const meaning : {TemplateMeaning::absolute, TemplateMeaning::difference}) {
    list.push_back({meaning, Symmetrization::average, false});
    for (auto const way : {Symmetrization::average, Symmetrization::conservative,
                           Symmetrization::linear, Symmetrization::quadratic, Symmetrization::none})
      list.push_back({meaning, way, true});
  }
  return list;
}

TEST(TensorBuilderDispatch, IsBookingEachSliceByItself)
{
  Problem const problem;
  std::mt19937_64 bits(5);
  for (auto const flow : {FlowBins::dropped, FlowBins::kept})
    for (auto const& choice : choices()) {
      auto const channel = flow == FlowBins::kept ? ChannelKind::masked : ChannelKind::fitted;
      std::vector<Axis> const axes = {problem.kind, problem.x, problem.par, problem.y};
      auto const up = random_sparse(axes, bits);
      auto const down = random_sparse(axes, bits);
      SystematicOptions options;
      options.meaning = choice.meaning;
      options.symmetrization = choice.symmetrization;
      options.kfactor = 0.7;
      auto together = problem.builder(channel, flow);
      auto from_dense = problem.builder(channel, flow);
      auto apart = problem.builder(channel, flow);
      if (choice.is_pair) {
        together.add_systematic("s", "p", "ch", up, down, options);
        from_dense.add_systematic("s", "p", "ch", dense_of(up), dense_of(down), options);
      } else {
        together.add_systematic("s", "p", "ch", up, options);
        from_dense.add_systematic("s", "p", "ch", dense_of(up), options);
      }
      for (std::int64_t k = 0; k < 2; ++k)
        for (std::int64_t i = 0; i < 4; ++i) {
          std::string const name = std::string("s_") + (k == 0 ? "ka_" : "kb_") + std::to_string(i);
          std::map<std::string, std::int64_t> const fixed = {{"kind", k}, {"par", i}};
          if (choice.is_pair)
            apart.add_systematic(name, "p", "ch", slice(up, fixed), slice(down, fixed), options);
          else
            apart.add_systematic(name, "p", "ch", slice(up, fixed), options);
        }
      EXPECT_EQ(together.warnings(), apart.warnings());
      auto const expected = apart.finish();
      expect_equal(together.finish(), expected);
      expect_equal(from_dense.finish(), expected);
    }
}

TEST(TensorBuilderDispatch, TakesAxesInTheOrderAskedFor)
{
  Problem const problem;
  auto builder = problem.builder(ChannelKind::fitted, FlowBins::dropped);
  SystematicOptions options;
  options.meaning = TemplateMeaning::difference;
  options.systematic_axes = std::vector<std::string>{"par", "kind"};
  options.constraint = Constraint::none;
  std::mt19937_64 bits(6);
  builder.add_systematic("s", "p", "ch",
                         random_sparse({problem.kind, problem.x, problem.par, problem.y}, bits),
                         options);
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.systematics, (std::vector<std::string>{"s_0_ka", "s_0_kb", "s_1_ka", "s_1_kb",
                                                          "s_2_ka", "s_2_kb", "s_3_ka", "s_3_kb"}));
}

TEST(TensorBuilderDispatch, BooksCombinationsWithoutAnEntry)
{
  Problem const problem;
  auto builder = problem.builder(ChannelKind::fitted, FlowBins::dropped);
  SystematicOptions options;
  options.meaning = TemplateMeaning::difference;
  builder.add_systematic("s", "p", "ch",
                         sparse_histogram({problem.x, problem.y, problem.par}, {}, {}), options);
  auto const tensor = builder.finish();
  EXPECT_EQ(tensor.systematics, (std::vector<std::string>{"s_0", "s_1", "s_2", "s_3"}));
  EXPECT_EQ(tensor.variations.n_entries(), 0);
  EXPECT_EQ(tensor.variations.n_columns, 4);
  EXPECT_EQ(tensor.groups.size(), 4U);
}

TEST(TensorBuilderDispatch, AlongAnAxisWithoutBinsBooksNothing)
{
  Problem const problem;
  auto builder = problem.builder(ChannelKind::fitted, FlowBins::dropped);
  auto const empty = integer_axis("par", 0, 0);
  builder.add_systematic("s", "p", "ch", sparse_histogram({problem.x, problem.y, empty}, {}, {}));
  builder.add_systematic("t", "p", "ch", dense_histogram({problem.x, empty, problem.y}, {}));
  EXPECT_EQ(builder.finish().n_systematics(), 0);
}

TEST(TensorBuilderDispatch, OfManyTemplatesFillsMoreThanOneBlock)
{
  // 1.5 million entries at once and as many in small calls.
  constexpr std::int64_t n_bins = 1000;
  constexpr std::int64_t n_systematics = 1500;
  auto const x = regular_axis("x", n_bins, 0, 1);
  auto const par = integer_axis("par", 0, n_systematics);
  TensorBuilder builder(SystematicType::additive);
  builder.add_channel("ch", {x});
  builder.add_data("ch", dense_histogram({x}, std::vector<double>(n_bins, 1.0)));
  builder.add_process("p", "ch", dense_histogram({x}, std::vector<double>(n_bins, 1.0)));
  builder.add_process("q", "ch", dense_histogram({x}, std::vector<double>(n_bins, 1.0)));
  SystematicOptions options;
  options.meaning = TemplateMeaning::difference;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n_bins * n_systematics; ++i)
    values.push_back(static_cast<double>(i + 1));
  builder.add_systematic("s", "p", "ch", dense_histogram({x, par}, values), options);
  for (std::int64_t j = 0; j < n_systematics; ++j) {
    std::vector<double> column;
    for (std::int64_t b = 0; b < n_bins; ++b)
      column.push_back(-values[static_cast<std::size_t>(b * n_systematics + j)]);
    builder.add_systematic("s_" + std::to_string(j), "q", "ch", dense_histogram({x}, column),
                           options);
  }
  auto const k = builder.finish().variations;
  ASSERT_EQ(k.n_entries(), 2 * n_bins * n_systematics);
  for (std::int64_t b = 0; b < n_bins; ++b)
    for (std::int64_t j = 0; j < n_systematics; ++j) {
      double const value = values[static_cast<std::size_t>(b * n_systematics + j)];
      std::int64_t const at = 2 * b * n_systematics + j;
      ASSERT_EQ(k.column(at), j);
      ASSERT_EQ(k.value(at), value + 1 - 1);
      ASSERT_EQ(k.value(at + n_systematics), 1 - value - 1);
    }
}

}  // namespace
}  // namespace kovar::fit
