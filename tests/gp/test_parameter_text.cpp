// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/constraint.hpp>
#include <kovar/gp/prior.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

using namespace kovar;

template <class Read>
std::string error_of(Read const& read, std::string const& text)
{
  try {
    read(text);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TEST(PriorText, IsReadAsItIsWritten)
{
  for (auto const& prior :
       {gp::Prior::gamma(3, 6), gp::Prior::normal(-0.1, 2), gp::Prior::lognormal(-4, 1.0 / 3),
        gp::Prior::half_cauchy(2.5), gp::Prior::smoothed_box(0.1, 4, 0.01)}) {
    auto const again = gp::prior_of(prior.text());
    EXPECT_EQ(again.text(), prior.text());
    EXPECT_EQ(again.log_density(0.7), prior.log_density(0.7));
  }
  EXPECT_EQ(gp::prior_of(" gamma ( 3,6 ) ").text(), "gamma(3, 6)");
}

TEST(ConstraintText, IsReadAsItIsWritten)
{
  for (auto const& constraint :
       {gp::Constraint::positive(), gp::Constraint::greater_than(1e-4),
        gp::Constraint::less_than(-2.5), gp::Constraint::exponential(),
        gp::Constraint::interval(-1, 1.0 / 3), gp::Constraint::bounds(0.025, 1e9),
        gp::Constraint::bounds(0, std::numeric_limits<double>::infinity()),
        gp::Constraint::none()}) {
    auto const again = gp::constraint_of(constraint.text());
    EXPECT_EQ(again.text(), constraint.text());
    EXPECT_EQ(again.value(0.3), constraint.value(0.3));
    EXPECT_EQ(again.lower(), constraint.lower());
    EXPECT_EQ(again.upper(), constraint.upper());
  }
}

TEST(PriorText, ErrorsNameTheFormWanted)
{
  EXPECT_EQ(error_of(gp::prior_of, "gama(3, 6)"),
            "the prior 'gama(3, 6)' is unknown; did you mean 'gamma'? valid: gamma(concentration, "
            "rate), normal(mean, deviation), lognormal(mean, deviation), half_cauchy(scale), "
            "smoothed_box(lower, upper, deviation)");
  for (char const* text : {"gamma(3)", "gamma(3, six)", "gamma(3, 6", "gamma", "gamma(3,,6)",
                           "gamma(nan, 6)", "gamma(3, 6, 9)"})
    EXPECT_EQ(error_of(gp::prior_of, text), "the prior '" + std::string(text) +
                                                "' is not of the form gamma(concentration, rate) "
                                                "with numbers; give that");
  EXPECT_EQ(error_of(gp::prior_of, "gamma(3, -6)"),
            "a gamma prior with rate -6 (it must be positive)");
}

TEST(ConstraintText, ErrorsNameTheFormWanted)
{
  EXPECT_EQ(error_of(gp::constraint_of, "positive(1)"),
            "the constraint 'positive(1)' is not of the form positive with numbers; give that");
  EXPECT_EQ(error_of(gp::constraint_of, "interval(2, 1)"),
            "a constraint from 2 to 1 (the lower bound must be the smaller)");
  EXPECT_NE(error_of(gp::constraint_of, "").find("is unknown"), std::string::npos);
}

}  // namespace
