// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_EXPERIMENT_HPP
#define KOVAR_FIT_EXPERIMENT_HPP

#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/likelihood_options.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/fit/toy_draws.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What a likelihood is confronted with: the data, named pseudodata, the prediction itself (Asimov), or
/// pseudo-experiments drawn at random (toys).

namespace kovar::fit {

/// Observations of an experiment, real or not, and where its fit starts.
struct Experiment {
  std::vector<double> data;            ///< one per fitted bin
  std::vector<double> data_variances;  ///< one per fitted bin; chi square alone reads them
  std::vector<double> centers;         ///< of constraints, one per parameter
  std::vector<double> beta_centers;    ///< of the bins' own constraints (Likelihood::n_betas)
  std::vector<double> start;           ///< parameters
};

/// What is known of an own parameter of a bin, in full mode of a process of a bin.
struct BetaConstraint {
  double kstat;  ///< events of weight one; 0: there is nothing to vary
  double center;
};

/// How systematics and bin statistics differ from one toy to the next.
enum class SystematicDraws {
  frequentist,  ///< centres of constraints are drawn around their values: what other measurements gave
  bayesian,     ///< the true values are drawn from their constraints; centres stay
  none,
};

/// How the data of a toy are drawn around their mean.
enum class DataDraws {
  poisson,  ///< counts; a bin in which nothing is expected stays empty
  normal,  ///< deviation: that of the fit with chi square or a covariance, else the root of the mean
  none,
};

/// The mean of the data of a toy.
enum class DataMean {
  prediction,  ///< at the start values, or at the values drawn
  observed,    ///< the data themselves
};

enum class StartDraws {
  none,    ///< at the centres of the toy
  normal,  ///< around them, by the deviations of the constraints
};

struct ToyOptions {
  std::uint64_t seed = 1;
  SystematicDraws systematics = SystematicDraws::frequentist;
  DataDraws data = DataDraws::poisson;
  DataMean mean = DataMean::prediction;
  StartDraws start = StartDraws::none;
  std::string pseudodata;  ///< whose data are the observed ones; empty: those of the tensor
  /// Parameters that are known: neither they nor their centres are drawn, and they start where they do in a
  /// fit to data.
  std::vector<std::int64_t> held = {};
};

/// Makes the experiments of a tensor. Draws are pure functions of (seed, toy, quantity, index): a toy is the
/// same on any number of ranks and threads, alone or among others.
class ExperimentMaker {
 public:
  /// \param tensor  valid; outlives this
  /// \throws InputError as make_parameters()
  ExperimentMaker(TemplateTensor const& tensor, LikelihoodOptions const& options);

  /// The data.
  Experiment observed() const;

  /// The pseudodata of a name.
  /// \throws InputError listing the names if there are none of that one
  Experiment pseudodata(std::string const& name) const;

  /// The prediction at the start values as data: its fit is over before it begins, with a reduced loss of 0.
  /// \param likelihood  of the tensor with these options; stands at the start afterwards
  template <class ExecSpace>
  Experiment asimov(ExecSpace const& space, Likelihood<ExecSpace>& likelihood) const;

  /// A pseudo-experiment.
  /// \param likelihood  of the tensor with these options; may stand elsewhere afterwards
  /// \param toy         from 1
  /// \throws InputError if there is no such toy or no such parameter to hold, counts are to be drawn for a
  ///         fit with a covariance of the data, or around observed data that are negative
  template <class ExecSpace>
  Experiment toy(ExecSpace const& space, Likelihood<ExecSpace>& likelihood, std::int64_t toy,
                 ToyOptions const& options) const;

  /// The parameters at which the data of a toy were predicted: the start values, or those drawn.
  /// \param options  with a mean that is a prediction
  std::vector<double> truth(std::int64_t toy, ToyOptions const& options) const;

 private:
  template <class ExecSpace>
  std::vector<double> prediction(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                 std::vector<double> const& x,
                                 std::vector<double> const& betas) const;

  std::vector<double> drawn_data(ToyDraws const& draws, std::vector<double> const& mean,
                                 std::vector<double> const& variances, DataDraws kind) const;

  TemplateTensor const& tensor_;
  LikelihoodOptions options_;
  DataTerm term_;
  Parameters parameters_;
  std::vector<BetaConstraint> beta_constraints_;
};

/// Give a likelihood the observations of an experiment.
template <class ExecSpace>
void set_experiment(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                    Experiment const& experiment);

}  // namespace kovar::fit

#endif
