// SPDX-License-Identifier: BSD-3-Clause
// Times kovar on one case and prints a line of JSON; compare.py puts it beside PyTorch and NumPy.
// README.md says what goes in and out.
#include "bench_options.hpp"
#include "bench_report.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/io/table.hpp>
#include <kovar/linalg/batched_spectrum.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/training.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

/// Streams of draws, as in cases.py.
enum Stream : std::uint32_t { features = 1, upstream = 2, matrices = 3 };

template <class Scalar, class ExecSpace>
spectral::Rows<Scalar, ExecSpace> to_rows(ExecSpace const& space, std::vector<Scalar> const& list,
                                          std::int64_t n_rows)
{
  auto const rows = allocate<spectral::Rows<Scalar, ExecSpace>>(
      space, "kovar::perf::rows", n_rows, static_cast<std::int64_t>(list.size()) / n_rows);
  Kokkos::deep_copy(space, Vector<Scalar, ExecSpace>(rows.data(), rows.size()),
                    HostListView<Scalar const>(list.data(), list.size()));
  space.fence();  // the list goes away
  return rows;
}

/// What every line says of its case.
template <class ExecSpace>
JsonObject fields_of(SpectralOptions const& options, std::int64_t n)
{
  JsonObject fields = run_fields<ExecSpace>(options);
  fields.add("d", options.d);
  fields.add("k", options.k);
  fields.add("n", n);
  return fields;
}

/// n lower triangles, row by row.
template <class Scalar, class ExecSpace>
spectral::Rows<Scalar, ExecSpace> random_triangles(ExecSpace const& space,
                                                   SpectralOptions const& options)
{
  std::int64_t const n = options.n * linalg::triangle_size(options.d);
  return to_rows(space, normal_draws<Scalar>(options.seed, matrices, n), options.n);
}

template <class Scalar, class ExecSpace>
JsonObject bench_values(ExecSpace const& space, SpectralOptions const& options)
{
  auto const triangles = random_triangles<Scalar>(space, options);
  linalg::SymmetricBatch<Scalar, ExecSpace> const batch{
      spectral::ConstRows<Scalar, ExecSpace>(triangles)};
  auto const values = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::perf::values", options.n);
  JsonObject line = fields_of<ExecSpace>(options, options.n);
  line.add("seconds", seconds_of(space, options.repeats,
                                 [&] { linalg::kth_eigenvalue(space, batch, options.k, values); }));
  line.add("check", check_of(to_list(space, values)));
  return line;
}

template <class Scalar, class ExecSpace>
JsonObject bench_spectrum(ExecSpace const& space, SpectralOptions const& options)
{
  auto const triangles = random_triangles<Scalar>(space, options);
  linalg::SymmetricBatch<Scalar, ExecSpace> const batch{
      spectral::ConstRows<Scalar, ExecSpace>(triangles)};
  auto const values = allocate<spectral::Rows<Scalar, ExecSpace>>(space, "kovar::perf::values",
                                                                  options.n, options.d);
  JsonObject line = fields_of<ExecSpace>(options, options.n);
  line.add("seconds", seconds_of(space, options.repeats,
                                 [&] { linalg::batched_eigenvalues(space, batch, values); }));
  Vector<Scalar, ExecSpace> const all(values.data(), values.size());
  line.add("check", check_of(to_list(space, all)));
  return line;
}

/// A model as training starts from it, and samples.
template <class Scalar, class ExecSpace>
struct ModelInputs {
  ModelInputs(ExecSpace const& space, SpectralOptions const& options)
      : trainable(
            spectral::initial_model<Scalar>(space, options.d, options.p, options.k, options.seed)),
        model(spectral::eigenvalue_model(space, trainable)),
        x(to_rows(space, normal_draws<Scalar>(options.seed, features, options.n * options.p),
                  options.n)),
        g(to_space(space, normal_draws<Scalar>(options.seed, upstream, options.n),
                   "kovar::perf::g")),
        values(allocate<Vector<Scalar, ExecSpace>>(space, "kovar::perf::values", options.n))
  {
  }

  spectral::TrainableModel<Scalar, ExecSpace> trainable;
  spectral::EigenvalueModel<Scalar, ExecSpace> model;
  spectral::ConstRows<Scalar, ExecSpace> x;
  Vector<Scalar, ExecSpace> g;
  Vector<Scalar, ExecSpace> values;
};

template <class Scalar, class ExecSpace>
JsonObject bench_predict(ExecSpace const& space, SpectralOptions const& options)
{
  ModelInputs<Scalar, ExecSpace> const in(space, options);
  JsonObject line = fields_of<ExecSpace>(options, options.n);
  line.add("p", options.p);
  line.add("seconds", seconds_of(space, options.repeats,
                                 [&] { spectral::evaluate(space, in.model, in.x, in.values); }));
  line.add("check", check_of(to_list(space, in.values)));
  return line;
}

/// Frobenius norm of symmetric gradients from derivatives by stored entries: an entry off the diagonal
/// is twice that of either of its two places.
template <class Scalar>
double norm_of_triangles(std::vector<Scalar> const& derivatives, std::int64_t d)
{
  double sum = 0;
  for (std::size_t e = 0; e < derivatives.size();)
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j <= i; ++j, ++e)
        sum += std::pow(static_cast<double>(derivatives[e]), 2) * (i == j ? 1 : 0.5);
  return std::sqrt(sum);
}

template <class Scalar, class ExecSpace>
JsonObject bench_gradient(ExecSpace const& space, SpectralOptions const& options)
{
  ModelInputs<Scalar, ExecSpace> const in(space, options);
  auto const vectors = allocate<spectral::Rows<Scalar, ExecSpace>>(
      space, "kovar::perf::vectors", options.n,
      spectral::vector_row_length<Scalar, ExecSpace>(options.d));
  auto const gradient = spectral::make_gradient(space, in.model);
  spectral::SortedDiagonal<Scalar> by_diagonal;
  JsonObject line = fields_of<ExecSpace>(options, options.n);
  line.add("p", options.p);
  line.add("seconds", seconds_of(space, options.repeats, [&] {
             spectral::evaluate(space, in.model, in.x, in.values, vectors);
             spectral::parameter_gradient(space, in.model, in.x, vectors, in.g, gradient);
             by_diagonal =
                 spectral::gradient_of(in.trainable.diagonal, to_list(space, gradient.diagonal));
           }));
  JsonObject check = check_of(to_list(space, in.values));
  double squares = 0;
  for (Scalar const t : by_diagonal.increments)
    squares += static_cast<double>(t) * static_cast<double>(t);
  check.add("grad_start", static_cast<double>(by_diagonal.start));
  check.add("grad_increments", std::sqrt(squares));
  Vector<Scalar, ExecSpace> const by_coefficients(gradient.coefficients.data(),
                                                  gradient.coefficients.size());
  check.add("grad_A", norm_of_triangles(to_list(space, by_coefficients), options.d));
  line.add("check", check);
  return line;
}

template <class Scalar, class ExecSpace>
spectral::TrainingData<Scalar, ExecSpace> read_data(ExecSpace const& space, std::string const& path)
{
  auto const read = [&](std::string const& part, auto& x, auto& y) {
    io::TableOptions table_options;
    table_options.dataset = "X_" + part;
    io::Table const table = io::read_table(path, table_options);
    std::vector<Scalar> rows;
    std::vector<Scalar> targets;
    for (std::int64_t row = 0; row < table.n_rows; ++row)
      for (std::size_t column = 0; column < table.columns.size(); ++column)
        (table.columns[column] == "y_" + part ? targets : rows)
            .push_back(static_cast<Scalar>(table(row, column)));
    KOVAR_REQUIRE(!targets.empty(), "'" << path << "' has no dataset y_" << part << " of "
                                        << table.n_rows
                                        << " numbers; make it with housing_shape.py --prepared");
    x = to_rows(space, rows, table.n_rows);
    y = to_space(space, targets, "kovar::perf::y");
  };
  spectral::TrainingData<Scalar, ExecSpace> data;
  read("train", data.x, data.y);
  read("test", data.x_validation, data.y_validation);
  return data;
}

template <class Scalar, class ExecSpace>
JsonObject bench_training(ExecSpace const& space, SpectralOptions const& options)
{
  auto const data = read_data<Scalar>(space, options.data);
  spectral::TrainingOptions training;
  training.n_epochs = options.epochs;
  training.batch_size = options.batch;
  training.learning_rate = options.rate;
  training.optimizer.weight_decay = options.weight_decay;
  auto const p = static_cast<std::int64_t>(data.x.extent(1));
  spectral::TrainingResult result;
  std::vector<double> seconds;
  for (std::int64_t i = 0; i < options.repeats; ++i) {
    auto model = spectral::initial_model<Scalar>(space, options.d, p, options.k, options.seed);
    result = spectral::train(space, dist::Communicator(), model, data, training);
    seconds.push_back(0);
    for (spectral::EpochRecord const& epoch : result.history) seconds.back() += epoch.seconds;
  }
  std::vector<double> train_rmse;
  std::vector<double> test_rmse;
  for (spectral::EpochRecord const& epoch : result.history) {
    train_rmse.push_back(epoch.train_rmse);
    test_rmse.push_back(epoch.validation_rmse);
  }
  JsonObject line = fields_of<ExecSpace>(options, static_cast<std::int64_t>(data.x.extent(0)));
  line.add("p", p);
  line.add("epochs", options.epochs);
  line.add("batch", options.batch);
  line.add("microseconds_per_step",
           1e6 * seconds.back() / static_cast<double>(result.history.back().n_steps));
  line.add("seconds", seconds);
  JsonObject check;
  check.add("train_rmse", train_rmse);
  check.add("test_rmse", test_rmse);
  line.add("check", check);
  return line;
}

template <class Scalar, class ExecSpace>
JsonObject bench(ExecSpace const& space, SpectralOptions const& options)
{
  if (options.bench_case == "values") return bench_values<Scalar>(space, options);
  if (options.bench_case == "spectrum") return bench_spectrum<Scalar>(space, options);
  if (options.bench_case == "predict") return bench_predict<Scalar>(space, options);
  if (options.bench_case == "gradient") return bench_gradient<Scalar>(space, options);
  if (options.bench_case == "training") return bench_training<Scalar>(space, options);
  throw InputError("--case=" + options.bench_case +
                   " is unsupported; give values, spectrum, predict, gradient or training");
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::SpectralOptions;
  return kovar::perf::bench_main(
      "kovar_spectral_bench", argc, argv, kovar::perf::spectral_options,
      [](SpectralOptions const& options, auto scalar, auto const& space) {
        return kovar::perf::bench<decltype(scalar)>(space, options);
      });
}
