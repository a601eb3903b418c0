// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/histogram_file.hpp>
#include <kovar/io/tensor_description.hpp>

#include <memory>

namespace kovar::io {
namespace {

constexpr std::int64_t most_bins = 1'000'000'000;
constexpr char const* remedy = "'kovar fit build --help' tells what a histogram is";

/// Reads histograms; one file is open at a time.
class Histograms {
 public:
  Histograms(std::int64_t n_all, ProgressCallback const& on_progress)
      : n_all_(n_all), on_progress_(on_progress)
  {
  }

  fit::Histogram read(HistogramName const& name)
  {
    if (on_progress_)
      on_progress_({"histograms", static_cast<double>(n_read_) / static_cast<double>(n_all_)});
    ++n_read_;
    return read_histogram(file(name.file), name.name);
  }

  /// The axes, or of an array those that count its bins.
  std::vector<fit::Axis> axes(HistogramName const& name)
  {
    auto axes = read_histogram_axes(file(name.file), name.name);
    if (!axes.empty()) return axes;
    auto const histogram = read_histogram(file(name.file), name.name);
    for (std::size_t i = 0; i < histogram.shape.size(); ++i) {
      KOVAR_REQUIRE(histogram.shape[i] <= most_bins,
                    "'" << name.file << "': '" << name.name << "' has an extent of "
                        << histogram.shape[i] << " (" << most_bins
                        << " bins are the most for an axis); give the histogram axes");
      axes.push_back(fit::integer_axis("axis_" + std::to_string(i), 0, histogram.shape[i]));
    }
    return axes;
  }

  /// Numbers of all bins.
  std::vector<double> numbers(std::optional<HistogramName> const& name)
  {
    if (!name) return {};
    auto histogram = read(*name);
    KOVAR_REQUIRE(!histogram.is_listed(),
                  "'" << name->file << "': '" << name->name
                      << "' is sparse (all its bins are needed here); write it dense");
    return std::move(histogram.values);
  }

 private:
  Hdf5Reader const& file(std::string const& path)
  {
    if (!file_ || file_->path() != path) {
      file_.reset();
      file_ = std::make_unique<Hdf5Reader>(path, remedy, Unwritten::chunks);
    }
    return *file_;
  }

  std::int64_t n_all_;
  std::int64_t n_read_ = 0;
  ProgressCallback const& on_progress_;
  std::unique_ptr<Hdf5Reader> file_;
};

class Booker {
 public:
  Booker(TensorDescription const& description, ProgressCallback const& on_progress)
      : d_(description),
        histograms_(description.n_histograms(), on_progress),
        builder_(description.type, description.negative_yields)
  {
  }

  fit::TensorBuilder book()
  {
    for (auto const& booking : d_.channels) at(booking.place, [&] { add(booking); });
    for (auto const& booking : d_.processes) at(booking.place, [&] { add(booking); });
    for (auto const& booking : d_.data) at(booking.place, [&] { add(booking); });
    for (auto const& booking : d_.templates) at(booking.place, [&] { add(booking); });
    for (auto const& booking : d_.rates) at(booking.place, [&] { add(booking); });
    for (auto const& booking : d_.terms) at(booking.place, [&] { add(booking); });
    if (d_.data_covariance)
      at("data_covariance",
         [&] { builder_.add_data_covariance(histograms_.numbers(d_.data_covariance)); });
    return std::move(builder_);
  }

 private:
  template <class Work>
  void at(Place const& place, Work const& work) const
  {
    try {
      work();
    } catch (InputError const& error) {
      throw InputError("'" + d_.path + "': " + place + ": " + error.what());
    }
  }

  void add(ChannelBooking const& b)
  {
    builder_.add_channel(b.name, b.axes_of ? histograms_.axes(*b.axes_of) : b.axes, b.kind, b.flow);
  }

  void add(ProcessBooking const& b)
  {
    builder_.add_process(b.name, b.channel, histograms_.read(b.yields), b.kind,
                         histograms_.numbers(b.variances));
  }

  void add(DataBooking const& b)
  {
    auto const data = histograms_.read(b.data);
    auto const variances = histograms_.numbers(b.variances);
    if (b.name.empty())
      builder_.add_data(b.channel, data, variances);
    else
      builder_.add_pseudodata(b.name, b.channel, data, variances);
  }

  void add(TemplateBooking const& b)
  {
    auto const up = histograms_.read(b.up);
    if (b.down)
      builder_.add_systematic(b.name, b.process, b.channel, up, histograms_.read(*b.down),
                              b.options);
    else
      builder_.add_systematic(b.name, b.process, b.channel, up, b.options);
  }

  void add(RateBooking const& b)
  {
    builder_.add_norm_systematic(b.name, b.processes, b.channel, b.rates, b.options);
  }

  void add(TermBooking const& b)
  {
    std::optional<fit::Histogram> gradient;
    std::optional<fit::Histogram> hessian;
    if (b.gradient) gradient = histograms_.read(*b.gradient);
    if (b.hessian) hessian = histograms_.read(*b.hessian);
    builder_.add_external_term(b.name, gradient ? &*gradient : nullptr,
                               hessian ? &*hessian : nullptr, b.symmetry);
  }

  TensorDescription const& d_;
  Histograms histograms_;
  fit::TensorBuilder builder_;
};

}  // namespace

fit::TensorBuilder book_tensor(TensorDescription const& description,
                               ProgressCallback const& on_progress)
{
  Region const region("kovar::io::book_tensor[HDF5]");
  return Booker(description, on_progress).book();
}

}  // namespace kovar::io
