// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_STOPPING_CHECKPOINT_OVER_RANKS_HPP
#define KOVAR_TESTS_GSN_STOPPING_CHECKPOINT_OVER_RANKS_HPP

#include "gsn/over_ranks.hpp"
#include "gsn/stopping_checkpoint.hpp"

#include <kovar/dist/checkpoint_over_ranks.hpp>

#include <limits>
#include <map>
#include <string>

/// \file
/// A checkpoint of matrices over ranks without a file.

namespace kovar::test {

/// StoppingCheckpoint that keeps matrices over ranks as whole ones, on every rank: a copy of it serves any part
/// of the ranks. What is not wanted is NaN.
class StoppingCheckpointOverRanks : public StoppingCheckpointOf<dist::CheckpointOverRanks> {
 public:
  bool holds(std::string const& name) const override
  {
    return wholes_.count(name) > 0 || StoppingCheckpointOf::holds(name);
  }
  void put_over_ranks(std::string const& name, dist::BlockCyclicMatrix<double> const& a,
                      dist::Part part) override
  {
    put(name, a, part);
  }
  void put_over_ranks(std::string const& name, dist::BlockCyclicMatrix<float> const& a,
                      dist::Part part) override
  {
    put(name, a, part);
  }
  void read_over_ranks(std::string const& name, dist::BlockCyclicMatrix<double> const& a,
                       dist::Part /*part*/) const override
  {
    get(name, a);
  }
  void read_over_ranks(std::string const& name, dist::BlockCyclicMatrix<float> const& a,
                       dist::Part /*part*/) const override
  {
    get(name, a);
  }
  void drop(std::string const& name) override
  {
    wholes_.erase(name);
    StoppingCheckpointOf::drop(name);
  }

 private:
  template <class Scalar>
  void put(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a, dist::Part part)
  {
    HostMatrix all = whole(a);
    if (part == dist::Part::lower)
      for (std::int64_t j = 0; j < a.n_columns(); ++j)
        for (std::int64_t i = 0; i < j; ++i) all(i, j) = std::numeric_limits<double>::quiet_NaN();
    wholes_.insert_or_assign(name, all);
  }
  template <class Scalar>
  void get(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a) const
  {
    HostMatrix const& all = wholes_.at(name);
    auto const rows = a.owned_rows();
    auto const columns = a.owned_columns();
    for (std::size_t j = 0; j < columns.size(); ++j)
      for (std::size_t i = 0; i < rows.size(); ++i)
        a.local()(i, j) = static_cast<Scalar>(all(rows[i], columns[j]));
  }

  std::map<std::string, HostMatrix> wholes_;
};

}  // namespace kovar::test

#endif
