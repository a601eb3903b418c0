// SPDX-License-Identifier: BSD-3-Clause
// Times one operation on a block-cyclic matrix over all ranks; prints a line of JSON.
#include "support/bench.hpp"
#include "support/peak_memory.hpp"

#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/eigen.hpp>
#include <kovar/dist/fill.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/dist/psd_projection.hpp>
#include <kovar/dist/redistribute.hpp>

#include <functional>

namespace kovar::perf {
namespace {

using dist::Host;

struct DistOptions : RunOptions {
  std::int64_t n = 2000;
  std::int64_t wanted = -1;
  std::int64_t block = 64;
  std::string engine = "automatic";
};

DistOptions dist_options(int argc, char** argv)
{
  DistOptions options;
  options.precision = "double";
  options.bench_case = "cholesky";
  options.space = "host";
  options.repeats = 3;
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("n", options.n);
  list.take("wanted", options.wanted);
  list.take("block", options.block);
  list.take("engine", options.engine);
  list.require_empty();
  if (options.wanted < 0) options.wanted = options.n / 10;
  KOVAR_REQUIRE(options.space == "host", "--space is host: the engines work there");
  KOVAR_REQUIRE(options.n > 0 && options.block > 0, "--n and --block count from 1");
  KOVAR_REQUIRE(options.wanted <= options.n, "--wanted is at most --n");
  return options;
}

dist::EigenEngine engine_of(std::string const& name)
{
  if (name == "elpa") return dist::EigenEngine::elpa;
  if (name == "scalapack") return dist::EigenEngine::scalapack;
  KOVAR_REQUIRE(name == "automatic", "--engine is automatic, elpa or scalapack");
  return dist::EigenEngine::automatic;
}

/// A symmetric matrix of random numbers between -1 and 1, about half of whose eigenvalues are negative, with
/// this added to its diagonal.
template <class Scalar>
void fill_random(dist::BlockCyclicMatrix<Scalar> const& a, double on_diagonal)
{
  dist::fill_entries(
      Host(), "kovar::perf::random_entries", a, dist::Part::all,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        auto const low = static_cast<std::uint64_t>(i < j ? i : j);
        auto const high = static_cast<std::uint64_t>(i < j ? j : i);
        std::uint64_t bits = (low << 32 | high) * 0x9E3779B97F4A7C15ull;
        bits = (bits ^ bits >> 29) * 0xBF58476D1CE4E5B9ull;
        double const draw = static_cast<double>((bits ^ bits >> 32) >> 11) / 4503599627370496.0 - 1;
        return static_cast<Scalar>(draw + (i == j ? on_diagonal : 0.0));
      });
}

/// An operation: what comes before it, off the clock, and the operation itself.
struct Operation {
  std::function<void()> prepare;
  std::function<void()> run;
  double flops = 0;
};

template <class Scalar>
class Bench {
 public:
  explicit Bench(DistOptions const& options)
      : options_(options), engine_(engine_of(options.engine)), grid_(dist::Communicator::world())
  {
    a_ = matrix(options.n);
  }

  Operation operation()
  {
    double const n = static_cast<double>(options_.n);
    double const m = static_cast<double>(options_.wanted);
    double const definite = 2 * n;
    auto const random = [this] { fill_random(a_, 0); };
    auto const factor = [this, definite] {
      fill_random(a_, definite);
      dist::cholesky(space_, a_);
    };
    std::string const& name = options_.bench_case;
    if (name == "fill") return {[] {}, random, 0};
    if (name == "gemm") return products(2 * n * n * n, false);
    if (name == "syrk") return products(n * n * n, true);
    if (name == "mirror") return {random, [this] { dist::fill_upper_triangle(space_, a_); }, 0};
    if (name == "redistribute") return {random, [this] { dist::to_row_blocks(space_, a_); }, 0};
    if (name == "cholesky")
      return {[this, definite] { fill_random(a_, definite); },
              [this] { dist::cholesky(space_, a_); }, n * n * n / 3};
    if (name == "inverse")
      return {factor, [this] { dist::invert_factored(space_, a_); }, 2 * n * n * n / 3};
    if (name == "solve") return solve(factor);
    if (name == "eigenvalues")
      return {random, [this] { dist::eigenvalues(space_, a_); }, 4 * n * n * n / 3};
    if (name == "eigen")
      return {
          random,
          [this] {
            dist::eigenpairs(space_, a_, {dist::SpectrumEnd::smallest, options_.wanted}, engine_);
          },
          4 * n * n * n / 3 + 2 * n * n * m};
    KOVAR_REQUIRE(name == "project", "--case=" << name << " is none; see README.md");
    return {random, [this] { dist::project_psd(space_, a_, engine_); }, 0};
  }

  dist::ProcessGrid const& grid() const { return grid_; }

 private:
  dist::BlockCyclicMatrix<Scalar> matrix(std::int64_t n_columns) const
  {
    return dist::BlockCyclicMatrix<Scalar>(space_, "kovar::perf::matrix", grid_, options_.n,
                                           n_columns, {options_.block, options_.block});
  }

  Operation products(double flops, bool is_symmetric)
  {
    b_ = matrix(options_.n);
    c_ = is_symmetric ? dist::BlockCyclicMatrix<Scalar>() : matrix(options_.n);
    auto const prepare = [this] {
      fill_random(a_, 0);
      fill_random(b_, 0);
    };
    if (is_symmetric)
      return {prepare, [this] { dist::syrk(space_, dist::Op::none, Scalar(1), a_, Scalar(0), b_); },
              flops};
    return {prepare,
            [this] {
              dist::gemm(space_, dist::Op::none, dist::Op::none, Scalar(1), a_, b_, Scalar(0), c_);
            },
            flops};
  }

  template <class Factor>
  Operation solve(Factor const& factor)
  {
    constexpr std::int64_t n_columns = 64;
    b_ = matrix(n_columns);
    auto const n = static_cast<double>(options_.n);
    return {[this, factor] {
              factor();
              fill_random(b_, 0);
            },
            [this] { dist::solve_factored(space_, a_, b_); }, 2 * n * n * n_columns};
  }

  DistOptions options_;
  dist::EigenEngine engine_;
  Host space_;
  dist::ProcessGrid grid_;
  dist::BlockCyclicMatrix<Scalar> a_;
  dist::BlockCyclicMatrix<Scalar> b_;
  dist::BlockCyclicMatrix<Scalar> c_;
};

template <class Scalar>
JsonObject bench(DistOptions const& options, Scalar /*scalar*/)
{
  PeakMemory const memory;
  Bench<Scalar> bench(options);
  auto const operation = bench.operation();
  auto const& comm = bench.grid().comm();
  std::vector<double> seconds;
  for (std::int64_t k = 0; k < options.repeats; ++k) {
    operation.prepare();
    comm.barrier();
    double time = seconds_of_one(Host(), operation.run);
    comm.max_to_all(&time, 1);
    seconds.push_back(time);
  }
  std::int64_t peak_bytes = memory.bytes();
  comm.max_to_all(&peak_bytes, 1);

  JsonObject line = run_fields<Host>(options);
  line.add("n", options.n);
  line.add("wanted", options.wanted);
  line.add("block", options.block);
  line.add("engine", options.engine);
  line.add("ranks", static_cast<std::int64_t>(comm.size()));
  line.add("seconds", seconds);
  line.add("flops", operation.flops);
  line.add("matrix_bytes", options.n * options.n * static_cast<std::int64_t>(sizeof(Scalar)));
  line.add("peak_bytes", peak_bytes);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::DistOptions;
  return kovar::perf::bench_main("kovar_dist_bench", argc, argv, kovar::perf::dist_options,
                                 [](DistOptions const& options, auto scalar, auto const&) {
                                   return kovar::perf::bench(options, scalar);
                                 });
}
