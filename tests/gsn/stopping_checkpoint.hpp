// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_STOPPING_CHECKPOINT_HPP
#define KOVAR_TESTS_GSN_STOPPING_CHECKPOINT_HPP

#include <kovar/core/checkpoint.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// \file
/// A checkpoint without a file.

namespace kovar::test {

/// A checkpoint in memory that ends the run after every stage, or notes the stages only.
template <class Interface>
class StoppingCheckpointOf : public Interface {
 public:
  bool holds(std::string const& name) const override
  {
    return numbers_.count(name) + texts_.count(name) + matrices_.count(name) > 0;
  }
  std::vector<double> numbers(std::string const& name) const override { return numbers_.at(name); }
  void put_numbers(std::string const& name, std::vector<double> const& values) override
  {
    numbers_[name] = values;
  }
  std::vector<std::string> texts(std::string const& name) const override { return texts_.at(name); }
  void put_texts(std::string const& name, std::vector<std::string> const& texts) override
  {
    texts_[name] = texts;
  }
  void read_matrix(std::string const& name, double* values, std::int64_t n_rows,
                   std::int64_t n_columns) const override
  {
    read(name, values, n_rows * n_columns);
  }
  void read_matrix(std::string const& name, float* values, std::int64_t n_rows,
                   std::int64_t n_columns) const override
  {
    read(name, values, n_rows * n_columns);
  }
  void put_matrix(std::string const& name, double const* values, std::int64_t n_rows,
                  std::int64_t n_columns) override
  {
    matrices_[name].assign(values, values + n_rows * n_columns);
  }
  void put_matrix(std::string const& name, float const* values, std::int64_t n_rows,
                  std::int64_t n_columns) override
  {
    matrices_[name].assign(values, values + n_rows * n_columns);
  }
  void drop(std::string const& name) override
  {
    numbers_.erase(name);
    texts_.erase(name);
    matrices_.erase(name);
  }
  void complete_stage(std::string const& stage, double next_work) override
  {
    stages.push_back(stage);
    next_works[stage] = next_work;
    if (stops) throw Stopped("stopped after " + stage);
  }

  /// What was put under a name; empty on the other ranks.
  std::vector<double> const& matrix(std::string const& name) const { return matrices_.at(name); }

  bool stops = true;  ///< false: the run goes on to its end
  std::vector<std::string> stages;
  std::map<std::string, double> next_works;  ///< as told at the end of the stage

 private:
  template <class Scalar>
  void read(std::string const& name, Scalar* values, std::int64_t n) const
  {
    std::vector<double> const& stored = matrices_.at(name);
    ASSERT_EQ(static_cast<std::int64_t>(stored.size()), n) << name;
    for (std::int64_t k = 0; k < n; ++k)
      values[k] = static_cast<Scalar>(stored[static_cast<std::size_t>(k)]);
  }

  std::map<std::string, std::vector<double>> numbers_;
  std::map<std::string, std::vector<std::string>> texts_;
  std::map<std::string, std::vector<double>> matrices_;
};

/// One that keeps matrices of rank 0 only.
using StoppingCheckpoint = StoppingCheckpointOf<Checkpoint>;

}  // namespace kovar::test

#endif
