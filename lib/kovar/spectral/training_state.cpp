// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/spectral/training_state.hpp>

#include <string>

namespace kovar::spectral {
namespace {

constexpr char const* history_name = "training history";
constexpr char const* counters_name = "training counters";
constexpr char const* parameters_name = "parameters";
constexpr char const* first_moment_name = "first moment";
constexpr char const* second_moment_name = "second moment";
constexpr char const* best_name = "best parameters";
constexpr std::size_t n_columns = 7;       // of an epoch
constexpr std::size_t n_head_columns = 3;  // and of each head in it

std::vector<double> numbers_of(std::vector<EpochRecord> const& history)
{
  std::vector<double> numbers;
  for (EpochRecord const& r : history) {
    for (double const number :
         {static_cast<double>(r.epoch), static_cast<double>(r.n_steps), r.learning_rate,
          r.train_rmse, r.validation_rmse, r.largest_norm, r.seconds})
      numbers.push_back(number);
    for (HeadRecord const& head : r.heads)
      for (double const number : {head.train_rmse, head.validation_rmse, head.largest_norm})
        numbers.push_back(number);
  }
  return numbers;
}

std::vector<EpochRecord> history_from(std::vector<double> const& numbers, std::int64_t n_heads)
{
  std::size_t const n_all = n_columns + n_head_columns * static_cast<std::size_t>(n_heads);
  KOVAR_REQUIRE(numbers.size() % n_all == 0,
                "'" << history_name << "' in the checkpoint has " << numbers.size() << " numbers ("
                    << n_all << " for each epoch are wanted); remove it to start anew");
  std::vector<EpochRecord> history;
  for (std::size_t i = 0; i < numbers.size(); i += n_all) {
    history.push_back({static_cast<std::int64_t>(numbers[i]),
                       static_cast<std::int64_t>(numbers[i + 1]),
                       numbers[i + 2],
                       numbers[i + 3],
                       numbers[i + 4],
                       numbers[i + 5],
                       numbers[i + 6],
                       {}});
    for (std::size_t head = i + n_columns; head < i + n_all; head += n_head_columns)
      history.back().heads.push_back({numbers[head], numbers[head + 1], numbers[head + 2]});
  }
  return history;
}

/// Rank 0 has the vector, the others nothing, as far as the checkpoint is concerned.
template <class List>
std::int64_t rows_on_root(dist::Communicator const& comm, List const& v)
{
  return comm.is_root() ? static_cast<std::int64_t>(v.extent(0)) : 0;
}

template <class Scalar, class ExecSpace>
void put_vector(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
                std::string const& name, Vector<Scalar, ExecSpace> const& v)
{
  auto const host = Kokkos::create_mirror_view(v);
  Kokkos::deep_copy(space, host, v);
  space.fence();  // the checkpoint reads the copy on the host
  checkpoint.put_matrix(name, comm.is_root() ? host.data() : nullptr, rows_on_root(comm, v), 1);
}

template <class Scalar, class ExecSpace>
void read_vector(ExecSpace const& space, dist::Communicator const& comm,
                 Checkpoint const& checkpoint, std::string const& name,
                 Vector<Scalar, ExecSpace> const& v)
{
  auto const host = Kokkos::create_mirror_view(v);
  space.fence();  // the copy on the host is written to
  checkpoint.read_matrix(name, comm.is_root() ? host.data() : nullptr, rows_on_root(comm, v), 1);
  comm.broadcast(reinterpret_cast<char*>(host.data()),
                 static_cast<std::int64_t>(v.extent(0) * sizeof(Scalar)));
  Kokkos::deep_copy(space, v, host);
  space.fence();  // the copy on the host goes away
}

}  // namespace

template <class Scalar, class ExecSpace>
void put_state(ExecSpace const& space, dist::Communicator const& comm, Checkpoint& checkpoint,
               TrainingStep<Scalar, ExecSpace>& step, TrainingState<Scalar, ExecSpace> const& state)
{
  checkpoint.put_numbers(history_name, numbers_of(state.history));
  checkpoint.put_numbers(counters_name, {static_cast<double>(step.optimizer().n_steps()),
                                         static_cast<double>(state.best_epoch), state.best_error});
  put_vector(space, comm, checkpoint, parameters_name, step.parameters());
  put_vector(space, comm, checkpoint, first_moment_name, step.optimizer().first_moment());
  put_vector(space, comm, checkpoint, second_moment_name, step.optimizer().second_moment());
  put_vector(space, comm, checkpoint, best_name, state.best_parameters);
}

template <class Scalar, class ExecSpace>
bool take_up_state(ExecSpace const& space, dist::Communicator const& comm,
                   Checkpoint const& checkpoint, TrainingStep<Scalar, ExecSpace>& step,
                   TrainingState<Scalar, ExecSpace>& state)
{
  if (!checkpoint.holds(history_name)) return false;
  state.history = history_from(checkpoint.numbers(history_name), step.model().n_heads());
  std::vector<double> const counters = checkpoint.numbers(counters_name);
  KOVAR_REQUIRE(counters.size() == 3, "'" << counters_name << "' in the checkpoint has "
                                          << counters.size()
                                          << " numbers (3 are wanted); remove it to start anew");
  step.optimizer().set_n_steps(static_cast<std::int64_t>(counters[0]));
  state.best_epoch = static_cast<std::int64_t>(counters[1]);
  state.best_error = counters[2];
  read_vector(space, comm, checkpoint, first_moment_name, step.optimizer().first_moment());
  read_vector(space, comm, checkpoint, second_moment_name, step.optimizer().second_moment());
  read_vector(space, comm, checkpoint, parameters_name, state.best_parameters);
  step.set_parameters(state.best_parameters);
  read_vector(space, comm, checkpoint, best_name, state.best_parameters);
  return true;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                  \
  template void put_state(ExecSpace const&, dist::Communicator const&, Checkpoint&,           \
                          TrainingStep<Scalar, ExecSpace>&,                                   \
                          TrainingState<Scalar, ExecSpace> const&);                           \
  template bool take_up_state(ExecSpace const&, dist::Communicator const&, Checkpoint const&, \
                              TrainingStep<Scalar, ExecSpace>&,                               \
                              TrainingState<Scalar, ExecSpace>&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
