// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"
#include "tensor_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/histogram_file.hpp>
#include <kovar/io/tensor_description.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace kovar;
using test::message_of;
using test::ScratchFolder;

fit::Axis mass() { return fit::regular_axis("mass", 3, 0, 30); }

fit::Histogram of(std::vector<double> values)
{
  return fit::dense_histogram({mass()}, std::move(values));
}

/// Two regions with data, a signal and two backgrounds, and templates of a systematic of one of these.
class TensorDescription : public testing::Test {
 protected:
  TensorDescription()
  {
    io::NewHdf5File file(folder / "histograms.h5", 0);
    for (std::string const region : {"sr", "cr"}) {
      double const n = region == "sr" ? 10 : 40;
      io::write_histogram(file, region + "/data", of({n + 11, n + 2, n}));
      io::write_histogram(file, region + "/sig", of({1, 9, 2}));
      io::write_histogram(file, region + "/top", of({n, n, n}));
      io::write_histogram(file, region + "/top_scale_up", of({n + 1, n, n}));
      io::write_histogram(file, region + "/top_scale_down", of({n - 2, n, n}));
      io::write_histogram(file, region + "/shift", of({1, -1, 0}));
      io::write_histogram(file, region + "/variances", of({2, 3, 4}));
    }
    io::write_histogram(file, "cr/jets", of({5, 6, 7}));
    io::write_histogram(file, "sr/sparse", fit::sparse_histogram({mass()}, {1}, {2}));
    io::write_histogram(file, "sr/array", fit::array_histogram({3}, {4, 5, 6}));
    file.commit();
  }

  io::TensorDescription read(std::string const& content) const
  {
    std::ofstream(yaml) << content;
    return io::read_tensor_description(yaml);
  }
  fit::TemplateTensor built(std::string const& content) const
  {
    return io::book_tensor(read(content)).finish();
  }
  /// What is wrong with a description, without its path.
  std::string error(std::string const& content) const
  {
    return without_path(message_of<InputError>([&] { read(content); }));
  }
  std::string booking_error(std::string const& content) const
  {
    auto const description = read(content);
    return without_path(message_of<InputError>([&] { io::book_tensor(description); }));
  }
  std::string without_path(std::string const& message) const
  {
    std::string const prefix = "'" + yaml + "': ";
    EXPECT_EQ(message.substr(0, prefix.size()), prefix);
    return message.substr(std::min(prefix.size(), message.size()));
  }

  ScratchFolder folder;
  std::string yaml = folder / "fit.yaml";
  std::string const top =
      "fit:\n"
      "  file: histograms.h5\n"
      "  data: $channel/data\n"
      "  yields: $channel/$process\n"
      "  signals: [sig]\n";
  std::string const regions =
      "  channels:\n"
      "    sr:\n"
      "      processes: [sig, top]\n"
      "    cr:\n"
      "      processes: [sig, top, jets]\n";
  std::string const start = top + regions;
};

fit::TensorBuilder builder_of_two_regions()
{
  fit::TensorBuilder builder;
  for (std::string const region : {"sr", "cr"}) {
    double const n = region == "sr" ? 10 : 40;
    builder.add_channel(region, {mass()});
    builder.add_data(region, of({n + 11, n + 2, n}));
    builder.add_process("sig", region, of({1, 9, 2}), fit::ProcessKind::signal);
    builder.add_process("top", region, of({n, n, n}));
  }
  builder.add_process("jets", "cr", of({5, 6, 7}));
  return builder;
}

TEST_F(TensorDescription, ChannelsTakeWhatStandsAtTheTop)
{
  test::expect_equal(built(start), builder_of_two_regions().finish());
}

TEST_F(TensorDescription, ChannelsMayBeAListOfNames)
{
  auto const tensor = built(top + "  processes: [sig, top]\n  channels: [sr, cr]\n");
  auto const same = built(top +
                          "  channels:\n    sr:\n      processes: [sig, top]\n"
                          "    cr:\n      processes: [sig, top]\n");
  test::expect_equal(tensor, same);
}

TEST_F(TensorDescription, XmlGivesTheSame)
{
  std::string const xml = folder / "fit.xml";
  std::ofstream(xml)
      << "<ParameterList name=\"fit\">"
         "<Parameter name=\"file\" type=\"string\" value=\"histograms.h5\"/>"
         "<Parameter name=\"data\" type=\"string\" value=\"$channel/data\"/>"
         "<Parameter name=\"yields\" type=\"string\" value=\"$channel/$process\"/>"
         "<Parameter name=\"signals\" type=\"Array(string)\" value=\"{sig}\"/>"
         "<ParameterList name=\"channels\"><ParameterList name=\"sr\">"
         "<Parameter name=\"processes\" type=\"Array(string)\" value=\"{sig, top}\"/>"
         "</ParameterList><ParameterList name=\"cr\">"
         "<Parameter name=\"processes\" type=\"Array(string)\" value=\"{sig, top, jets}\"/>"
         "</ParameterList></ParameterList></ParameterList>";
  test::expect_equal(io::book_tensor(io::read_tensor_description(xml)).finish(),
                     builder_of_two_regions().finish());
}

TEST_F(TensorDescription, PathsAreRelativeToTheDescription)
{
  std::filesystem::create_directory(folder / "inner");
  std::string const inner = folder / "inner/fit.yaml";
  std::ofstream(inner) << "fit:\n  data: \"../histograms.h5:sr/data\"\n  yields: \""
                       << folder / "histograms.h5"
                       << ":sr/$process\"\n"
                       << "  processes: [top]\n  channels: [sr]\n";
  auto const tensor = io::book_tensor(io::read_tensor_description(inner)).finish();
  EXPECT_EQ(tensor.data, (std::vector<double>{21, 12, 10}));
}

TEST_F(TensorDescription, ProcessesMayNameTheirHistograms)
{
  auto const tensor = built(top +
                            "  channels:\n"
                            "    sr:\n"
                            "      data_variances: sr/variances\n"
                            "      processes:\n"
                            "        sig: sr/sig\n"
                            "        top:\n"
                            "        other:\n"
                            "          yields: sr/array\n"
                            "          variances: sr/variances\n");
  auto builder = fit::TensorBuilder();
  builder.add_channel("sr", {mass()});
  builder.add_data("sr", of({21, 12, 10}), {2, 3, 4});
  builder.add_process("sig", "sr", of({1, 9, 2}), fit::ProcessKind::signal);
  builder.add_process("top", "sr", of({10, 10, 10}));
  builder.add_process("other", "sr", of({4, 5, 6}), fit::ProcessKind::background, {2, 3, 4});
  test::expect_equal(tensor, builder.finish());
}

TEST_F(TensorDescription, AxesMayBeGivenOrTakenFromAHistogram)
{
  std::string const channels =
      "  processes: [sig, top]\n"
      "  channels:\n    sr:\n      axes:\n        mass:\n";
  auto const expected = built(top + "  processes: [sig, top]\n  channels: [sr]\n");
  auto const regular = built(top + channels +
                             "          bins: 3\n          low: 0\n"
                             "          high: 30\n");
  test::expect_equal(regular, expected);
  auto const taken =
      built(top + "  processes: [sig, top]\n  channels:\n    sr:\n      axes: cr/sig\n");
  test::expect_equal(taken, expected);
  auto const edges = built(top + channels + "          edges: [0, 10.0, 20, 30]\n");
  EXPECT_EQ(edges.channels[0].axes[0].edges, expected.channels[0].axes[0].edges);
  EXPECT_EQ(edges.channels[0].axes[0].kind, fit::AxisKind::variable);
}

TEST_F(TensorDescription, AxesOfOtherKindsAndFlowBins)
{
  auto const description = read(top +
                                "  channels:\n"
                                "    sr:\n"
                                "      kind: masked\n"
                                "      flow: kept\n"
                                "      processes: [sig]\n"
                                "      axes:\n"
                                "        n: {start: -1, stop: 2, underflow: true}\n"
                                "        kind: {labels: [a, \"b c\"], overflow: true}\n");
  auto const& channel = description.channels.at(0);
  EXPECT_EQ(channel.kind, fit::ChannelKind::masked);
  EXPECT_EQ(channel.flow, fit::FlowBins::kept);
  ASSERT_EQ(channel.axes.size(), 2U);
  EXPECT_EQ(channel.axes[0].edges, (std::vector<double>{-1, 0, 1, 2}));
  EXPECT_TRUE(channel.axes[0].has_underflow);
  EXPECT_FALSE(channel.axes[0].has_overflow);
  EXPECT_EQ(channel.axes[1].labels, (std::vector<std::string>{"a", "b c"}));
  EXPECT_TRUE(channel.axes[1].has_overflow);
  EXPECT_TRUE(description.data.empty());
}

TEST_F(TensorDescription, BinsOfArraysAreCounted)
{
  auto const tensor = built(
      "fit:\n  file: histograms.h5\n  data: sr/array\n  yields: sr/array\n"
      "  processes: [top]\n  channels: [sr]\n");
  ASSERT_EQ(tensor.channels[0].axes.size(), 1U);
  EXPECT_EQ(tensor.channels[0].axes[0].name, "axis_0");
  EXPECT_EQ(tensor.channels[0].axes[0].edges, (std::vector<double>{0, 1, 2, 3}));
}

TEST_F(TensorDescription, PseudodataMayHaveVariances)
{
  auto const tensor = built(top +
                            "  processes: [sig, top]\n"
                            "  pseudodata:\n"
                            "    plain: $channel/top\n"
                            "    other:\n"
                            "      data: $channel/top_scale_up\n"
                            "      variances: $channel/variances\n"
                            "  channels: [sr]\n");
  ASSERT_EQ(tensor.pseudodata.size(), 2U);
  EXPECT_EQ(tensor.pseudodata[0].name, "plain");
  EXPECT_EQ(tensor.pseudodata[0].data, (std::vector<double>{10, 10, 10}));
  EXPECT_EQ(tensor.pseudodata[1].data_variances, (std::vector<double>{2, 3, 4}));
}

TEST_F(TensorDescription, RatesAreOneForAllOrOneForEach)
{
  auto const tensor = built(start +
                            "  systematics:\n"
                            "    lumi:\n"
                            "      rate: 1.02\n"
                            "      processes: [sig, top]\n"
                            "    cross_section:\n"
                            "      rate: {top: [1.1, 0.8], jets: 1.5}\n"
                            "      groups: [theory]\n");
  auto builder = builder_of_two_regions();
  fit::SystematicOptions theory;
  theory.groups = {"theory"};
  builder.add_norm_systematic("lumi", {"sig", "top"}, "sr", {{1.02}});
  builder.add_norm_systematic("lumi", {"sig", "top"}, "cr", {{1.02}});
  builder.add_norm_systematic("cross_section", {"top"}, "sr", {{1.1, 0.8}}, theory);
  builder.add_norm_systematic("cross_section", {"top", "jets"}, "cr", {{1.1, 0.8}, {1.5}}, theory);
  test::expect_equal(tensor, builder.finish());
}

TEST_F(TensorDescription, TemplatesAreForTheProcessesThatAChannelHas)
{
  auto const description = read(start +
                                "  systematics:\n"
                                "    scale:\n"
                                "      up: $channel/$process_$systematic_up\n"
                                "      down: $channel/$process_$systematic_down\n"
                                "      processes: [jets, top]\n"
                                "    by_channel:\n"
                                "      template: $channel/x\n"
                                "      processes: {cr: [jets, sig], sr: sig}\n");
  std::vector<std::string> found;
  for (auto const& booking : description.templates)
    found.push_back(booking.name + " " + booking.channel + " " + booking.up.name + " " +
                    (booking.down ? booking.down->name : "-"));
  EXPECT_EQ(found, (std::vector<std::string>{"scale sr sr/top_scale_up sr/top_scale_down",
                                             "scale cr cr/jets_scale_up cr/jets_scale_down",
                                             "scale cr cr/top_scale_up cr/top_scale_down",
                                             "by_channel cr cr/x -", "by_channel cr cr/x -",
                                             "by_channel sr sr/x -"}));
}

TEST_F(TensorDescription, TemplatesMayStandAtTheTop)
{
  auto const description = read(start +
                                "  up: $channel/$process_$systematic_up\n"
                                "  down: $channel/$process_$systematic_down\n"
                                "  systematics:\n"
                                "    scale:\n"
                                "      processes: top\n"
                                "    lumi:\n"
                                "      rate: 1.02\n"
                                "    other:\n"
                                "      template: $channel/shift\n"
                                "      channels: sr\n");
  ASSERT_EQ(description.templates.size(), 4U);
  EXPECT_EQ(description.templates[1].up.name, "cr/top_scale_up");
  EXPECT_EQ(description.templates[3].up.name, "sr/shift");
  EXPECT_FALSE(description.templates[3].down.has_value());
  ASSERT_EQ(description.rates.size(), 2U);
  EXPECT_EQ(description.rates[1].processes, (std::vector<std::string>{"sig", "top", "jets"}));
}

TEST_F(TensorDescription, PartsGoOverWhatStandsAboveThem)
{
  auto const tensor = built(start +
                            "  systematics:\n"
                            "    mixed:\n"
                            "      groups: [a, b]\n"
                            "      interest: of_interest\n"
                            "      meaning: absolute\n"
                            "      processes: top\n"
                            "      up: $channel/top_scale_up\n"
                            "      down: $channel/top_scale_down\n"
                            "      parts:\n"
                            "        pair:\n"
                            "          channels: sr\n"
                            "          symmetrization: conservative\n"
                            "        shift:\n"
                            "          channels: cr\n"
                            "          template: $channel/shift\n"
                            "          meaning: difference\n"
                            "          kfactor: 2\n"
                            "        size:\n"
                            "          processes: jets\n"
                            "          rate: 1.1\n"
                            "          groups: none\n");
  auto builder = builder_of_two_regions();
  fit::SystematicOptions options;
  options.groups = {"a", "b"};
  options.interest = fit::Interest::of_interest;
  auto pair = options;
  pair.symmetrization = fit::Symmetrization::conservative;
  builder.add_systematic("mixed", "top", "sr", of({11, 10, 10}), of({8, 10, 10}), pair);
  auto shift = options;
  shift.meaning = fit::TemplateMeaning::difference;
  shift.kfactor = 2;
  builder.add_systematic("mixed", "top", "cr", of({1, -1, 0}), shift);
  auto size = options;
  size.groups = {};
  builder.add_norm_systematic("mixed", {"jets"}, "cr", {{1.1}}, size);
  test::expect_equal(tensor, builder.finish());
}

TEST_F(TensorDescription, EveryOptionOfASystematicIsTaken)
{
  auto const description = read(start +
                                "  systematics:\n"
                                "    s:\n"
                                "      template: $channel/shift\n"
                                "      meaning: difference\n"
                                "      symmetrization: quadratic\n"
                                "      mirroring: refused\n"
                                "      kfactor: 0.5\n"
                                "      constraint: none\n"
                                "      interest: of_interest\n"
                                "      destination: data_covariance\n"
                                "      axes: [a, b]\n"
                                "    t:\n"
                                "      template: $channel/shift\n"
                                "      axes: none\n");
  auto const& options = description.templates.front().options;
  EXPECT_EQ(options.meaning, fit::TemplateMeaning::difference);
  EXPECT_EQ(options.symmetrization, fit::Symmetrization::quadratic);
  EXPECT_EQ(options.mirroring, fit::Mirroring::refused);
  EXPECT_EQ(options.kfactor, 0.5);
  EXPECT_EQ(options.constraint, fit::Constraint::none);
  EXPECT_EQ(options.interest, fit::Interest::of_interest);
  EXPECT_EQ(options.destination, fit::Destination::data_covariance);
  EXPECT_EQ(*options.systematic_axes, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(description.templates.back().options.systematic_axes->empty());
}

TEST_F(TensorDescription, ProgressGoesUpWithTheHistograms)
{
  std::vector<double> fractions;
  io::book_tensor(read(start), [&](Progress const& p) { fractions.push_back(p.fraction_done); });
  ASSERT_EQ(fractions.size(), 7U);  // five of processes, two of data
  for (std::size_t i = 0; i < fractions.size(); ++i)
    EXPECT_EQ(fractions[i], static_cast<double>(i) / 7);
}

TEST_F(TensorDescription, UnknownEntriesAreToldWithTheNearest)
{
  EXPECT_EQ(error("fit:\n  fil: a.h5\n").substr(0, 50),
            "'fil' is not known; did you mean 'file'?; there ar");
  EXPECT_EQ(error(top + "  channels:\n    sr:\n      kid: masked\n"),
            "channels/sr: 'kid' is not known; did you mean 'kind'?; there are: kind, flow, axes, "
            "data, data_variances, yields, yield_variances, processes, pseudodata");
  EXPECT_EQ(error(start + "  systematics:\n    a:\n      tempate: x\n").substr(0, 69),
            "systematics/a: 'tempate' is not known; did you mean 'template'?; ther");
  EXPECT_EQ(error(start + "  systematics:\n    a:\n      parts:\n        b:\n          q: x\n")
                .substr(0, 45),
            "systematics/a/parts/b: 'q' is not known; ther");
  EXPECT_EQ(error(start + "  external_terms:\n    a:\n      grad: x\n"),
            "external_terms/a: 'grad' is not known; did you mean 'gradient'?; there are: gradient, "
            "hessian, symmetry");
}

TEST_F(TensorDescription, UnknownWordsAndNamesAreToldWithTheNearest)
{
  EXPECT_EQ(error("fit:\n  systematic_type: lognormal\n"),
            "systematic_type: 'lognormal' is not known; did you mean 'log_normal'?; there are: "
            "log_normal, normal");
  std::string const begin = start + "  systematics:\n    a:\n      rate: 1.1\n";
  EXPECT_EQ(error(begin + "      channels: sx\n"),
            "systematics/a/channels: 'sx' is not known; did you mean 'sr'?; there are: sr, cr");
  EXPECT_EQ(error(begin + "      processes: [jet]\n"),
            "systematics/a/processes: 'jet' is not known; did you mean 'jets'?; there are: sig, "
            "top, jets");
  EXPECT_EQ(error(begin + "      processes: {sr: jets}\n"),
            "systematics/a/processes/sr: 'jets' is not known; there are: sig, top");
  EXPECT_EQ(error(begin + "      processes: {xr: jets}\n").substr(0, 58),
            "systematics/a/processes: 'xr' is not known; did you mean '");
  EXPECT_EQ(error(begin + "      channels: [sr, cr]\n      processes: jets\n"),
            "systematics/a/channels: channel 'sr' has none of the processes; take it out");
}

TEST_F(TensorDescription, MissingPartsAreNamed)
{
  EXPECT_EQ(error("fit:\n  file: a.h5\n"),
            "there is no 'channels' (a fit has at least one); add it");
  EXPECT_EQ(error("fit:\n  file: a.h5\n  channels:\n"), "channels: at least one channel is needed");
  EXPECT_EQ(error(top + "  channels: [sr]\n"),
            "channels/sr: there is no 'processes' (it is needed here); add it");
  EXPECT_EQ(error(top + "  processes: none\n  channels: [sr]\n"),
            "channels/sr/processes: at least one process is needed");
  EXPECT_EQ(error("fit:\n  file: a.h5\n  processes: [a]\n  channels: [sr]\n"),
            "channels/sr: there is no 'yields' (it is needed here); add it");
  EXPECT_EQ(error("fit:\n  file: a.h5\n  processes: [a]\n  yields: a\n  channels: [sr]\n"),
            "channels/sr: there is no 'data' (it is needed here); add it");
  std::string const kinds =
      "there must be 'template', or 'up' and 'down', or 'rate' (it says where the variation comes "
      "from)";
  EXPECT_EQ(error(start + "  systematics:\n    a:\n"), "systematics/a: " + kinds);
  EXPECT_EQ(error(start + "  systematics:\n    a:\n      up: x\n"), "systematics/a: " + kinds);
  EXPECT_EQ(error(start + "  systematics:\n    a:\n      template: x\n      rate: 2\n"),
            "systematics/a: " + kinds);
  EXPECT_EQ(error(start + "  systematics:\n    a:\n      parts:\n"),
            "systematics/a/parts: at least one part is needed");
  EXPECT_EQ(
      error(start + "  external_terms:\n    a:\n"),
      "external_terms/a: there is neither 'gradient' nor 'hessian'; give one of them or both");
}

TEST_F(TensorDescription, ASignalThatIsNoProcessIsAnError)
{
  EXPECT_EQ(error("fit:\n  file: histograms.h5\n  data: $channel/data\n"
                  "  yields: $channel/$process\n  signals: [tpo]\n" +
                  regions),
            "signals: 'tpo' is not known; did you mean 'top'?; there are: sig, top, jets");
}

TEST_F(TensorDescription, ContradictionsAreErrors)
{
  EXPECT_EQ(error(top + "  processes: [sig]\n  channels:\n    sr:\n      kind: masked\n"
                        "      data: x\n"),
            "channels/sr/data: a masked channel has no data; remove the entry");
  std::string const begin = start + "  systematics:\n    a:\n";
  EXPECT_EQ(error(begin + "      rate: 1.1\n      kfactor: 2\n"),
            "systematics/a/kfactor: this is of no use with 'rate'; remove it");
  EXPECT_EQ(error(begin + "      rate: 1.1\n      channels: sr\n      processes: {sr: sig}\n"),
            "systematics/a/channels: 'processes' says for each channel already what is varied; "
            "remove one of them");
  EXPECT_EQ(error(begin + "      rate: {sig: 1.1}\n      processes: sig\n"),
            "systematics/a/processes: 'rate' names the processes already; remove one of them");
  EXPECT_EQ(error(begin + "      rate: {sgi: 1.1}\n"),
            "systematics/a/rate: no channel has a process 'sgi'; check it");
  EXPECT_EQ(error(begin + "      template: x\n      processes: none\n"),
            "systematics/a: there is no process that it could vary");
}

TEST_F(TensorDescription, ValuesOfAnotherKindAreErrors)
{
  std::string const begin = start + "  systematics:\n    a:\n";
  EXPECT_EQ(error(begin + "      rate: big\n"), "systematics/a/rate: 'big' is no number");
  EXPECT_EQ(error(begin + "      rate: yes\n"), "systematics/a/rate: 'true' is no number");
  EXPECT_EQ(error(begin + "      rate: [1.0, 2.0, 3.0]\n"),
            "systematics/a/rate: a factor or two of them, [up, down], are needed here");
  EXPECT_EQ(error(begin + "      rate: [[1, 2], [3, 4]]\n"),
            "systematics/a/rate: a number, or several as [1.5, 2.0], are needed here");
  EXPECT_EQ(error(begin + "      template: x\n      kfactor: [1.5, 2.0]\n"),
            "systematics/a/kfactor: one number is needed here");
  EXPECT_EQ(error(begin + "      template: 7\n"),
            "systematics/a/template: '7' was read as a number or a truth value (yes, no, on and "
            "off are such); put it in quotes");
  EXPECT_EQ(error(begin + "      template: [a, b]\n"),
            "systematics/a/template: one text is needed here");
  EXPECT_EQ(error(begin + "      template: \"\"\n"),
            "systematics/a/template: the text is empty; write one or leave it out");
  EXPECT_EQ(error(start + "  systematics:\n    a: x\n"),
            "systematics/a: entries with names are needed here, one below the other");
}

TEST_F(TensorDescription, WrongAxesAreErrors)
{
  std::string const begin =
      top + "  processes: [sig]\n  channels:\n    sr:\n      axes:\n        m: ";
  std::string const place = "channels/sr/axes/m";
  EXPECT_EQ(
      error(begin + "{bins: 3, edges: [0.0, 1.0]}\n"),
      place + ": an axis has either bins, low and high; or edges; or start and stop; or labels");
  EXPECT_EQ(error(begin + "{bins: 0, low: 0, high: 1}\n"),
            place + "/bins: from 1 to 10^9 bins are possible");
  EXPECT_EQ(error(begin + "{bins: 2.5, low: 0, high: 1}\n"),
            place + "/bins: a whole number is needed here");
  EXPECT_EQ(error(begin + "{bins: 2, low: 0}\n"), place + ": 'low' and 'high' are needed");
  EXPECT_EQ(error(begin + "{bins: 2, low: 1, high: 1}\n"), place + ": the edges do not ascend");
  EXPECT_EQ(error(begin + "{start: 2, stop: 2}\n"),
            place + "/stop: it is behind 'start', by 10^9 at most");
  EXPECT_EQ(error(begin + "{start: -9223372036854775807, stop: 9223372036854775807}\n"),
            place + "/start: whole numbers from -2^53 to 2^53 are possible");
  EXPECT_EQ(error(begin + "{edges: [0.0, 2.0, 1.0]}\n"), place + ": the edges do not ascend");
  EXPECT_EQ(error(begin + "{start: 0, stop: 2, overflow: 1}\n"),
            place + "/overflow: true or false is needed here");
}

TEST_F(TensorDescription, NamesOfHistogramsAreChecked)
{
  EXPECT_EQ(error("fit:\n  data: x\n  yields: sr/$channl\n  processes: [a]\n  channels: [sr]\n"),
            "channels/sr/yields: '$channl' begins with a '$' that stands for nothing here; there "
            "are: $channel, $process");
  EXPECT_EQ(error("fit:\n  yields: sr/x\n  processes: [a]\n  channels: [sr]\n"),
            "channels/sr/yields: no file is given for 'sr/x'; write 'file.h5:sr/x' in quotes, or "
            "'file: file.h5' at the top");
  EXPECT_EQ(error("fit:\n  yields: \"a.h5:\"\n  processes: [a]\n  channels: [sr]\n"),
            "channels/sr/yields: no histogram is named after 'a.h5:'");
  EXPECT_EQ(error("fit:\n  file: a.h5\n  data_covariance: $channel\n  data: x\n  yields: x\n"
                  "  processes: [a]\n  channels: [sr]\n"),
            "data_covariance: '$channel' begins with a '$' that stands for nothing here");
}

TEST_F(TensorDescription, WhatIsWrongWithAHistogramIsToldWithItsPlace)
{
  std::string const file = "'" + folder / "histograms.h5" + "': ";
  EXPECT_EQ(
      booking_error(top + "  channels:\n    sr:\n      processes: {sig: sr/sig, tip: sr/tip}\n"),
      "channels/sr/processes/tip: " + file +
          "'sr/tip' is not there, did you mean 'sr/top'?; 'kovar fit build --help' tells "
          "what a histogram is");
  EXPECT_EQ(booking_error(start + "  data_covariance: sr/sparse\n"),
            "data_covariance: " + file + "'" +
                "sr/sparse' is sparse (all its bins are needed "
                "here); write it dense");
  EXPECT_NE(booking_error(start + "  systematics:\n    s:\n      template: sr/shift\n"
                                  "      mirroring: refused\n")
                .find("systematics/s: systematic 's'"),
            std::string::npos);
}

}  // namespace
