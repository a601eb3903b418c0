// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/optim/lbfgs.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::optim::LbfgsOptions;
using kovar::optim::minimize_lbfgs;

double square(std::vector<double> const& x, std::vector<double>& gradient)
{
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    gradient[i] = 2 * x[i];
    sum += x[i] * x[i];
  }
  return sum;
}

std::string message_of(std::vector<double> const& start, LbfgsOptions const& options)
{
  try {
    minimize_lbfgs(square, start, options);
  } catch (kovar::InputError const& error) {
    return error.what();
  }
  return "no error";
}

void expect_message(std::string const& part, std::vector<double> const& start,
                    LbfgsOptions const& options)
{
  std::string const message = message_of(start, options);
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

#ifdef KOVAR_ENABLE_ROL

TEST(LbfgsErrors, NameBoundsThatCannotBe)
{
  double const infinity = std::numeric_limits<double>::infinity();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  LbfgsOptions options;
  options.lower = {0};
  expect_message("1 lower bounds for 2 parameters", {1, 1}, options);
  options.lower = {0, 2};
  options.upper = {1, 1};
  expect_message("parameter 1 has the bounds 2 and 1", {1, 1}, options);
  options.lower = {0, nan};
  expect_message("parameter 1 has the bounds nan and 1", {1, 1}, options);
  options.lower = {infinity, 0};
  options.upper = {infinity, 1};
  expect_message("parameter 0 has the bounds inf and inf", {1, 1}, options);
}

TEST(LbfgsErrors, NameAStartThatIsNoNumber)
{
  expect_message("parameter 1 starts at nan", {1, std::numeric_limits<double>::quiet_NaN()}, {});
}

TEST(LbfgsErrors, NameOptionsThatCannotBe)
{
  LbfgsOptions options;
  options.memory = 0;
  expect_message("memory is 0", {1}, options);
  options = {};
  options.max_line_search_steps = 0;
  expect_message("max_line_search_steps 0", {1}, options);
  options = {};
  options.max_iterations = -1;
  expect_message("max_iterations is -1", {1}, options);
  options = {};
  options.value_tolerance = -1;
  expect_message("value_tolerance is -1", {1}, options);
  options = {};
  options.gradient_tolerance = std::numeric_limits<double>::quiet_NaN();
  expect_message("gradient_tolerance nan", {1}, options);
}

#else

TEST(LbfgsErrors, SayThatRolIsMissingAndWhatToDo)
{
  expect_message("built without ROL (KOVAR_ENABLE_ROL=OFF)", {1}, {});
}

#endif

}  // namespace
