// SPDX-License-Identifier: BSD-3-Clause
#include "spectral_train_request.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <support/command.hpp>
#include <support/space_choice.hpp>

#include <charconv>

namespace kovar::apps {

namespace {

/// Those of all commands on samples, with several targets.
std::vector<Option> headed_sample_options()
{
  auto options = sample_options();
  for (Option& option : options)
    if (option.name == "target")
      option = {"target", OptionKind::names, "-1",
                "column to predict: its name, or its number from 1; -1 is the last. Several, "
                "joined by commas, are learnt together, a head of the model for each"};
  return options;
}

}  // namespace

OptionTable train_options()
{
  using Kind = OptionKind;
  return {{
              {"Data", in_a_row({table_options("CSV or HDF5 table with features and target"),
                                 headed_sample_options(),
                                 {{"output", Kind::file, required, "HDF5 file of the model"}}})},
              {"Model",
               {
                   {"order", Kind::count, "15", "d: rows of the matrices"},
                   {"k", Kind::names, "middle",
                    "which eigenvalue: first (a concave function of the features), middle, last "
                    "(convex), or a number from 0, negative from the last; one for all targets, "
                    "or one for each"},
                   {"norm_penalty", Kind::real, "0",
                    "times the sum of the features' spectral norms is added to the loss, the mean "
                    "over rows and targets"},
                   {"storage",
                    Kind::choice,
                    "packed",
                    "packed takes true derivatives; full does as PyTorch, to reproduce published "
                    "runs",
                    {"packed", "full"}},
                   {"seed", Kind::count, "0", "of the first parameters and of shuffling"},
               }},
              {"Training",
               {
                   {"epochs", Kind::count, "100", "passes over the training rows, at most"},
                   {"batch", Kind::count, "64", "rows of a step"},
                   {"optimizer", Kind::choice, "adam", "adam, or adamw", {"adam", "adamw"}},
                   {"learning_rate", Kind::real, "5e-3", "at its highest"},
                   {"weight_decay", Kind::real, "0", "draws parameters to zero"},
                   {"schedule",
                    Kind::choice,
                    "one_cycle",
                    "of the learning rate: one_cycle rises over a tenth of the epochs and falls to "
                    "zero",
                    {"one_cycle", "constant"}},
                   {"patience", Kind::count, "0",
                    "end after so many epochs without a lower validation error over all targets; "
                    "0: never"},
                   {"shuffle_batches", Kind::flag, "false",
                    "shuffle the training rows before each epoch"},
                   {"precision",
                    Kind::choice,
                    "double",
                    "number type of the model",
                    {"double", "float"}},
               }},
              {"Long runs",
               {
                   {"checkpoint", Kind::file, "",
                    "leave the state behind here, and go on from it after an interruption"},
                   {"checkpoint_epochs", Kind::count, "10", "epochs from one to the next"},
                   {"time_limit", Kind::duration, "",
                    "end with a checkpoint after this time, with exit code 3"},
               }},
              {"Machine", space_options()},
              common_options(),
          },
          "data"};
}

std::int64_t eigenvalue_of(std::string const& word, std::int64_t d)
{
  if (word == "first") return 0;
  if (word == "middle") return d / 2;
  if (word == "last") return d - 1;
  std::int64_t k = 0;
  auto const [stop, fault] = std::from_chars(word.data(), word.data() + word.size(), k);
  KOVAR_REQUIRE(fault == std::errc() && stop == word.data() + word.size(),
                "spectral train: --k is '"
                    << word << "'; give first, middle, last, or an integer from " << -d << " to "
                    << d - 1);
  return linalg::eigenvalue_index(k, d);
}

std::vector<std::int64_t> indices_of(TrainRequest const& request, std::size_t n_targets)
{
  if (request.k.size() == 1) return std::vector<std::int64_t>(n_targets, request.k.front());
  KOVAR_REQUIRE(request.k.size() == n_targets,
                "spectral train: --k has " << request.k.size() << " entries for " << n_targets
                                           << (n_targets == 1 ? " target" : " targets")
                                           << "; give one for all, or one for each");
  return request.k;
}

TrainRequest train_request(OptionValues const& values)
{
  TrainRequest request;
  request.table = table_request("spectral train", values);
  request.output = values.text("output");
  request.json = values.text("json");
  request.checkpoint = values.text("checkpoint");
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  KOVAR_REQUIRE(!request.time_limit || !request.checkpoint.empty(),
                "spectral train: --time_limit needs a --checkpoint to end with; give one");
  require_different_files(
      "spectral train", request.table.path,
      {{"output", request.output}, {"json", request.json}, {"checkpoint", request.checkpoint}});
  request.order = values.count("order");
  KOVAR_REQUIRE(request.order > 0,
                "spectral train: --order is 0 (a matrix has at least one row); "
                "give a positive number");
  for (std::string const& word : values.names("k"))
    request.k.push_back(eigenvalue_of(word, request.order));
  KOVAR_REQUIRE(!request.k.empty(),
                "spectral train: --k is empty; give first, middle, last, or an integer from "
                    << -request.order << " to " << request.order - 1);
  request.storage =
      values.text("storage") == "full" ? spectral::Storage::full : spectral::Storage::packed;
  request.seed = static_cast<std::uint64_t>(values.count("seed"));
  request.samples = sample_request(values, request.seed);
  request.single_precision = values.text("precision") == "float";
  request.talks = !values.flag("quiet");
  request.space = choose_space("spectral train", values.text("backend"), values.text("device"));

  spectral::TrainingOptions& options = request.options;
  options.n_epochs = values.count("epochs");
  options.batch_size = values.count("batch");
  options.order = values.flag("shuffle_batches") ? RowOrder::shuffled : RowOrder::file;
  options.seed = request.seed;
  options.learning_rate = values.real("learning_rate");
  options.schedule = values.text("schedule") == "constant" ? spectral::Schedule::constant
                                                           : spectral::Schedule::one_cycle;
  options.optimizer.weight_decay = values.real("weight_decay");
  options.optimizer.decay = values.text("optimizer") == "adamw" ? spectral::WeightDecay::decoupled
                                                                : spectral::WeightDecay::gradient;
  options.norm_penalty = values.real("norm_penalty");
  options.patience = values.count("patience");
  options.n_epochs_to_checkpoint = values.count("checkpoint_epochs");
  return request;
}

}  // namespace kovar::apps
