// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "fit_build_input.hpp"
#include "fit_inspect_effects.hpp"
#include "fit_inspect_summary.hpp"
#include "response_request.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/rabbit_file.hpp>
#include <kovar/io/result_file.hpp>
#include <kovar/io/tensor_file.hpp>
#ifdef KOVAR_ENABLE_TEUCHOS
#include <kovar/io/tensor_description.hpp>
#endif
#include <support/exit_code.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

namespace kovar::apps {
namespace {

OptionTable build_options()
{
  using Kind = OptionKind;
  return {{
              {"Files",
               {
                   {"input", Kind::file, required,
                    "description (.yaml, .yml, .xml), or a tensor: kovar's or rabbit's file"},
                   {"output", Kind::file, required, "HDF5 file of the tensor"},
                   {"format", Kind::choice, "kovar", "of the output", {"kovar", "rabbit"}},
                   {"compression",
                    Kind::choice,
                    "none",
                    "of large arrays in kovar's format",
                    {"none", "deflate", "lz4"}},
                   systematics_option(),
               }},
              common_options(),
          },
          "input"};
}

struct Built {
  fit::TemplateTensor tensor;
  std::vector<std::string> warnings;
};

#ifdef KOVAR_ENABLE_TEUCHOS
Built build(std::string const& path, bool talks)
{
  auto const description = io::read_tensor_description(path);
  std::optional<ProgressBar> bar;
  if (talks && ProgressBar::has_terminal()) bar.emplace();
  auto builder = io::book_tensor(description, [&](Progress const& progress) {
    if (bar) bar->show(progress);
  });
  auto warnings = builder.warnings();
  try {
    return {builder.finish(), warnings};
  } catch (InputError const& error) {
    throw InputError("'" + path + "': " + error.what());
  }
}
#else
Built build(std::string const& path, bool /*talks*/)
{
  throw InputError("fit build: '" + path +
                   "' is a description, which needs Teuchos (this kovar was built with "
                   "KOVAR_ENABLE_TEUCHOS=OFF); make the tensor with the C++ class TensorBuilder");
}
#endif

Built read_or_build(OptionValues const& values)
{
  std::string const input = values.text("input");
  if (!is_description(input)) return {read_tensor_file(input, systematic_type_of(values)), {}};
  KOVAR_REQUIRE(!values.is_given("systematics"),
                "fit build: --systematics is for files of rabbit; write 'systematic_type' in the "
                "description");
  return build(input, !values.flag("quiet"));
}

void write(Built const& built, OptionValues const& values)
{
  std::string const output = values.text("output");
  RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(output)));
  if (values.text("format") == "rabbit") {
    io::write_rabbit_file(output, built.tensor);
    return;
  }
  std::string const name = values.text("compression");
  io::Compression const compression = name == "deflate" ? io::Compression::deflate
                                      : name == "lz4"   ? io::Compression::lz4
                                                        : io::Compression::none;
  io::write_tensor(output, built.tensor, {compression, compression});
}

void require_build_request(OptionValues const& values)
{
  std::string const input = values.text("input");
  std::string const output = values.text("output");
  std::string const json = values.text("json");
  require_different_files("fit build", input, {{"output", output}, {"json", json}});
  KOVAR_REQUIRE(values.text("format") == "kovar" || !values.is_given("compression"),
                "fit build: --compression is for kovar's format; leave it away with "
                "--format=rabbit");
  io::require_writable(output);
  if (!json.empty()) io::require_writable(json);
}

/// On rank 0 alone.
void build_here(Run const& run, OptionValues const& values)
{
  Kokkos::Timer const since_start;
  Kokkos::Timer timer;
  require_build_request(values);
  Built const built = read_or_build(values);
  std::vector<PhaseTime> phases = {{"read and book", timer.seconds()}};
  timer.reset();
  write(built, values);
  phases.push_back({"write", timer.seconds()});

  TensorSummary const summary = summary_of(built.tensor);
  auto const oddities =
      oddities_of(built.tensor, effects_of(built.tensor, huge_factor), huge_factor);
  SummaryTable table;
  table.heading("Tensor " + values.text("output"));
  add_summary(summary, table);
  auto const record_of_oddities = add_oddities(oddities, table);
  std::string const output = values.text("output");
  auto const file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(output));
  double const total_seconds = since_start.seconds();
  if (std::string const json = values.text("json"); !json.empty()) {
    auto record = record_of(run, phases, total_seconds, peak_memory_bytes(dist::Communicator()));
    record["file_bytes"] = file_bytes;
    record["tensor"] = record_of_summary(summary);
    record["oddities"] = record_of_oddities;
    record["warnings"] = built.warnings;
    write_json(json, record);
  }
  if (!values.flag("quiet")) {
    table.heading("Time");
    table.phases(phases, total_seconds);
    std::cout << table.text() << std::flush;
  }
  for (std::string const& warning : built.warnings)
    std::cerr << "kovar: warning: " << warning << '\n';
}

int run_build(Context const& context, OptionValues const& values)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Run const run = describe_run(context, "fit build", space_name<Space>(),
                               static_cast<int>(Space().concurrency()));
  dist::agree(context.comm, [&] {
    if (context.comm.is_root()) build_here(run, values);
  });
  return exit_done;
}

}  // namespace

Command fit_build()
{
  return {
      "fit build",
      "the tensor of a binned fit from histograms",
      "Books channels, processes, data and systematics as a description says, and writes the "
      "tensor that the other commands fit. The description is a parameter file that names "
      "histograms. These stand in HDF5 files: a group for each, with the dataset 'values', an "
      "extent for each axis (and 'variances', where they are not the values), and a group axes/0, "
      "axes/1, ... for each axis with the dataset 'edges' or 'labels' and the attribute 'name'. A "
      "sparse one has lists of 'values' and 'indices', the positions among all bins, flow bins "
      "too. Flow bins are bins of an axis with the attributes 'underflow' or 'overflow'. A dataset "
      "alone is an array. The folder of examples has a description, the table of all its entries, "
      "and the lines of h5py that write its histograms. "
      "Given a tensor of kovar or rabbit in place of a description, the command converts it. One "
      "rank does the work, however many there are.",
      {"kovar fit build two_regions.yaml -o tensor.h5",
       "kovar fit build tensor.h5 --format=rabbit -o rabbit.hdf5",
       "kovar fit build rabbit.hdf5 -o tensor.h5 --compression=deflate"},
      build_options(),
      Needs::kokkos,
      run_build};
}

}  // namespace kovar::apps
