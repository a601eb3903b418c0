// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/fit/booked_covariance.hpp>
#include <kovar/fit/tensor_bookings.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

namespace kovar::fit {

namespace {

// Places of what was booked in the tensor.
struct Places {
  std::vector<std::int64_t> first_bin;  // of each channel
  std::vector<std::int64_t> process;    // of each process
};

void place_channels(TensorBookings const& booked, TemplateTensor& tensor, Places& places)
{
  places.first_bin.resize(booked.channels.size());
  std::int64_t bin = 0;
  for (auto const kind : {ChannelKind::fitted, ChannelKind::masked}) {
    for (std::size_t c = 0; c < booked.channels.size(); ++c) {
      auto const& channel = booked.channels[c];
      if (channel.kind != kind) continue;
      places.first_bin[c] = bin;
      tensor.channels.push_back({channel.name, bin, bin + channel.n_bins,
                                 kind == ChannelKind::masked, channel.axes,
                                 channel.flow == FlowBins::kept});
      bin += channel.n_bins;
    }
    if (kind == ChannelKind::fitted) tensor.n_bins = bin;
  }
  tensor.bin_start.assign(static_cast<std::size_t>(bin) + 1, 0);
}

void place_processes(TensorBookings const& booked, TemplateTensor& tensor, Places& places)
{
  auto const& processes = booked.processes;
  std::vector<std::size_t> order(processes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (processes[a].kind != processes[b].kind) return processes[a].kind == ProcessKind::signal;
    return processes[a].name < processes[b].name;
  });
  places.process.resize(processes.size());
  for (auto const p : order) {
    places.process[p] = tensor.n_processes();
    tensor.processes.push_back(processes[p].name);
    if (processes[p].kind == ProcessKind::signal) ++tensor.n_signals;
  }
}

void place_weights(TensorBookings const& booked, TemplateTensor& tensor, Places const& places)
{
  auto const n_cells = static_cast<std::size_t>(tensor.n_all_bins() * tensor.n_processes());
  tensor.sum_of_weights.assign(n_cells, 0);
  tensor.sum_of_squared_weights.assign(n_cells, 0);
  for (auto const& yields : booked.yields) {
    std::int64_t const first = places.first_bin[static_cast<std::size_t>(yields.channel)];
    std::int64_t const process = places.process[static_cast<std::size_t>(yields.process)];
    for (std::size_t b = 0; b < yields.values.size(); ++b) {
      auto const cell = static_cast<std::size_t>(
          (first + static_cast<std::int64_t>(b)) * tensor.n_processes() + process);
      tensor.sum_of_weights[cell] = yields.values[b];
      tensor.sum_of_squared_weights[cell] = yields.squared_weights[b];
    }
  }
}

// Entry of each bin and process, -1 where there is none.
std::vector<std::int64_t> place_entries(TemplateTensor& tensor)
{
  auto const n_processes = static_cast<std::size_t>(tensor.n_processes());
  std::vector<std::int64_t> entry_of(tensor.sum_of_weights.size(), -1);
  for (std::size_t cell = 0; cell < entry_of.size(); ++cell) {
    if (tensor.sum_of_weights[cell] == 0) continue;
    entry_of[cell] = tensor.n_entries();
    tensor.entry_process.push_back(static_cast<std::int32_t>(cell % n_processes));
    tensor.entry_yield.push_back(tensor.sum_of_weights[cell]);
    tensor.bin_start[cell / n_processes + 1] = tensor.n_entries();
  }
  for (std::size_t b = 1; b < tensor.bin_start.size(); ++b)  // bins without an entry
    tensor.bin_start[b] = std::max(tensor.bin_start[b], tensor.bin_start[b - 1]);
  return entry_of;
}

// Slices by ascending column, a counting sort.
std::vector<StoredSlice const*> by_column(std::vector<StoredSlice> const& slices,
                                          std::vector<std::int64_t> const& column_of,
                                          std::int64_t n_columns)
{
  std::vector<std::size_t> next(static_cast<std::size_t>(n_columns) + 1, 0);
  auto const column = [&](StoredSlice const& slice) {
    std::int64_t const shift = slice.part == VariationPart::first ? 0 : n_columns / 2;
    return static_cast<std::size_t>(column_of[static_cast<std::size_t>(slice.systematic)] + shift);
  };
  for (auto const& slice : slices) ++next[column(slice) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<StoredSlice const*> sorted(slices.size());
  for (auto const& slice : slices) sorted[next[column(slice)]++] = &slice;
  return sorted;
}

// The matrix of variations. Rows are filled column after column and so are sorted.
void place_variations(TensorBookings const& booked, TemplateTensor& tensor, Places const& places,
                      std::vector<std::int64_t> const& entry_of,
                      std::vector<std::int64_t> const& column_of)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  std::int64_t const n_columns = tensor.n_systematics() * (booked.is_symmetric ? 1 : 2);
  KOVAR_REQUIRE(
      n_columns <= std::numeric_limits<std::int32_t>::max(),
      "tensor: there are " << n_columns << " columns of variations (their indices have 32 bits)");
  auto const& store = booked.parameters.store;
  auto const cell_of = [&](StoredSlice const& slice, std::size_t bin) {
    auto const& yields = booked.yields[static_cast<std::size_t>(slice.yields)];
    std::int64_t const first = places.first_bin[static_cast<std::size_t>(yields.channel)];
    return static_cast<std::size_t>((first + static_cast<std::int64_t>(bin)) *
                                        tensor.n_processes() +
                                    places.process[static_cast<std::size_t>(yields.process)]);
  };
  auto& k = tensor.variations;
  k.n_columns = n_columns;
  k.row_start = Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::fit::variation_rows"),
                                           tensor.n_entries() + 1);
  // row_start(e + 1) is where the next entry of row e goes: one place further right while entries are
  // counted, in place when they are filled.
  std::int64_t n = 0;
  std::int64_t const n_rows = tensor.n_entries();
  for (auto const& slice : store.slices())
    store.for_entries(slice, [&](std::size_t bin, double) {
      std::int64_t const row = entry_of[cell_of(slice, bin)];
      if (row + 2 <= n_rows) ++k.row_start(row + 2);
      ++n;
    });
  for (std::int64_t row = 2; row <= n_rows; ++row) k.row_start(row) += k.row_start(row - 1);
  k.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::fit::variation_columns", n);
  k.value = allocate<Vector<double, Host>>(space, "kovar::fit::variations", n);
  for (auto const* slice : by_column(store.slices(), column_of, n_columns)) {
    std::int64_t const shift = slice->part == VariationPart::first ? 0 : n_columns / 2;
    auto const column =
        static_cast<std::int32_t>(column_of[static_cast<std::size_t>(slice->systematic)] + shift);
    store.for_entries(*slice, [&](std::size_t bin, double value) {
      std::int64_t const to = k.row_start(entry_of[cell_of(*slice, bin)] + 1)++;
      k.column(to) = column;
      k.value(to) = value;
    });
  }
}

// One list of the parts of all fitted channels.
void place_data(TensorBookings const& booked, Places const& places,
                std::vector<BookedData> const& parts, std::int64_t n_bins, std::string const& what,
                std::vector<double>& data, std::vector<double>& variances)
{
  data.assign(static_cast<std::size_t>(n_bins), 0);
  variances.assign(static_cast<std::size_t>(n_bins), 0);
  for (std::size_t c = 0; c < booked.channels.size(); ++c) {
    auto const part = std::find_if(parts.begin(), parts.end(), [c](BookedData const& candidate) {
      return candidate.channel == static_cast<std::int64_t>(c);
    });
    KOVAR_REQUIRE(part != parts.end() || booked.channels[c].kind == ChannelKind::masked,
                  "channel '" << booked.channels[c].name << "' has no " << what
                              << " (each fitted channel needs them); add them or mask the channel");
    if (part == parts.end()) continue;
    auto const at = static_cast<std::ptrdiff_t>(places.first_bin[c]);
    std::copy(part->values.begin(), part->values.end(), data.begin() + at);
    std::copy(part->variances.begin(), part->variances.end(), variances.begin() + at);
  }
  if (variances == data) variances.clear();
}

}  // namespace

TemplateTensor tensor_of(TensorBookings booked)
{
  Region const region("kovar::fit::tensor_of");
  TemplateTensor tensor;
  Places places;
  place_channels(booked, tensor, places);
  place_data(booked, places, booked.data, tensor.n_bins, "data", tensor.data,
             tensor.data_variances);
  for (auto const& set : booked.pseudodata) {
    tensor.pseudodata.push_back({set.name, {}, {}});
    place_data(booked, places, set.parts, tensor.n_bins, "pseudodata '" + set.name + "'",
               tensor.pseudodata.back().data, tensor.pseudodata.back().data_variances);
  }
  tensor.data_covariance_inverse =
      inverse_data_covariance(booked, places.first_bin,
                              tensor.data_variances.empty() ? tensor.data : tensor.data_variances);
  place_processes(booked, tensor, places);
  place_weights(booked, tensor, places);
  for (auto& yields : booked.yields) {  // they are in the tensor now
    yields.values = {};
    yields.squared_weights = {};
  }
  auto const entry_of = place_entries(tensor);
  auto const column_of = booked.parameters.table.move_to(tensor);
  place_variations(booked, tensor, places, entry_of, column_of);
  tensor.type = booked.type;
  tensor.is_symmetric = booked.is_symmetric;
  tensor.external_terms = std::move(booked.external_terms);
  require_tensor(tensor);
  return tensor;
}

}  // namespace kovar::fit
