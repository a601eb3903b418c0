// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/task.hpp>

namespace kovar::gsn {
namespace {

void append(std::vector<double>& numbers, std::vector<double> const& list)
{
  numbers.push_back(static_cast<double>(list.size()));
  numbers.insert(numbers.end(), list.begin(), list.end());
}

/// Reads what append() wrote.
class Reader {
 public:
  explicit Reader(std::vector<double> const& numbers) : numbers_(numbers) {}
  bool at_end() const { return next_ >= numbers_.size(); }
  double number()
  {
    KOVAR_REQUIRE(next_ < numbers_.size(),
                  "checkpoint: a list of numbers ends too early (the file is damaged); remove it "
                  "and start again");
    return numbers_[next_++];
  }
  std::vector<double> list()
  {
    std::vector<double> values(static_cast<std::size_t>(number()));
    for (double& value : values) value = number();
    return values;
  }

 private:
  std::vector<double> const& numbers_;
  std::size_t next_ = 0;
};

}  // namespace

double work_after(std::string const& stage, Items const& returns, std::int64_t n_units)
{
  bool const has_next = (stage == projection_stage_name && wants_signal_basis(returns)) ||
                        (stage != difference_basis_stage && wants_difference_basis(returns));
  return has_next ? 1 : result_work(n_units) / eigen_flops(n_units);
}

std::vector<double> to_numbers(LevelChoice const& choice)
{
  std::vector<double> numbers = {choice.level, choice.best_nll};
  append(numbers, choice.nll);
  for (std::vector<double> const& curve : choice.nll_of_folds) append(numbers, curve);
  return numbers;
}

LevelChoice level_choice_from_numbers(std::vector<double> const& numbers)
{
  Reader reader(numbers);
  LevelChoice choice;
  choice.level = reader.number();
  choice.best_nll = reader.number();
  choice.nll = reader.list();
  while (!reader.at_end()) choice.nll_of_folds.push_back(reader.list());
  return choice;
}

void put_warnings(Checkpoint& checkpoint, std::string const& name,
                  std::vector<Warning> const& warnings)
{
  std::vector<double> codes;
  std::vector<std::string> messages;
  for (Warning const& warning : warnings) {
    codes.push_back(static_cast<double>(warning.code));
    messages.push_back(warning.message);
  }
  checkpoint.put_numbers(name + " codes", codes);
  checkpoint.put_texts(name, messages);
}

std::vector<Warning> read_warnings(Checkpoint const& checkpoint, std::string const& name)
{
  std::vector<double> const codes = checkpoint.numbers(name + " codes");
  std::vector<std::string> const messages = checkpoint.texts(name);
  std::vector<Warning> warnings;
  for (std::size_t k = 0; k < messages.size(); ++k)
    warnings.push_back({static_cast<Warning::Code>(static_cast<int>(codes.at(k))), messages[k]});
  return warnings;
}

}  // namespace kovar::gsn
