// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_TENSOR_BUILDER_HPP
#define KOVAR_FIT_TENSOR_BUILDER_HPP

#include <kovar/fit/booked_term.hpp>
#include <kovar/fit/channel_layout.hpp>
#include <kovar/fit/histogram.hpp>
#include <kovar/fit/process_kind.hpp>
#include <kovar/fit/systematic_options.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// From histograms to the tensor of a fit.

namespace kovar::fit {

enum class NegativeYields {
  clipped,  ///< set to 0
  kept,
};
/// Books channels, processes, data, systematics and external terms, then makes the tensor of them.
///
/// Processes come after their channel, systematics after the process that they vary. A builder
/// whose call has thrown is good for nothing but a new start. Bins of a histogram go to those of the channel;
/// histograms are described in histogram.hpp. Duplicate positions of a sparse one are refused, zeros
/// that it lists are as good as not there.
///
/// Memory: nominal yields by bin and process, 12 bytes for each variation that is not 0, and while the
/// tensor is made the tensor.
/// Source: the writer of WMass/rabbit (MIT), as section 3 of the specification describes it.
class TensorBuilder {
 public:
  explicit TensorBuilder(SystematicType type = SystematicType::log_normal,
                         NegativeYields negative_yields = NegativeYields::clipped);
  ~TensorBuilder();
  TensorBuilder(TensorBuilder&&) noexcept;
  TensorBuilder& operator=(TensorBuilder&&) noexcept;

  /// Bins of all combinations of the axes; without axes one bin. Masked channels come behind all fitted
  /// ones, in either part the order is that of the calls.
  /// \throws InputError if the name is taken or flow bins are asked for in a fitted channel
  void add_channel(std::string const& name, std::vector<Axis> const& axes,
                   ChannelKind kind = ChannelKind::fitted, FlowBins flow = FlowBins::dropped);

  /// \param variances  one per bin of the channel, instead of those of the histogram
  /// \throws InputError if the channel is unknown or has the process, the histogram does not fit, a
  ///         number is not finite or a variance is negative
  void add_process(std::string const& name, std::string const& channel, Histogram const& yields,
                   ProcessKind kind = ProcessKind::background,
                   std::vector<double> const& variances = {});

  /// \param variances  one per bin of the channel, instead of those of the histogram
  /// \throws InputError if the channel is unknown, masked or has data, or the histogram does not fit
  void add_data(std::string const& channel, Histogram const& data,
                std::vector<double> const& variances = {});

  /// What the data might have been; every fitted channel needs its part.
  void add_pseudodata(std::string const& name, std::string const& channel, Histogram const& data,
                      std::vector<double> const& variances = {});

  /// \param covariance  of the data of all fitted bins, row after row
  /// \throws InputError if it is given twice; when the tensor is made, if it is not symmetric, not
  ///         positive definite or not of as many rows as there are fitted bins
  void add_data_covariance(std::vector<double> covariance);

  /// A variation of a process of a channel. A histogram with more axes than the channel is one of many
  /// systematics: one for each combination of the bins of the other axes (their flow bins aside), in
  /// the order of these axes, called `<name>_<label>_<label>...`; the label is that of a category, else
  /// the number of the bin. All combinations are booked, those without an entry too.
  /// \throws InputError if channel or process are unknown, the histogram does not fit, a number is not
  ///         finite, this systematic of this process is there already or is constrained elsewhere and
  ///         free here
  /// Cost: O(entries + combinations) for sorted entries; a pair: for both.
  void add_systematic(std::string const& name, std::string const& process,
                      std::string const& channel, Histogram const& variation,
                      SystematicOptions const& options = {});

  /// An upper and a lower variation.
  /// \throws InputError too if one is sparse and the other is not
  void add_systematic(std::string const& name, std::string const& process,
                      std::string const& channel, Histogram const& up, Histogram const& down,
                      SystematicOptions const& options = {});

  /// Scale processes as a whole: a factor (1.02 is 2 %) or an upper and a lower one for each process;
  /// a single entry is for all. The kfactor of the options is not used.
  /// \throws InputError if there are not as many entries as processes, an entry has not one or two
  ///         numbers, or one is not positive (of additive systematics: is negative)
  void add_norm_systematic(std::string const& name, std::vector<std::string> const& processes,
                           std::string const& channel,
                           std::vector<std::vector<double>> const& uncertainties,
                           SystematicOptions const& options = {});

  /// An external term from histograms: of the gradient with one category axis of parameter names, of
  /// the Hessian with two of them, the same ones. Overflow bins do not count.
  /// \param gradient, hessian  either may be missing (null), not both
  /// \throws InputError as section 6 lists it
  void add_external_term(std::string const& name, Histogram const* gradient,
                         Histogram const* hessian,
                         HessianSymmetry symmetry = HessianSymmetry::required);

  /// An external term of named parameters.
  /// \param gradient  one per parameter, or none
  /// \param hessian   n x n in all its entries, columns in any order; or a default one: none
  void add_external_term(std::string const& name, std::vector<std::string> parameters,
                         std::vector<double> gradient, linalg::HostSparseMatrix const& hessian,
                         HessianSymmetry symmetry = HessianSymmetry::required);
  /// The same with a dense Hessian, row after row; or none.
  void add_external_term(std::string const& name, std::vector<std::string> parameters,
                         std::vector<double> gradient, std::vector<double> const& hessian,
                         HessianSymmetry symmetry = HessianSymmetry::required);
  /// The same with what the tensor holds: nothing is copied or compared.
  void add_external_term(ExternalTerm term);

  /// What the user should know: where a variation changes the sign of a yield (the floor is taken
  /// there), and how often; where negative yields were set to 0.
  std::vector<std::string> warnings() const;

  /// The tensor of all that was booked. The builder is empty afterwards, also if it throws.
  /// \throws InputError if a fitted channel has no data or no part of some pseudodata, a process is
  ///         signal in one channel and background in another, or the covariance of the data cannot be
  ///         inverted
  /// Cost: two passes over the variations (a counting sort).
  TemplateTensor finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kovar::fit

#endif
