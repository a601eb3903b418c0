// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/rank_rows.hpp>

#include <cstring>
#include <type_traits>
#include <utility>

namespace kovar::fit {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;

// Whole numbers travel as doubles, exact up to 2^53.
template <class Number>
std::vector<Number> numbers_of_all_ranks(dist::Communicator const& comm, Number const* mine,
                                         std::int64_t n)
{
  std::vector<double> numbers;
  dist::agree(comm, [&] { numbers.assign(mine, mine + n); });
  auto const all = of_all_ranks(comm, numbers);
  std::vector<Number> found;
  dist::agree(comm, [&] { found.assign(all.begin(), all.end()); });
  return found;
}

/// The same in a view.
template <class Number>
Vector<Number, Host> view_of_all_ranks(dist::Communicator const& comm, Number const* mine,
                                       std::int64_t n, std::string const& label)
{
  auto const all = numbers_of_all_ranks(comm, mine, n);
  Vector<Number, Host> view;
  dist::agree(comm, [&] { view = to_space(Host(), all, label); });
  return view;
}

/// First entries of the rows of all ranks.
Vector<std::int64_t, Host> row_starts_of_all_ranks(dist::Communicator const& comm,
                                                   linalg::HostSparseMatrix const& mine)
{
  std::vector<std::int64_t> lengths;
  dist::agree(comm, [&] {
    for (std::int64_t row = 0; row < mine.n_rows(); ++row)
      lengths.push_back(mine.row_start(row + 1) - mine.row_start(row));
  });
  auto const all =
      numbers_of_all_ranks(comm, lengths.data(), static_cast<std::int64_t>(lengths.size()));
  Vector<std::int64_t, Host> view;
  dist::agree(comm, [&] {
    std::vector<std::int64_t> row_start = {0};
    for (auto const length : all) row_start.push_back(row_start.back() + length);
    view = to_space(Host(), row_start, "kovar::fit::row_start");
  });
  return view;
}

}  // namespace

linalg::HostSparseMatrix of_all_ranks(dist::Communicator const& comm,
                                      linalg::HostSparseMatrix const& mine)
{
  if (comm.size() == 1) return mine;
  std::int64_t const n = mine.n_entries();
  linalg::HostSparseMatrix all;
  all.n_columns = mine.n_columns;
  all.row_start = row_starts_of_all_ranks(comm, mine);
  all.column = view_of_all_ranks(comm, mine.column.data(), n, "kovar::fit::column");
  all.value = view_of_all_ranks(comm, mine.value.data(), n, "kovar::fit::value");
  return all;
}

bool any_has_other_rows(dist::Communicator const& comm, linalg::HostSparseMatrix const& a,
                        std::int64_t first, std::int64_t end)
{
  std::int64_t const n_own = a.n_rows() == 0 ? 0 : a.row_start(end) - a.row_start(first);
  std::int64_t has_others = a.n_entries() > n_own ? 1 : 0;
  comm.max_to_all(&has_others, 1);
  return has_others != 0;
}

void require_own_rows(dist::Communicator const& comm, ExternalTerm const& term)
{
  auto const& dealt = term.dealt_rows;
  if (dealt.empty()) return;
  KOVAR_REQUIRE(dealt.size() == static_cast<std::size_t>(comm.size()) + 1,
                "external term '" << term.name << "': the rows of its Hessian were dealt to "
                                  << dealt.size() - 1 << " ranks, the likelihood has "
                                  << comm.size()
                                  << " (a rank holds its own rows only); read the tensor with the "
                                     "ranks of the likelihood");
  auto const rank = static_cast<std::size_t>(comm.rank());
  KOVAR_REQUIRE(!any_has_other_rows(comm, term.hessian.upper, dealt[rank], dealt[rank + 1]),
                "external term '" << term.name
                                  << "': a rank holds rows of its Hessian that were dealt to "
                                     "another (they would be missing or count twice); read the "
                                     "tensor with the ranks of the likelihood, in their order");
}

ExternalTerm of_all_ranks(dist::Communicator const& comm, ExternalTerm const& mine)
{
  require_own_rows(comm, mine);
  if (mine.dealt_rows.empty() || !mine.has_hessian()) return mine;
  Host const space;
  auto const& upper = mine.hessian.upper;
  auto const rank = static_cast<std::size_t>(comm.rank());
  std::int64_t const first = mine.dealt_rows[rank];
  std::int64_t const end = mine.dealt_rows[rank + 1];
  auto const n = static_cast<std::int64_t>(mine.hessian.diagonal.extent(0));
  linalg::HostSparseMatrix own = upper;
  own.row_start = Kokkos::subview(upper.row_start, std::make_pair(first, end + 1));
  ExternalTerm whole;
  dist::agree(comm, [&] {
    whole = mine;
    whole.dealt_rows.clear();
    whole.hessian.diagonal =
        allocate<Kokkos::View<double*, Kokkos::HostSpace>>(space, "kovar::fit::diagonal", n);
    Kokkos::deep_copy(space, whole.hessian.diagonal, mine.hessian.diagonal);
  });
  whole.hessian.upper = of_all_ranks(comm, own);
  space.fence();  // MPI reads it
  comm.sum_to_all(whole.hessian.diagonal.data(), n);
  return whole;
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
  std::vector<std::int64_t> bins;
  dist::agree(comm, [&] {
    bins = mine.bin;
    for (auto& bin : bins) bin += first_bin;
  });
  all.bin = numbers_of_all_ranks(comm, bins.data(), static_cast<std::int64_t>(bins.size()));
  all.by_beta = of_all_ranks(comm, mine.by_beta);
  all.derivative = of_all_ranks(comm, mine.derivative);
  static_assert(std::is_trivially_copyable_v<BinResponse>, "it travels as its doubles");
  constexpr auto n_numbers = sizeof(BinResponse) / sizeof(double);
  auto const* const numbers = reinterpret_cast<double const*>(mine.bins.data());
  auto const received =
      numbers_of_all_ranks(comm, numbers, static_cast<std::int64_t>(n_numbers * mine.bins.size()));
  dist::agree(comm, [&] { all.bins.resize(received.size() / n_numbers); });
  for (std::size_t bin = 0; bin < all.bins.size(); ++bin)
    std::memcpy(static_cast<void*>(&all.bins[bin]), &received[bin * n_numbers],
                sizeof(BinResponse));
  return all;
}

}  // namespace kovar::fit
