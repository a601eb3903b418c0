// SPDX-License-Identifier: BSD-3-Clause
#include "source_text.hpp"
#include "work_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using kovar::test::Call;
using kovar::test::SourceText;
using kovar::test::Violation;
using kovar::test::work_violations;

std::vector<Violation> violations_of(std::string const& code)
{
  return work_violations({{"gsn/x.hpp", code}});
}

/// The one message about a line of code; empty if it breaks no rule.
std::string message_about(std::string const& code)
{
  auto const violations = violations_of(code);
  EXPECT_LE(violations.size(), 1U) << code;
  return violations.empty() ? std::string() : violations[0].message;
}

TEST(WorkRules, HoldInTheLibraryAndTheProgram)
{
  auto sources = kovar::test::library_sources();
  ASSERT_GT(sources.size(), 20U) << "the library's sources were not found";
  auto const program = kovar::test::program_sources();
  ASSERT_GT(program.size(), 20U) << "the program's sources were not found";
  sources.insert(sources.end(), program.begin(), program.end());
  kovar::test::expect_none(work_violations(sources));
}

TEST(WorkRules, LabelsOfTheProgramNameIt)
{
  auto const message_about_label = [](std::string const& label) {
    auto const violations =
        work_violations({{"apps/kovar/x.hpp", "Region const region(\"" + label + "\");"}});
    return violations.empty() ? std::string() : violations[0].message;
  };
  EXPECT_EQ(message_about_label("kovar::apps::x"), "");
  EXPECT_EQ(message_about_label("kovar::gsn::x"),
            R"(a region is labelled "kovar::gsn::x"; its label must begin with "kovar::apps::)");
}

TEST(WorkRules, AcceptNamedLaunchesOnAnInstance)
{
  for (
      char const* code :
      {R"(Kokkos::parallel_for("kovar::gsn::f", Policy(space, n, Kokkos::AUTO), f);)",
       R"(Kokkos::parallel_for("kovar::gsn::f", Policy2(space_, {0, 0}, {n, m}), f);)",
       R"(Kokkos::parallel_reduce("kovar::gsn::f",
                Kokkos::RangePolicy<E, Kokkos::IndexType<int>>(problem.space(), 0, n), f, sum);)",
       R"(auto const policy = Policy(space, n); Kokkos::parallel_for("kovar::gsn::f", policy, f);)",
       R"(Policy const policy(space, n); Kokkos::parallel_for("kovar::gsn::f", policy, f);)",
       R"(void g(E const& space, std::string const& label) {
                Kokkos::parallel_scan(label, Policy(space, n), f); })",
       R"(Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n), f);)",
       R"(auto const below = Kokkos::TeamThreadRange(team, j, n);
              Kokkos::parallel_reduce(below, [&](int i, double& sum) { sum += i < n ? 1 : 0; }, sum);)"})
    EXPECT_EQ(message_about(code), "") << code;
}

TEST(WorkRules, ReportLaunches)
{
  EXPECT_EQ(message_about("Kokkos::parallel_for(Policy(space, n), f);"),
            "parallel_for has no label");
  EXPECT_EQ(message_about(R"(Kokkos::parallel_for("kovar::gsn::f", n, f);)"),
            "parallel_for does not run on a given instance: its policy is n");
  EXPECT_EQ(message_about(R"(Kokkos::parallel_scan("kovar::gsn::f", Policy(0, n), f);)"),
            "parallel_scan does not run on a given instance: its policy is Policy(0, n)");
  EXPECT_EQ(
      message_about(R"(Kokkos::parallel_for("kovar::gsn::f", Policy(ExecSpace(), 0, n), f);)"),
      "parallel_for does not run on a given instance: its policy is Policy(ExecSpace(), 0, n)");
  EXPECT_EQ(message_about(R"(Kokkos::parallel_reduce("f", Policy(space, n), f, sum);)"),
            R"(parallel_reduce is labelled "f"; its label must begin with "kovar::gsn::)");
  EXPECT_EQ(message_about(R"(Kokkos::parallel_for("kovar::gp::f", Policy(space, n), f);)"),
            R"(parallel_for is labelled "kovar::gp::f"; its label must begin with "kovar::gsn::)");
}

TEST(WorkRules, ReportAllocations)
{
  EXPECT_EQ(
      message_about(R"(auto const x = allocate<Matrix<T, E>>(space, "kovar::gsn::x", n, n);)"), "");
  EXPECT_EQ(message_about(R"(View(Kokkos::view_alloc(space, "kovar::gsn::x"), n);)"), "");
  EXPECT_EQ(
      message_about(R"(View(Kokkos::view_alloc(space, Kokkos::WithoutInitializing, label), n);)"),
      "");
  EXPECT_EQ(message_about(
                R"(View(Kokkos::view_alloc("kovar::gsn::x", Kokkos::WithoutInitializing), n);)"),
            "view_alloc has no instance");
  EXPECT_EQ(message_about("View(Kokkos::view_alloc(space, Kokkos::WithoutInitializing), n);"),
            "view_alloc has no label");
  EXPECT_EQ(message_about(R"(View(Kokkos::view_alloc(space, "x"), n);)"),
            R"(view_alloc is labelled "x"; its label must begin with "kovar::gsn::)");
  for (char const* code : {R"(Vector<double, E> const x("kovar::gsn::x", n);)",
                           R"(Kokkos::View<double*> x("kovar::gsn::x", n);)",
                           R"(explicit Info(E const& space) : value_("kovar::gsn::info") {})",
                           R"(return Kokkos::View<double*>("x", n);)"})
    EXPECT_NE(message_about(code).find("default instance"), std::string::npos) << code;
}

TEST(WorkRules, ReportLabelsWhereTheyAreGiven)
{
  std::string const declaration =
      "template <class View, class E, class... N>\n"
      "View allocate(E const& space, std::string const& label, N... n);\n"
      "void each(E const& space, std::string const& label, int n);\n";
  EXPECT_EQ(message_about(declaration + R"(each(space, "kovar::gsn::x", n);)"), "");
  EXPECT_EQ(message_about(declaration + R"(allocate<View>(space, a.label() + " copy", n);)"), "");
  auto const violations =
      violations_of(declaration + "each(space, \"x\", n);\n" +
                    "allocate<Vector<T, E>>(space, std::string(\"y\") + name, n);\n");
  ASSERT_EQ(violations.size(), 2U);
  EXPECT_EQ(violations[0].line, 4);
  EXPECT_EQ(violations[0].message,
            R"(each is labelled "x"; its label must begin with "kovar::gsn::)");
  EXPECT_EQ(violations[1].line, 5);
}

TEST(WorkRules, ReportCopiesAndFences)
{
  EXPECT_EQ(message_about("Kokkos::deep_copy(space, to, from);"), "");
  EXPECT_EQ(message_about("Kokkos::deep_copy(space, a, Kokkos::subview(b, Kokkos::ALL, k));"), "");
  EXPECT_NE(message_about("Kokkos::deep_copy(to, from);"), "");
  EXPECT_NE(message_about("Kokkos::deep_copy(a, b, c);"), "");
  EXPECT_NE(message_about("auto const h = Kokkos::create_mirror_view_and_copy(Host(), a);"), "");
  EXPECT_EQ(message_about("space.fence();  // the host reads a"), "");
  EXPECT_EQ(message_about("space_.fence(\"kovar::gsn::f\");  // the host reads a"), "");
  EXPECT_NE(message_about("space.fence();"), "");
  EXPECT_NE(message_about("Kokkos::fence();  // why"), "");
  EXPECT_EQ(message_about("ExecSpace().fence();  // that library works on the default instance"),
            "");
}

TEST(WorkRules, ReportRegions)
{
  EXPECT_EQ(message_about(R"(Region const region("kovar::gsn::f");)"), "");
  EXPECT_EQ(message_about(R"(Region const region(std::string("kovar::gsn::f[") + library + "]");)"),
            "");
  EXPECT_EQ(message_about(R"(Region const region("f");)"),
            R"(a region is labelled "f"; its label must begin with "kovar::gsn::)");
  EXPECT_NE(message_about(R"(Region("kovar::gsn::f");)"), "");
  EXPECT_NE(message_about(R"(Kokkos::Profiling::pushRegion("kovar::gsn::f");)"), "");
}

TEST(WorkRules, OverlookCommentsAndLiterals)
{
  EXPECT_EQ(message_about("// Kokkos::fence();\n/* Kokkos::deep_copy(a, b); */\n"), "");
  EXPECT_EQ(message_about(R"(throw Error("Kokkos::fence() failed");)"), "");
}

TEST(SourceText, FindsCallsWithTheirArguments)
{
  SourceText const text(
      "f<A<int, 2>>(a < b ? \"x, (y\" : c,\n  // no, (comment)\n  [&](int i) { g(i, 1); });\n");
  ASSERT_EQ(text.calls().size(), 2U);
  Call const& f = text.calls()[0];
  EXPECT_EQ(f.name, "f");
  EXPECT_EQ(f.arguments,
            (std::vector<std::string>{"a < b ? \"x, (y\" : c", "[&](int i) { g(i, 1); }"}));
  EXPECT_EQ(text.calls()[1].name, "g");
  EXPECT_EQ(text.line_of(text.calls()[1].begin), 3);
}

}  // namespace
