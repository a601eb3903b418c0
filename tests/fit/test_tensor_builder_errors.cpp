// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/tensor_builder.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

Axis x_axis() { return regular_axis("x", 2, 0, 1); }
Axis y_axis() { return integer_axis("par", 0, 3); }
Histogram two(std::vector<double> values) { return dense_histogram({x_axis()}, std::move(values)); }

TensorBuilder example()
{
  TensorBuilder builder;
  builder.add_channel("mass", {x_axis()});
  builder.add_channel("side", {x_axis()}, ChannelKind::masked);
  builder.add_data("mass", two({3, 4}));
  builder.add_process("higgs", "mass", two({1, 2}), ProcessKind::signal);
  builder.add_process("top", "mass", two({5, 6}));
  return builder;
}

template <class Change>
std::string refusal(Change const& change)
{
  try {
    auto builder = example();
    change(builder);
    builder.finish();
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TEST(TensorBuilderErrors, IsTakenWhereItFits)
{
  EXPECT_EQ(refusal([](auto&) {}), "");
}

TEST(TensorBuilderErrors, NameChannels)
{
  EXPECT_EQ(refusal([](auto& b) { b.add_channel("mass", {}); }),
            "channel 'mass' is there already (names tell channels apart)");
  EXPECT_EQ(
      refusal(
          [](auto& b) { b.add_channel("flow", {x_axis()}, ChannelKind::fitted, FlowBins::kept); }),
      "channel 'flow' is fitted and is to keep flow bins (data have none); drop them, or mask "
      "the channel");
  EXPECT_EQ(refusal([](auto& b) {
              auto const large = integer_axis("n", 0, 100'000);
              b.add_channel("large", {large, large});
            }),
            "channel 'large' has more than 2147483647 bins");
  EXPECT_EQ(refusal([](auto& b) {
              auto x = x_axis();
              x.edges[2] = x.edges[1];
              b.add_channel("broken", {x});
            }),
            "channel 'broken': the edges of axis 'x' do not ascend");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_process("top", "mas", two({1, 2}));
      }),
      "process 'top' of channel 'mas': there is no channel 'mas', did you mean 'mass'?; add it "
      "first");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_data("muon", two({1, 2}));
            }),
            "data of channel 'muon': there is no channel 'muon'; add it first");
}

TEST(TensorBuilderErrors, NameProcesses)
{
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_process("top", "mass", two({1, 2}));
      }),
      "process 'top' of channel 'mass' is there already (its yields come from one histogram)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_process("top", "side", two({1, 2}), ProcessKind::signal);
            }),
            "process 'top' of channel 'side' is signal, elsewhere it is not (a process has one "
            "strength)");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_process("higgs", "side", two({1, 2}));
      }),
      "process 'higgs' of channel 'side' is background, elsewhere it is not (a process has one "
      "strength)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_process("w", "mass", two({1, NAN}));
            }),
            "process 'w' of channel 'mass': the yield of bin 1 is nan (finite numbers are needed)");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_process("w", "mass", dense_histogram({x_axis()}, {1, 2}, {1, -1}));
      }),
      "process 'w' of channel 'mass': the variance of bin 1 is -1 (it is finite and not negative)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_process("w", "mass", two({1, 2}), ProcessKind::background, {INFINITY, 1});
            }),
            "process 'w' of channel 'mass': the variance of bin 0 is inf (it is finite and not "
            "negative)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_process("w", "mass", two({1, 2}), ProcessKind::background, {1});
            }),
            "process 'w' of channel 'mass': there are 1 variances for 2 bins (one each is needed)");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_process("w", "mass", sparse_histogram({x_axis()}, {1, 0, 1}, {1, 2, 3}));
      }),
      "process 'w' of channel 'mass': the histogram lists bin 1 twice (which of them holds is "
      "not known); add them up before");
}

TEST(TensorBuilderErrors, NameData)
{
  EXPECT_EQ(refusal([](auto& b) {
              b.add_data("mass", two({1, 2}));
            }),
            "data of channel 'mass' are there already");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_data("side", two({1, 2}));
            }),
            "data of channel 'side': the channel is masked (it is predicted and has no data)");
  EXPECT_EQ(refusal([](auto& b) { b.add_channel("muon", {}); }),
            "channel 'muon' has no data (each fitted channel needs them); add them or mask the "
            "channel");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_pseudodata("toy", "mass", two({1, 2}));
              b.add_pseudodata("toy", "mass", two({1, 2}));
            }),
            "pseudodata 'toy' of channel 'mass' are there already");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_channel("muon", {});
              b.add_data("muon", array_histogram({}, {1}));
              b.add_pseudodata("toy", "mass", two({1, 2}));
            }),
            "channel 'muon' has no pseudodata 'toy' (each fitted channel needs them); add them or "
            "mask the channel");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_channel("muon", {x_axis()});
              b.add_data("muon", two({1, 2}), {1, -1});
            }),
            "data of channel 'muon': the variance of bin 1 is -1 (it is finite and not negative)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_pseudodata("toy", "mass", two({1, 2}), {NAN, 1});
            }),
            "pseudodata 'toy' of channel 'mass': the variance of bin 0 is nan (it is finite and "
            "not negative)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_pseudodata("toy", "mass", two({1, NAN}));
            }),
            "pseudodata 'toy' of channel 'mass': the value of bin 1 is nan (finite numbers are "
            "needed)");
}

TEST(TensorBuilderErrors, NameAxesThatDiffer)
{
  auto const process = [](Histogram const& h) {
    return refusal([&](auto& b) { b.add_process("w", "mass", h); });
  };
  std::string const axis = "process 'w' of channel 'mass': axis 0 of the histogram, ";
  std::string const end =
      " differs from axis 'x' of channel 'mass' with 2 bins (number, order and "
      "edges must be the same)";
  EXPECT_EQ(process(dense_histogram({regular_axis("x", 3, 0, 1)}, {1, 2, 3})),
            axis + "'x' with 3 bins," + end);
  EXPECT_EQ(process(dense_histogram({regular_axis("x", 2, 0, 1.0001)}, {1, 2})),
            axis + "'x' with 2 bins," + end);
  EXPECT_EQ(process(dense_histogram({category_axis("x", {"a", "b"})}, {1, 2})),
            axis + "'x' with 2 bins," + end);
  EXPECT_EQ(process(dense_histogram({x_axis(), x_axis()}, {1, 2, 3, 4})),
            "process 'w' of channel 'mass': the histogram has 2 axes for the 1 of channel 'mass' "
            "(they must be the same)");
  EXPECT_EQ(process(array_histogram({1, 2}, {1, 2})),
            "process 'w' of channel 'mass': the array has 1 x 2 bins, channel 'mass' has 2 bins "
            "(they must be the same)");
  EXPECT_EQ(process(matrix_histogram(1, 3, {0, 1}, {0}, {1})),
            "process 'w' of channel 'mass': the matrix has 3 elements for the 2 bins of channel "
            "'mass' (there must be as many)");
  EXPECT_EQ(process(dense_histogram({x_axis()}, {1})),
            "process 'w' of channel 'mass': the histogram has 1 values for 2 bins (one each is "
            "needed)");
  Axis rounded = x_axis();
  rounded.kind = AxisKind::variable;
  rounded.edges[1] += 1e-16;
  rounded.edges[2] += 1e-12;
  EXPECT_EQ(process(dense_histogram({rounded}, {1, 2})), "");
}

TEST(TensorBuilderErrors, NameFlowBinsThatDiffer)
{
  Axis x = x_axis();
  x.has_overflow = true;
  auto const process = [&](Histogram const& h) {
    return refusal([&](auto& b) {
      b.add_channel("flow", {x}, ChannelKind::masked, FlowBins::kept);
      b.add_process("w", "flow", h);
    });
  };
  EXPECT_EQ(process(dense_histogram_with_flow({x}, {1, 2, 3})), "");
  EXPECT_EQ(
      process(dense_histogram({x_axis()}, {1, 2})),
      "process 'w' of channel 'flow': axis 'x' of the histogram has other flow bins than axis "
      "'x' of channel 'flow' (the channel keeps them)");
  EXPECT_EQ(
      process(dense_histogram({x}, {1, 2})),
      "process 'w' of channel 'flow': the histogram is without flow bins, channel 'flow' keeps "
      "them");
  std::string const no_axes =
      "process 'w' of channel 'flow': the histogram has no axes, channel "
      "'flow' keeps flow bins (only axes tell which bins these are)";
  EXPECT_EQ(process(matrix_histogram(1, 3, {0, 1}, {0}, {1})), no_axes);
  EXPECT_EQ(process(array_histogram({3}, {1, 2, 3})), no_axes);
}

std::string systematic(Histogram const& h, SystematicOptions const& options = {})
{
  return refusal([&](auto& b) { b.add_systematic("s", "top", "mass", h, options); });
}

std::string const s = "systematic 's' of process 'top' in channel 'mass': ";

TEST(TensorBuilderErrors, NameSystematicsAndWhatTheyVary)
{
  EXPECT_EQ(refusal([](auto& b) {
              b.add_systematic("s", "tob", "mass", two({1, 2}));
            }),
            "systematic 's' of process 'tob' in channel 'mass': there is no process 'tob', did you "
            "mean 'top'?; add it first");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_systematic("s", "top", "side", two({1, 2}));
      }),
      "systematic 's' of process 'top' in channel 'side': channel 'side' has no process 'top'; "
      "add it there first");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_systematic("s", "top", "electron", two({1, 2}));
      }),
      "systematic 's' of process 'top' in channel 'electron': there is no channel 'electron'; "
      "add it first");
  EXPECT_EQ(systematic(two({1, INFINITY})),
            s + "the value of bin 1 is inf (finite numbers are needed)");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_systematic("s", "top", "mass", two({1, 2}));
        b.add_systematic("s", "top", "mass", two({1, 2}));
      }),
      s + "'s' is booked twice (of one process in one channel a systematic has one variation)");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_systematic("s", "higgs", "mass", two({1, 2}));
        SystematicOptions options;
        options.constraint = Constraint::none;
        b.add_systematic("s", "top", "mass", two({1, 2}), options);
      }),
      s + "'s' is booked with a constraint and without one (it is one parameter); book it the "
          "same way everywhere or give it two names");
}

TEST(TensorBuilderErrors, NamePairsThatAreNone)
{
  SystematicOptions options;
  options.mirroring = Mirroring::refused;
  EXPECT_EQ(
      systematic(two({1, 2}), options),
      s + "there is one template and it must not be mirrored (the lower variation is missing); "
          "give two templates or allow mirroring");
  EXPECT_EQ(refusal([&](auto& b) {
              b.add_systematic("s", "top", "mass", two({1, 2}), two({1, 2}), options);
            }),
            "");
  EXPECT_EQ(
      refusal([](auto& b) {
        b.add_systematic("s", "top", "mass", two({1, 2}), sparse_histogram({x_axis()}, {0}, {1}));
      }),
      s + "one of the templates is a sparse histogram and one is not (a pair is of one kind)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_systematic("s", "top", "mass",
                               dense_histogram({x_axis(), y_axis()}, {1, 2, 3, 4, 5, 6}),
                               two({1, 2}));
            }),
            s + "the templates have different axes of systematics (a pair has the same)");
  options.kfactor = NAN;
  options.mirroring = Mirroring::allowed;
  EXPECT_EQ(systematic(two({1, 2}), options), s + "the kfactor is nan");
}

TEST(TensorBuilderErrors, NameAxesOfSystematics)
{
  auto unnamed = y_axis();
  unnamed.name = "";
  EXPECT_EQ(
      systematic(sparse_histogram({x_axis(), unnamed}, {}, {})),
      s + "the histogram has 2 axes, channel 'mass' has 1, and one of the histogram has no "
          "name (names tell the axes of systematics from those of the channel); name all axes");
  auto const both = sparse_histogram({y_axis(), x_axis()}, {}, {});
  SystematicOptions options;
  options.systematic_axes = std::vector<std::string>{"eta"};
  EXPECT_EQ(systematic(both, options),
            s + "the histogram has no axis 'eta' (systematics are to lie along it)");
  EXPECT_EQ(systematic(array_histogram({2}, {1, 2}), options),
            s + "the histogram has no axis 'eta' (systematics are to lie along it)");
  options.systematic_axes = std::vector<std::string>{"x"};
  EXPECT_EQ(systematic(both, options),
            s + "systematics are to lie along axis 'x', which is one of channel 'mass'");
  options.systematic_axes = std::vector<std::string>{"par", "par"};
  EXPECT_EQ(systematic(both, options), s + "axis 'par' of systematics is given twice");
  options.systematic_axes = std::vector<std::string>{};
  EXPECT_EQ(systematic(both, options),
            s + "the histogram has 2 axes for the 1 of channel 'mass' (they must be the same)");
  EXPECT_EQ(systematic(sparse_histogram({x_axis(), y_axis()}, {1, 3, 1}, {1, 1, 1})),
            s + "the histogram lists bin 0 twice (which of them holds is not known); add them up "
                "before");
  auto const many = integer_axis("a", 0, 50'000);
  auto other = many;
  other.name = "b";
  EXPECT_EQ(systematic(sparse_histogram({x_axis(), many, other}, {}, {})),
            s + "there are more than 2147483647 systematics");
}

TEST(TensorBuilderErrors, NameFactors)
{
  auto const norm = [](std::vector<std::vector<double>> const& uncertainties,
                       Destination destination = Destination::parameter) {
    return refusal([&](auto& b) {
      SystematicOptions options;
      options.destination = destination;
      b.add_norm_systematic("s", {"higgs", "top"}, "mass", uncertainties, options);
    });
  };
  EXPECT_EQ(norm({{1.1}, {1.2}, {1.3}}),
            "systematic 's' in channel 'mass': there are 3 uncertainties for 2 processes (one for "
            "all or one each is needed)");
  EXPECT_EQ(norm({{1.1}, {1.1, 0.9, 1}}),
            s + "an uncertainty has 3 numbers (one, or an upper and a lower one, are needed)");
  EXPECT_EQ(norm({{1.1}, {}}),
            s + "an uncertainty has 0 numbers (one, or an upper and a lower one, are needed)");
  EXPECT_EQ(norm({{1.1}, {NAN}}), s + "an uncertainty is nan (finite numbers are needed)");
  std::string const factor = " (yields are multiplied by it, it is above 0); give 1.02 for 2 % up";
  EXPECT_EQ(norm({{1.1}, {-1.025}}), s + "an uncertainty is -1.025" + factor);
  EXPECT_EQ(norm({{1.1}, {1.02, 0}}), s + "an uncertainty is 0" + factor);
  // What is added to yields has no logarithm.
  auto const added = Destination::data_covariance;
  EXPECT_EQ(norm({{1.1}, {1.02, 0}}, added), "");
  EXPECT_EQ(norm({{1.1}, {1.02, -0.5}}, added),
            s + "an uncertainty is -0.5 (yields are multiplied by it, it is not negative); give "
                "1.02 for 2 % up");
  EXPECT_EQ(norm({{1.1}, {1.2, 0.9}}), "");
}

TEST(TensorBuilderErrors, NameWhatCannotBeFoldedIntoTheCovariance)
{
  SystematicOptions options;
  options.destination = Destination::data_covariance;
  EXPECT_EQ(systematic(two({5, 7}), options), "");
  options.interest = Interest::of_interest;
  EXPECT_EQ(
      systematic(two({5, 7}), options),
      s + "it is of interest and is to be folded into the covariance of the data (there it is "
          "no parameter)");
  options.interest = Interest::nuisance;
  options.constraint = Constraint::none;
  EXPECT_EQ(systematic(two({5, 7}), options),
            s + "it is free and is to be folded into the covariance of the data (which holds "
                "variations of unit width)");
  options.constraint = Constraint::normal;
  options.symmetrization = Symmetrization::none;
  EXPECT_EQ(refusal([&](auto& b) {
              b.add_systematic("s", "top", "mass", two({5, 7}), two({5, 5}), options);
            }),
            s + "it is asymmetric and is to be folded into the covariance of the data (which is "
                "symmetric); symmetrise it");
  EXPECT_EQ(refusal([](auto& b) {
              SystematicOptions folded;
              folded.destination = Destination::data_covariance;
              b.add_systematic("s", "higgs", "mass", two({5, 7}));
              b.add_systematic("s", "top", "mass", two({5, 7}), folded);
            }),
            s + "'s' is booked as a parameter and folded into the covariance of the data (it would "
                "count twice)");
}

TEST(TensorBuilderErrors, NameCovariancesThatAreNone)
{
  auto const covariance = [](std::vector<double> const& c) {
    return refusal([&](auto& b) { b.add_data_covariance(c); });
  };
  EXPECT_EQ(covariance({2, 1, 1, 2}), "");
  EXPECT_EQ(covariance({2, 1, 2}),
            "the covariance of the data has 3 elements for 2 fitted bins (4 are needed)");
  EXPECT_EQ(covariance({2, 1, 0, 2}),
            "the covariance of the data is 1 at row 0, column 1 and 0 on the other side of the "
            "diagonal (it must be symmetric)");
  EXPECT_EQ(covariance({2, NAN, NAN, 2}),
            "the covariance of the data is nan at row 0, column 1 (finite numbers are needed)");
  EXPECT_EQ(
      covariance({2, 3, 3, 2}),
      "the covariance of the data is not positive definite: its first 2 bins have a minor that "
      "is not positive (the fit needs its inverse)");
  EXPECT_EQ(refusal([](auto& b) {
              b.add_data_covariance({2, 1, 1, 2});
              b.add_data_covariance({2, 1, 1, 2});
            }),
            "the covariance of the data is there already");
}

}  // namespace
}  // namespace kovar::fit
