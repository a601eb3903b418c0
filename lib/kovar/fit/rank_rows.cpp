// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/fit/rank_rows.hpp>

#include <cstring>
#include <type_traits>

namespace kovar::fit {

namespace {

// Whole numbers travel as doubles, exact up to 2^53.
template <class Number>
std::vector<Number> numbers_of_all_ranks(dist::Communicator const& comm, Number const* mine,
                                         std::int64_t n)
{
  auto const all = of_all_ranks(comm, std::vector<double>(mine, mine + n));
  return {all.begin(), all.end()};
}

}  // namespace

linalg::HostSparseMatrix of_all_ranks(dist::Communicator const& comm,
                                      linalg::HostSparseMatrix const& mine)
{
  if (comm.size() == 1) return mine;
  std::int64_t const n = mine.n_entries();
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < mine.n_rows(); ++row)
    lengths.push_back(mine.row_start(row + 1) - mine.row_start(row));
  auto const all_lengths =
      numbers_of_all_ranks(comm, lengths.data(), static_cast<std::int64_t>(lengths.size()));
  std::vector<std::int64_t> row_start = {0};
  for (auto const length : all_lengths) row_start.push_back(row_start.back() + length);

  Kokkos::DefaultHostExecutionSpace const space;
  linalg::HostSparseMatrix all;
  all.n_columns = mine.n_columns;
  all.row_start = to_space(space, row_start, "kovar::fit::row_start");
  all.column =
      to_space(space, numbers_of_all_ranks(comm, mine.column.data(), n), "kovar::fit::column");
  all.value =
      to_space(space, numbers_of_all_ranks(comm, mine.value.data(), n), "kovar::fit::value");
  return all;
}

YieldResponse of_all_ranks(dist::Communicator const& comm, YieldResponse const& mine)
{
  if (comm.size() == 1) return mine;
  auto const counts = dist::counts_of_ranks(comm, static_cast<std::int64_t>(mine.bins.size()));
  std::int64_t first_bin = 0;
  for (int rank = 0; rank < comm.rank(); ++rank)
    first_bin += counts[static_cast<std::size_t>(rank)];
  YieldResponse all;
  all.value = of_all_ranks(comm, mine.value);
  std::vector<std::int64_t> bins = mine.bin;
  for (auto& bin : bins) bin += first_bin;
  all.bin = numbers_of_all_ranks(comm, bins.data(), static_cast<std::int64_t>(bins.size()));
  all.by_beta = of_all_ranks(comm, mine.by_beta);
  all.derivative = of_all_ranks(comm, mine.derivative);
  static_assert(std::is_trivially_copyable_v<BinResponse>, "it travels as its doubles");
  constexpr auto n_numbers = sizeof(BinResponse) / sizeof(double);
  auto const* const numbers = reinterpret_cast<double const*>(mine.bins.data());
  auto const received =
      of_all_ranks(comm, std::vector<double>(numbers, numbers + n_numbers * mine.bins.size()));
  all.bins.resize(received.size() / n_numbers);
  for (std::size_t bin = 0; bin < all.bins.size(); ++bin)
    std::memcpy(static_cast<void*>(&all.bins[bin]), &received[bin * n_numbers],
                sizeof(BinResponse));
  return all;
}

}  // namespace kovar::fit
