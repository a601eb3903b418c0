// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/error.hpp>
#include <support/build_info.hpp>
#include <support/exit_code.hpp>
#include <support/text.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <array>
#include <cstdlib>
#include <filesystem>

extern char** environ;  // of POSIX; no header declares it

namespace kovar::apps {
namespace {

constexpr char const* how_to_install =
    "on Debian: apt install python3-h5py python3-matplotlib; elsewhere: pip install h5py "
    "matplotlib; another Python is named by KOVAR_PYTHON";

/// Run a Python to its end. \return its exit code, or -1 if there is no such program
int run_python(std::string const& python, std::vector<std::string> arguments)
{
  arguments.insert(arguments.begin(), python);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  pid_t child = 0;
  if (posix_spawnp(&child, python.c_str(), nullptr, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : int{exit_error};
}

/// What keeps a Python from drawing, or "" if nothing does.
std::string obstacle(std::string const& python)
{
  // Looks the packages up without importing them, and answers in bits above 64.
  int const answer = run_python(
      python, {"-c",
               "import sys, importlib.util as u\n"
               "lost = [u.find_spec(m) is None for m in ('numpy', 'h5py', 'matplotlib')]\n"
               "sys.exit(64 + sum(2**k * l for k, l in enumerate(lost)))"});
  if (answer < 0)
    return "plot: " + python + " was not found (it draws the pictures); " + how_to_install;
  std::vector<std::string> lost;
  std::array<char const*, 3> const packages = {"numpy", "h5py", "matplotlib"};
  for (std::size_t k = 0; k < packages.size(); ++k)
    if (answer < 64 || ((answer - 64) >> k & 1) != 0) lost.emplace_back(packages[k]);
  if (lost.empty()) return "";
  return "plot: " + python + " lacks " + join(lost) + " (it draws the pictures); " + how_to_install;
}

/// The Python of the environment variable KOVAR_PYTHON; else the first on the PATH, or the system's
/// where that one cannot draw (environments of conda, pyenv and the like often hide it).
/// \throws Error that names what is missing
std::string find_python()
{
  char const* const chosen = std::getenv("KOVAR_PYTHON");
  std::vector<std::string> const candidates =
      chosen != nullptr ? std::vector<std::string>{chosen}
                        : std::vector<std::string>{"python3", "/usr/bin/python3"};
  for (std::string const& python : candidates)
    if (obstacle(python).empty()) return python;
  throw Error(obstacle(candidates.front()));
}

/// Beside the installed program, else in the source tree that it was built from.
std::string find_script()
{
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path const program = fs::read_symlink("/proc/self/exe", ignored);
  std::array<fs::path, 2> const places = {
      program.parent_path().parent_path() / KOVAR_DATA_FOLDER / "kovar_plot.py",
      KOVAR_PLOT_SCRIPT_IN_SOURCE};
  for (fs::path const& place : places)
    if (fs::exists(place, ignored)) return place.string();
  throw Error("plot: the script kovar_plot.py is neither at '" + places[0].string() + "' nor at '" +
              places[1].string() + "'; install kovar again");
}

int draw(OptionValues const& values)
{
  std::string const result = values.text("result");
  KOVAR_REQUIRE(
      std::filesystem::exists(result),
      "plot: there is no file '"
          << result
          << "'; 'kovar gsn estimate', 'kovar spectral train', 'kovar gp fit' and 'kovar fit' "
             "write one");
  return run_python(find_python(), {find_script(), result, "--output=" + values.text("output")});
}

int run_plot(Context const& context, OptionValues const& values)
{
  double code = exit_done;
  dist::agree(context.comm, [&] {
    if (context.comm.is_root()) code = draw(values);
  });
  context.comm.broadcast(&code, 1);
  return static_cast<int>(code);
}

}  // namespace

Command plot()
{
  return {
      "plot",
      "pictures of a result or a model",
      "Draws of an estimate the eigenspectra of signal and noise, the likelihood of the shrinkage "
      "levels, the noise ceilings and the covariance matrices; of a model its training, the "
      "importances of features and how it responds to each; of a Gaussian process its fit, slices "
      "with bands, predictions against what was observed and leave-one-out residuals; of a binned "
      "fit pulls, correlations, impacts, profiles and the channels with their data. PNG and SVG. "
      "Needs python3 with h5py "
      "and matplotlib.",
      {"kovar plot result.h5", "kovar plot result.h5 --output=pictures"},
      {{{"Pictures",
         {
             {"result", OptionKind::file, required,
              "HDF5 file of 'kovar gsn estimate', 'kovar spectral train', 'kovar gp fit' or 'kovar "
              "fit'"},
             {"output", OptionKind::folder, ".", "folder of the pictures"},
         }}},
       "result"},
      Needs::nothing,
      run_plot};
}

}  // namespace kovar::apps
