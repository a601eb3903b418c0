// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_DEVICE_ROWS_HPP
#define KOVAR_LINALG_DEVICE_ROWS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Rows of a sparse matrix on a device: CSR, a few neighbouring threads for each row.

namespace kovar::linalg {

/// CSR in the memory of ExecSpace and the shape of launches over its rows.
template <class ExecSpace>
class DeviceRows {
 public:
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;

  DeviceRows() = default;

  DeviceRows(ExecSpace const& space, HostSparseMatrix const& a) : n_rows_(a.n_rows())
  {
    matrix_.n_columns = a.n_columns;
    matrix_.row_start = on_device(space, "kovar::linalg::row_start", a.row_start);
    matrix_.column = on_device(space, "kovar::linalg::column", a.column);
    matrix_.value = on_device(space, "kovar::linalg::value", a.value);
    // As many threads for a row as it has entries, up to a warp.
    std::int64_t const mean = n_rows_ == 0 ? 0 : a.n_entries() / n_rows_;
    n_lanes_ = 1;
    while (n_lanes_ < 32 && n_lanes_ < mean) n_lanes_ *= 2;
    space.fence();  // a may be let go when the constructor returns
  }

  SparseMatrix<ExecSpace> const& matrix() const { return matrix_; }

  /// body(row, sum_c a_rc x_c) for each row, once.
  template <class X, class Body>
  void for_dots(ExecSpace const& space, std::string const& label, X const* x,
                Body const& body) const
  {
    if (n_rows_ == 0) return;
    constexpr int n_threads = 128;
    int const n_team_rows = n_threads / n_lanes_;
    std::int64_t const n_rows = n_rows_;
    auto const a = matrix_;
    Kokkos::parallel_for(
        label,
        Policy(space, static_cast<int>((n_rows + n_team_rows - 1) / n_team_rows), n_team_rows,
               n_lanes_),
        KOKKOS_LAMBDA(Team const& team) {
          Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_team_rows), [&](int r) {
            std::int64_t const row =
                static_cast<std::int64_t>(team.league_rank()) * n_team_rows + r;
            if (row >= n_rows) return;
            std::int64_t const first = a.row_start(row);
            X sum{};
            Kokkos::parallel_reduce(
                Kokkos::ThreadVectorRange(team, static_cast<int>(a.row_start(row + 1) - first)),
                [&](int k, X& partial) { partial += a.value(first + k) * x[a.column(first + k)]; },
                sum);
            Kokkos::single(Kokkos::PerThread(team), [&] { body(row, sum); });
          });
        });
  }

 private:
  template <class Number, class Host>
  static Vector<Number, ExecSpace> on_device(
      ExecSpace const& space, std::string const& label,
      Kokkos::View<Number*, Kokkos::LayoutLeft, Host> const& from)
  {
    auto const to = allocate<Vector<Number, ExecSpace>>(space, label, from.extent(0));
    Kokkos::deep_copy(space, to, from);
    return to;
  }

  std::int64_t n_rows_ = 0;
  int n_lanes_ = 1;
  SparseMatrix<ExecSpace> matrix_;
};

}  // namespace kovar::linalg

#endif
