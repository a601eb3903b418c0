// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/kernel_expression.hpp>

#include <gtest/gtest.h>

namespace {

using namespace kovar;

std::string again(std::string const& text, std::int64_t n_columns = 4)
{
  return gp::expression_of(gp::kernel_of_expression(text, n_columns));
}

std::string error_of(std::string const& text, std::vector<std::string> const& names = {})
{
  try {
    gp::kernel_of_expression(text, 4, names);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TEST(KernelExpression, ProductsBindBeforeSums)
{
  auto const kernel = gp::kernel_of_expression("rbf + linear * periodic", 1);
  ASSERT_EQ(kernel.kind, gp::KernelKind::sum);
  EXPECT_EQ(kernel.children.at(1).kind, gp::KernelKind::product);
}

TEST(KernelExpression, ArdCountsTheColumnsSeen)
{
  auto const all = gp::kernel_of_expression("scale(matern52(ard))", 4);
  EXPECT_EQ(all.children.at(0).parameters.at(0).value.size(), 4U);
  auto const some = gp::kernel_of_expression("rbf(columns 0 2-3, ard)", 4);
  EXPECT_EQ(some.columns, (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(some.parameters.at(0).value.size(), 3U);
}

TEST(KernelExpression, ColumnsMayBeNames)
{
  auto const kernel = gp::kernel_of_expression("periodic(columns time)", 2, {"mass", "time"});
  EXPECT_EQ(kernel.columns, std::vector<int>{1});
}

TEST(KernelExpression, IsWrittenAsItIsRead)
{
  for (std::string const text :
       {"rbf", "scale(matern52(ard)) + linear", "scale(rbf(columns 0 2) * periodic) + scale(rq)",
        "(rbf + linear) * matern12(ard, columns 1 3)", "rbf + linear + rq(ard)",
        "scale(scale(periodic_squared))", "rbf * (periodic * linear)", "rbf + (linear + rq)"})
    EXPECT_EQ(again(text), text);
  EXPECT_EQ(again(" ( scale((rbf*periodic))+scale( rq ) ) "), "scale(rbf * periodic) + scale(rq)");
  EXPECT_EQ(again("scale(rbf[ard])"), "scale(rbf(ard))");
}

TEST(KernelExpression, ErrorsNamePlaceCauseAndRemedy)
{
  EXPECT_EQ(error_of("scale(matern5)"),
            "kernel 'scale(matern5)', character 7: there is no kernel 'matern5'; did you mean "
            "'matern52'?");
  EXPECT_EQ(error_of("rbf +"), "kernel 'rbf +', character 6: a kernel is expected");
  EXPECT_EQ(error_of("scale(rbf"), "kernel 'scale(rbf', character 10: ')' is expected");
  EXPECT_EQ(error_of("rbf rbf"), "kernel 'rbf rbf', character 5: an end, '+' or '*' is expected");
  EXPECT_EQ(error_of("rbf(columns 7)"),
            "kernel 'rbf(columns 7)', character 14: there is no column '7' among 4");
  EXPECT_EQ(error_of("rbf(columns tiem)", {"time"}),
            "kernel 'rbf(columns tiem)', character 17: there is no column 'tiem' among 4; did you "
            "mean 'time'?");
  EXPECT_EQ(error_of("rbf(isotropic)"),
            "kernel 'rbf(isotropic)', character 14: 'ard' or 'columns' is expected");
  EXPECT_EQ(error_of("scale"),
            "kernel 'scale', character 6: 'scale' takes a kernel in parentheses");
}

}  // namespace
