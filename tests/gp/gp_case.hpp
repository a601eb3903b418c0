// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GP_GP_CASE_HPP
#define KOVAR_TESTS_GP_GP_CASE_HPP

#include "support/oracle.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/gp/kernel_expression.hpp>
#include <kovar/gp/model.hpp>
#include <kovar/gp/training_set.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

/// \file
/// A case of tests/oracle/exact_gp as model and data, and how its results are compared.

namespace kovar::test {

inline gp::Constraint constraint_of(std::string const& text)
{
  double a = 0;
  double b = 0;
  if (text == "none") return gp::Constraint::none();
  if (std::sscanf(text.c_str(), "softplus(lower=%lf)", &a) == 1)
    return gp::Constraint::greater_than(a);
  if (std::sscanf(text.c_str(), "interval(%lf,%lf)", &a, &b) == 2)
    return gp::Constraint::interval(a, b);
  throw std::runtime_error("unknown transform " + text);
}

inline std::optional<gp::Prior> prior_of(std::string const& text)
{
  double a = 0;
  double b = 0;
  if (text == "none") return {};
  if (std::sscanf(text.c_str(), "gamma(%lf,%lf)", &a, &b) == 2) return gp::Prior::gamma(a, b);
  throw std::runtime_error("unknown prior " + text);
}

/// One case; of a batch one member.
class GpCase {
 public:
  explicit GpCase(std::string const& name, int member = -1)
      : file_("exact_gp/" + name + ".h5"),
        member_(member),
        n_(integer("n")),
        d_(integer("d")),
        q_(std::max<std::int64_t>(1, integer("n_rhs"))),
        model_(make_model())
  {
  }

  std::int64_t n() const { return n_; }
  std::int64_t d() const { return d_; }
  std::int64_t q() const { return q_; }
  gp::Model const& model() const { return model_; }
  OracleFile const& file() const { return file_; }
  double number(std::string const& attribute) const { return file_.number("/", attribute); }
  std::string text(std::string const& attribute) const { return file_.text("/", attribute); }
  template <class Scalar>
  double tolerance() const
  {
    return number(sizeof(Scalar) == 4 ? "tol_f32" : "tol_f64");
  }

  /// An array, of a batch the member's part.
  std::vector<double> list(std::string const& path) const
  {
    OracleArray const array = file_.array(path);
    if (member_ < 0) return array.values;
    std::size_t const size = array.values.size() / static_cast<std::size_t>(array.shape.at(0));
    auto const first = array.values.begin() + static_cast<std::ptrdiff_t>(size) * member_;
    return {first, first + static_cast<std::ptrdiff_t>(size)};
  }

  template <class Scalar, class ExecSpace>
  gp::TrainingSet<Scalar, ExecSpace> data(ExecSpace const& space) const
  {
    gp::TrainingSet<Scalar, ExecSpace> data;
    auto const x = to_space(space, cast<Scalar>(list("inputs/X")), "test::x");
    auto const y = to_space(space, cast<Scalar>(list("inputs/y")), "test::y");
    using X = decltype(data.x);
    using Y = decltype(data.y);
    Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace> const rows("test::x", n_, d_);
    Kokkos::View<Scalar**, Kokkos::LayoutLeft, ExecSpace> const columns("test::y", n_, q_);
    using RawX = Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace, Kokkos::MemoryUnmanaged>;
    using RawY = Kokkos::View<Scalar**, Kokkos::LayoutLeft, ExecSpace, Kokkos::MemoryUnmanaged>;
    Kokkos::deep_copy(space, rows, RawX(x.data(), n_, d_));
    Kokkos::deep_copy(space, columns, RawY(y.data(), n_, q_));
    data.x = X(rows);
    data.y = Y(columns);
    if (file_.has("inputs/noise_fixed"))
      data.noise_variance =
          to_space(space, cast<Scalar>(list("inputs/noise_fixed")), "test::noise");
    space.fence();
    return data;
  }

 private:
  template <class Scalar>
  static std::vector<Scalar> cast(std::vector<double> const& list)
  {
    return {list.begin(), list.end()};
  }
  std::int64_t integer(std::string const& name) const
  {
    return static_cast<std::int64_t>(file_.number("/", name));
  }

  gp::Model make_model() const
  {
    gp::Model model = {gp::zero_mean(), gp::kernel_of_expression(file_.text("/", "kernel"), d_),
                       gp::no_noise()};
    std::string const mean = file_.text("/", "mean");
    if (mean == "constant") model.mean = gp::constant_mean();
    if (mean == "linear") model.mean = gp::linear_mean(static_cast<int>(d_));
    std::string const noise = file_.text("/", "noise");
    if (noise == "gaussian" || noise == "fixed_plus_gaussian") model.noise = gp::gaussian_noise();
    auto const names = file_.texts("/", "param_names");
    auto const transforms = file_.texts("/", "param_transforms");
    auto const priors = file_.texts("/", "param_priors");
    auto const parameters = gp::parameters_of(model);
    EXPECT_EQ(parameters.size(), names.size());
    for (std::size_t k = 0; k < names.size(); ++k) {
      EXPECT_EQ(parameters.at(k).name, names[k]);
      parameters[k].parameter->constraint = constraint_of(transforms[k]);
      parameters[k].parameter->prior = prior_of(priors[k]);
    }
    gp::set_raw_values(model, list("hyper/raw_vector"));
    return model;
  }

  OracleFile file_;
  int member_;
  std::int64_t n_;
  std::int64_t d_;
  std::int64_t q_;
  gp::Model model_;
};

/// Logarithms and the like: an error of tolerance times max(1, |reference|).
inline void expect_numbers(std::vector<double> const& found, std::vector<double> const& reference,
                           double tolerance, char const* what)
{
  ASSERT_EQ(found.size(), reference.size()) << what;
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], reference[k], tolerance * std::max(1.0, std::abs(reference[k])))
        << what << " " << k;
}

/// Groups: an error of tolerance times the largest entry of the group.
inline void expect_group(std::vector<double> const& found, std::vector<double> const& reference,
                         double tolerance, char const* what)
{
  ASSERT_EQ(found.size(), reference.size()) << what;
  double largest = 0;
  for (double const entry : reference) largest = std::max(largest, std::abs(entry));
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], reference[k], tolerance * largest) << what << " " << k;
}

/// Cases with expected values of a likelihood; batch3 is taken member by member.
inline std::vector<std::string> gp_cases()
{
  return {"rbf_defaults",
          "rbf_ard",
          "matern52_ard_linear_mean",
          "matern12_duplicates",
          "n1",
          "fixed_noise",
          "rbf_times_periodic_plus_rq",
          "matern32_plus_linear",
          "multi_rhs4",
          "offset_inputs",
          "n301_matern52",
          "near_singular_noise_floor",
          "jitter_1e-6",
          "gamma_priors"};
}

}  // namespace kovar::test

#endif
