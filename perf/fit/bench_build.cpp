// SPDX-License-Identifier: BSD-3-Clause
// Times the making of a tensor of the headline problem's shape from sparse histograms, one for each
// channel with a systematic for each bin of a second axis, and of reading its file up to the likelihood;
// prints a line of JSON.
#include "headline_problem.hpp"
#include "support/bench.hpp"
#include "support/peak_memory.hpp"

#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/tensor_builder.hpp>
#include <kovar/io/tensor_file.hpp>

namespace kovar::perf {
namespace {

struct BuildOptions : RunOptions {
  double scale = 0.1;
  std::int64_t channels = 2;
  std::int64_t external = 0;  // 1: the tensor has the external Hessian too
  std::string write;          // a file, or none
};

BuildOptions build_options(int argc, char** argv)
{
  BuildOptions options;
  options.precision = "double";
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("scale", options.scale);
  list.take("channels", options.channels);
  list.take("external", options.external);
  list.take("write", options.write);
  list.require_empty();
  KOVAR_REQUIRE(options.scale > 0 && options.channels > 0,
                "--scale is above 0, --channels counts from 1");
  KOVAR_REQUIRE(options.external == 0 || options.external == 1, "--external is 0 or 1");
  return options;
}

// Differences of the bins of a channel, two runs of parameters for each, as in headline_problem.hpp.
fit::Histogram variations(HeadlineShape const& shape, std::int64_t first_bin, std::int64_t n_bins)
{
  fit::Histogram h;
  h.form = fit::HistogramForm::sparse;
  h.axes = {fit::regular_axis("mass", n_bins, 0, 1),
            fit::integer_axis("parameter", 0, shape.n_parameters)};
  h.indices.resize(static_cast<std::size_t>(n_bins * shape.n_row));
  h.values.resize(h.indices.size());
  std::int64_t const free = shape.n_parameters - shape.n_row;
  for (std::int64_t b = 0; b < n_bins; ++b) {
    std::int64_t const left = free * (first_bin + b) / (2 * shape.n_bins);
    auto const gap = static_cast<std::int64_t>((uniform(1, first_bin + b) + 1) / 2 *
                                               static_cast<double>(free - left));
    for (std::int64_t k = 0; k < shape.n_row; ++k) {
      auto const at = static_cast<std::size_t>(b * shape.n_row + k);
      h.indices[at] = b * shape.n_parameters + left + k + (k < shape.n_row / 2 ? 0 : gap);
      h.values[at] = uniform(2, first_bin * shape.n_row + static_cast<std::int64_t>(at));
    }
  }
  return h;
}

// Book channel after channel; a histogram lives until it is booked.
double booking_seconds(fit::TensorBuilder& builder, HeadlineShape const& shape,
                       std::int64_t n_channels)
{
  double seconds = 0;
  fit::SystematicOptions options;
  options.meaning = fit::TemplateMeaning::difference;
  options.constraint = fit::Constraint::none;
  for (std::int64_t c = 0; c < n_channels; ++c) {
    std::int64_t const first = shape.n_bins * c / n_channels;
    std::int64_t const n = shape.n_bins * (c + 1) / n_channels - first;
    auto const mass = fit::regular_axis("mass", n, 0, 1);
    std::string const channel = "channel" + std::to_string(c);
    auto const yields =
        fit::dense_histogram({mass}, std::vector<double>(static_cast<std::size_t>(n), 1000.0));
    auto const h = variations(shape, first, n);
    Kokkos::Timer const timer;
    builder.add_channel(channel, {mass});
    builder.add_data(channel, yields);
    builder.add_process("signal", channel, yields);
    builder.add_systematic("parameter", "signal", channel, h, options);
    seconds += timer.seconds();
  }
  return seconds;
}

fit::ExternalTerm external_term(HeadlineShape const& shape, fit::TemplateTensor const& tensor)
{
  fit::ExternalTerm term;
  term.name = "tracks";
  term.parameters = tensor.systematics;
  term.hessian = headline_hessian(shape, 0);
  return term;
}

// Read a tensor and set up its likelihood. The file comes from the memory of the system if it was
// written just before.
template <class ExecSpace>
void time_reading(ExecSpace const& space, std::string const& path, JsonObject& line)
{
  auto const world = dist::Communicator::world();
  PeakMemory const peak;
  Kokkos::Timer timer;
  auto const tensor = io::read_tensor(world, path);
  line.add("read_seconds", timer.seconds());
  timer.reset();
  fit::Likelihood<ExecSpace> const likelihood(space, world, tensor, {});
  space.fence();  // the time is that of finished work
  line.add("set_up_seconds", timer.seconds());
  line.add("read_peak_bytes", peak.bytes());
}

template <class ExecSpace>
JsonObject bench(BuildOptions const& options, ExecSpace const& space)
{
  auto const shape = headline_shape(options.scale);
  PeakMemory const peak;
  fit::TensorBuilder builder;
  double const booking = booking_seconds(builder, shape, options.channels);
  Kokkos::Timer timer;
  auto tensor = builder.finish();
  double const assembly = timer.seconds();
  auto const peak_bytes = peak.bytes();
  if (options.external == 1) tensor.external_terms.push_back(external_term(shape, tensor));
  timer.reset();
  if (!options.write.empty()) io::write_tensor(options.write, tensor);
  double const writing = timer.seconds();

  JsonObject line = run_fields<ExecSpace>(options);
  line.add("scale", options.scale);
  line.add("channels", options.channels);
  line.add("n_bins", tensor.n_bins);
  line.add("n_parameters", tensor.n_systematics());
  line.add("n_variations", tensor.variations.n_entries());
  line.add("booking_seconds", booking);
  line.add("assembly_seconds", assembly);
  line.add("output_bytes", 12 * tensor.variations.n_entries());
  line.add("peak_bytes", peak_bytes);
  if (options.external == 1)
    line.add("n_upper", tensor.external_terms.front().hessian.upper.n_entries());
  if (options.write.empty()) return line;
  line.add("writing_seconds", writing);
  tensor = {};
  time_reading(space, options.write, line);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::BuildOptions;
  return kovar::perf::bench_main("kovar_fit_bench_build", argc, argv, kovar::perf::build_options,
                                 [](BuildOptions const& options, auto, auto const& space) {
                                   return kovar::perf::bench(options, space);
                                 });
}
